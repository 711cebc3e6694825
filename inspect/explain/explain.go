package explain

import (
	"strconv"

	"vmesskit/codec"
)

// Input is what is to be explained. Request, Response or both hold what one
// side of a connection sent, from its first byte on; a response cannot be read
// without its request.
type Input struct {
	Request, Response []byte
	Accounts          []Account
	Time              *int64  // Unix seconds of the server's clock; nil: not known
	Have              []Value // intermediate values to compare
	MaxTrace          int     // bytes of each direction in the trace, 0 for all
}

// Account is a user that the request may be from.
type Account struct {
	codec.Account
	Label string // may be empty
}

// Value is an intermediate value of the user's implementation.
type Value struct {
	Name string // "header-length-key", or "down.chunk-nonce[2]"
	Data []byte
}

// Result is an explanation.
type Result struct {
	Scheme   string // "aead", "legacy"; empty where nobody's key fits
	User     string // label, or "#1"
	Findings []Finding
	Checks   []Check
	Steps    []Step
	Have     []Compared
	Trace    *codec.Trace // every field with its bytes, as far as it was read
	Tried    int          // readings with mistakes that were tried
}

// OK reports whether everything opened as it should, and every value that the
// user has is ours.
func (r *Result) OK() bool {
	for _, f := range r.Findings {
		if f.Kind != KindNote {
			return false
		}
	}
	for _, h := range r.Have {
		if !h.Same {
			return false
		}
	}
	return true
}

// Kind says what sort of thing a finding is.
type Kind string

const (
	KindMistake Kind = "mistake" // a known mistake, with which the layer opens
	KindValue   Kind = "value"   // a field holds what it must not
	KindShort   Kind = "short"   // bytes are missing
	KindRefused Kind = "refused" // a layer does not open, and no known mistake explains it
	KindNote    Kind = "note"    // worth knowing, and not wrong
)

// Finding is a thing that is wrong, or worth knowing.
type Finding struct {
	ID     string // of a mistake: that of Mistakes; else a word for it
	Kind   Kind
	Title  string
	Does   string   // what the implementation does
	Should string   // what it should be
	Field  string   // the field table's name; may be empty
	In     []string // "request", "response"
	Or     []string // ids of mistakes that explain it equally well
}

// job is one explanation under way.
type job struct {
	in      *Input
	senders map[model]sender
	macs    map[macModel]sender
	ids     []legacyID
	legacy  bool // look for legacy auths, too
	tried   int
}

func newJob(in *Input) *job {
	return &job{in: in, senders: map[model]sender{}, macs: map[macModel]sender{}}
}

// Explain reads a conversation and says what is wrong with it.
func Explain(in Input) *Result {
	j := newJob(&in)
	t := j.search()
	out := &Result{Trace: &codec.Trace{MaxBytes: in.MaxTrace}, Tried: j.tried}
	r := j.read(&t.model, out.Trace, 0)
	if r.account >= 0 {
		out.Scheme = r.k.scheme.String()
		out.User = j.called(r.account)
	}
	r.report(out, t.found, t.unexplained)
	out.Checks = r.words()
	out.Steps = r.steps(&right)
	out.Have = j.compare(r)
	return out
}

// called is the name of an account.
func (j *job) called(i int) string {
	if label := j.in.Accounts[i].Label; label != "" {
		return label
	}
	return "#" + strconv.Itoa(i+1)
}
