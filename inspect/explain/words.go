package explain

import (
	"strconv"

	"vmesskit/codec"
)

// Check is a comparison that was made, in words.
type Check struct {
	Name   string // the field table's
	Part   string // the layer: "header length", "request body"
	Chunk  int    // number of the chunk, -1 outside of bodies
	State  string // "passed", "failed" or "unknown"
	Text   string // what was compared with what
	Repeat int    // chunks behind it that are the same
}

var states = [...]string{passed: "passed", failed: "failed", unknown: "unknown"}

// words puts the checks into words. Chunks that are like the ones before them
// are counted.
func (r *reading) words() (out []Check) {
	const each = 2 // chunks of a direction that are told one by one
	for _, c := range r.checks {
		w := Check{Name: c.field.String(), Part: parts[c.place], Chunk: c.chunk, State: states[c.state], Text: r.text(&c)}
		if c.chunk >= each && c.state == passed {
			for i := len(out) - 1; i >= 0; i-- {
				if o := &out[i]; o.Name == w.Name && o.Part == w.Part && o.State == w.State && o.Chunk >= 0 {
					o.Repeat++
					w.Name = ""
					break
				}
			}
			if w.Name == "" {
				continue
			}
		}
		out = append(out, w)
	}
	return out
}

// text says what was compared.
func (r *reading) text(c *check) string {
	n := strconv.FormatInt(c.number, 10)
	switch c.field {
	case codec.FieldAuthChecksum:
		return r.sumWords(c, "CRC-32 over the time and the random bytes")
	case codec.FieldHeaderChecksum:
		return r.sumWords(c, "FNV-1a over the command section before it")
	case codec.FieldSwitchChecksum:
		return r.sumWords(c, "FNV-1a over the data behind it")
	case codec.FieldPayloadChecksum:
		return r.sumWords(c, "FNV-1a over the payload")
	case codec.FieldLegacyAuth:
		return "HMAC-MD5 of the time under " + alterWords(r.alter) + ", found by trying the seconds around the time given"
	case codec.FieldAuthTime:
		return r.clockWords(c)
	case codec.FieldHeaderLengthTag:
		return "GCM tag of the length under header-length-key and header-length-nonce, with " + r.additionalWords()
	case codec.FieldHeaderTag:
		return "GCM tag of the command section under header-key and header-nonce, with " + r.additionalWords()
	case codec.FieldHeaderLength:
		return n + ", wanted 42 to 2048"
	case codec.FieldResponseLength:
		return n + ", wanted 4 to 2048"
	case codec.FieldVersion:
		return n + ", wanted 1"
	case codec.FieldSecurity:
		return n + " (" + codec.Security(c.number).String() + "), wanted 1, 3, 4 or 5"
	case codec.FieldOption:
		return "0x" + strconv.FormatInt(c.number, 16) + ", wanted masking with padding, and chunks for datagrams"
	case codec.FieldCommand:
		return n + ", wanted 1 to 3"
	case codec.FieldAddrType:
		return n + ", wanted 1 to 3"
	case codec.FieldSection:
		return "the fields end " + plural(int(c.number), "byte") + " behind the section"
	case codec.FieldResponseLengthTag:
		return "GCM tag of the length under response-length-key and response-length-nonce"
	case codec.FieldResponseTag:
		return "GCM tag of the header under response-header-key and response-header-nonce"
	case codec.FieldResponseAuthEcho:
		return "the first byte of the response header and response-auth of the request"
	case codec.FieldResponseCommandLength:
		return n + ", wanted what is there of the command's data"
	case codec.FieldSwitchAccount:
		return plural(int(c.number), "byte") + ", wanted 27 and the host"
	case codec.FieldChunkLengthTag:
		return "tag of the length under length-key and length-nonce"
	case codec.FieldPayloadTag:
		return "tag of the payload under the direction's key and chunk-nonce"
	case codec.FieldChunkLength:
		return n + ", wanted " + strconv.Itoa(c.least) + " to 65535"
	}
	return ""
}

func (r *reading) sumWords(c *check, what string) string {
	if c.state == passed {
		return what + ": " + hexOf(c.own) + " is what was read"
	}
	return what + ": computed " + hexOf(c.own) + ", read " + hexOf(c.read)
}

func (r *reading) clockWords(c *check) string {
	s := when(c.number)
	now := r.job.in.Time
	if now == nil {
		return s + "; no time was given to compare it with"
	}
	return s + ", " + strconv.FormatInt(c.number-*now, 10) + " s from the time given, wanted at most 120 either way"
}

func (r *reading) additionalWords() string {
	switch {
	case r.m.header.adMissing:
		return "no additional data"
	case r.m.header.adPlain:
		return "auth-id-plain as additional data"
	}
	return "auth-id as additional data"
}

func alterWords(i int) string {
	if i == codec.Primary {
		return "the primary id"
	}
	return "the alter id with index " + strconv.Itoa(i)
}

// hexOf writes bytes in hex.
func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// Step is a derivation that was made.
type Step struct {
	Name    string   // the field table's
	In      string   // "request" or "response"
	Chunk   int      // -1 outside of bodies
	Formula string   // as this implementation has it
	Should  string   // the right one, where that is another
	Inputs  []string // names
	Value   []byte   // secret
}

// maxStepChunks is how many chunks of a direction have their steps listed.
const maxStepChunks = 2

// steps lists what was derived.
func (r *reading) steps(should *model) (out []Step) {
	chunks := [2]int{}
	dir, chunk := codec.Up, -1
	for i := range r.t.Buffers {
		b := &r.t.Buffers[i]
		if b.Field == codec.FieldServerWire {
			dir, chunk = codec.Down, -1
		}
		if !b.Derived() {
			continue
		}
		step := stepOf(b.Field)
		n := -1
		if b.From >= 0 && r.t.Spans[b.From].Field == codec.FieldChunk {
			if chunk != b.From {
				chunk = b.From
				chunks[dir]++
			}
			if n = chunks[dir] - 1; n >= maxStepChunks {
				continue
			}
		}
		k := r.k
		k.dir, k.chunk = dir, uint64(max(n, 0))
		s := Step{Name: b.Field.String(), In: "request", Chunk: n, Formula: b.Formula, Inputs: fieldsOf(step.inputs), Value: b.Data}
		if dir == codec.Down {
			s.In = "response"
		}
		if want := step.formula(should, &k); want != b.Formula {
			s.Should = want
		}
		out = append(out, s)
	}
	return out
}
