package explain

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"vmesskit/codec"
)

// Compared is a value of the user's beside ours.
type Compared struct {
	Name    string
	Same    bool
	First   bool     // the first, in the order of derivation, that differs
	Known   bool     // ours is known
	Text    string   // what to say about it
	Formula string   // how ours is made; empty for what stands in the message
	Likely  []string // ids of the mistakes that give the user's value
	Ours    []byte   // secret
	order   int
}

// valueName is a name of --have: "up.mask-draw[3]".
type valueName struct {
	field codec.Field
	dir   codec.Direction
	chunk int
}

// ParseName reads the name of a value. wrong says what is wrong with it, and
// is empty where nothing is.
func ParseName(name string) (wrong string) {
	_, wrong = parseName(name)
	return wrong
}

func parseName(name string) (v valueName, wrong string) {
	rest := name
	if after, ok := strings.CutPrefix(rest, "down."); ok {
		v.dir, rest = codec.Down, after
	} else {
		rest = strings.TrimPrefix(rest, "up.")
	}
	if at := strings.IndexByte(rest, '['); at >= 0 {
		n, err := strconv.Atoi(strings.TrimSuffix(rest[at+1:], "]"))
		if err != nil || n < 0 || n >= 1<<20 || !strings.HasSuffix(rest, "]") {
			return v, "the number of a chunk stands in brackets, mask-draw[0]"
		}
		v.chunk, rest = n, rest[:at]
	}
	for f := codec.Field(1); int(f) <= codec.Fields(); f++ {
		if f.String() == rest {
			v.field = f
			return v, ""
		}
	}
	return v, "no field has this name"
}

// Names lists the values that --have can compare: the derivations, in order,
// and what is opened with them.
func Names() []string {
	var out []string
	for _, f := range order {
		out = append(out, f.String())
	}
	return out
}

// order is the order in which values come to be known.
var order = []codec.Field{
	codec.FieldID, codec.FieldCmdKey, codec.FieldAuthIDKey, codec.FieldAuthIDPlain, codec.FieldAuthTime, codec.FieldAuthRandom,
	codec.FieldAuthChecksum, codec.FieldAuthID, codec.FieldLegacyAuth, codec.FieldLegacyIV, codec.FieldConnectionNonce,
	codec.FieldHeaderLengthKey, codec.FieldHeaderLengthNonce, codec.FieldHeaderLengthPlain, codec.FieldHeaderLength,
	codec.FieldHeaderKey, codec.FieldHeaderNonce, codec.FieldSection, codec.FieldBodyIV, codec.FieldBodyKey,
	codec.FieldResponseAuth, codec.FieldHeaderChecksum,
	codec.FieldResponseKey, codec.FieldResponseIV, codec.FieldResponseLengthKey, codec.FieldResponseLengthNonce,
	codec.FieldResponseLengthPlain, codec.FieldResponseLength, codec.FieldResponseHeaderKey, codec.FieldResponseHeaderNonce,
	codec.FieldResponsePlain, codec.FieldChaChaKey, codec.FieldLengthKey, codec.FieldPaddingDraw, codec.FieldMaskDraw,
	codec.FieldLengthNonce, codec.FieldChunkLengthPlain, codec.FieldChunkNonce, codec.FieldPayload,
}

// compare puts the user's values beside ours.
func (j *job) compare(r *reading) []Compared {
	var out []Compared
	for _, v := range j.in.Have {
		out = append(out, j.compareOne(r, v))
	}
	first := -1
	for i := range out {
		if c := &out[i]; c.Known && !c.Same && (first < 0 || c.order < out[first].order) {
			first = i
		}
	}
	if first >= 0 {
		out[first].First = true
	}
	slices.SortStableFunc(out, func(a, b Compared) int { return a.order - b.order })
	return out
}

func (j *job) compareOne(r *reading, v Value) Compared {
	c := Compared{Name: v.Name}
	name, wrong := parseName(v.Name)
	if wrong != "" {
		c.Text = wrong
		return c
	}
	c.order = slices.Index(order, name.field)
	if name.dir == codec.Down || name.field >= codec.FieldChunk {
		c.order += (int(name.dir)*(1<<20) + name.chunk) * len(order)
	}
	k := r.k
	k.dir, k.chunk = name.dir, uint64(name.chunk)
	if !k.user && len(j.in.Accounts) == 1 {
		// Nothing opened: then the only user there is, and the header's kind
		// that needs no time.
		k.user, k.scheme, k.id, k.used = true, codec.AEAD, j.in.Accounts[0].ID, j.in.Accounts[0].ID
		if len(j.in.Request) >= sealedAt {
			k.nonce = j.in.Request[sealedAt-nonceSize : sealedAt]
		}
	}
	if s := stepOf(name.field); s != nil {
		j.compareStep(&c, s, &k, v.Data)
		return c
	}
	if name.field == codec.FieldID && k.user {
		c.ours(k.id[:], v.Data)
		return c
	}
	if data, ok := r.traced(name); ok {
		c.ours(data, v.Data)
		return c
	}
	c.Text = "not known: it is not in what could be read"
	return c
}

// compareStep compares a derived value, and looks for the mistake that gives
// the user's.
func (j *job) compareStep(c *Compared, s *step, k *known, data []byte) {
	if !k.has(s.needs) || s.used != nil && !s.used(k) {
		c.Text = "not known: this conversation has none, or " + s.inputs + " is not known"
		return
	}
	c.Formula = s.formula(&right, k)
	c.ours(s.value(&right, k), data)
	if c.Same || len(data) == 0 {
		return
	}
	for i := range mistakes {
		for p := atAuth; p <= atDown; p++ {
			m := right
			if !mistakes[i].at.has(p) || slices.Contains(c.Likely, mistakes[i].ID) {
				continue
			}
			mistakes[i].apply(&m, p)
			if same(s.value(&m, k), data) {
				c.Likely = append(c.Likely, mistakes[i].ID)
			}
		}
	}
}

// ours compares a value with the user's.
func (c *Compared) ours(ours, data []byte) {
	c.Known, c.Ours, c.Same = true, ours, same(ours, data)
	switch {
	case c.Same && len(data) > len(ours):
		c.Text = "the same in its first " + plural(len(ours), "byte") + ", which are those that count"
	case c.Same:
		c.Text = "the same"
	case len(data) != len(ours):
		c.Text = "differs: " + plural(len(data), "byte") + ", ours has " + strconv.Itoa(len(ours))
	default:
		at := 0
		for data[at] == ours[at] {
			at++
		}
		c.Text = "differs from byte " + strconv.Itoa(at) + " on"
	}
}

// same compares; of a derivation's whole output the first bytes count.
func same(ours, data []byte) bool {
	return bytes.Equal(ours, data) || len(data) == 32 && len(ours) >= 12 && len(ours) < 32 && bytes.Equal(ours, data[:len(ours)])
}

// traced finds a value in what was read.
func (r *reading) traced(name valueName) ([]byte, bool) {
	side, chunk := codec.Up, 0
	for i := range r.t.Buffers {
		b := &r.t.Buffers[i]
		if b.Field == codec.FieldServerWire {
			side, chunk = codec.Down, 0
		}
		response := b.Field == codec.FieldResponseLengthPlain || b.Field == codec.FieldResponsePlain
		if b.Field == name.field && (side == name.dir || response) {
			if chunk == name.chunk {
				return b.Data, true
			}
			chunk++
		}
		for _, s := range r.t.Spans {
			if s.Buffer == i && s.Field == name.field {
				return b.Data[s.Off : s.Off+s.Len], true
			}
		}
	}
	return nil, false
}

// fieldsOf splits a list of names.
func fieldsOf(s string) []string { return strings.Split(s, ", ") }
