package report

import (
	"io"
	"net/netip"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/verdict"
)

// SchemaID names the format of the lines. It changes when a key changes its
// meaning or goes; new keys may come.
const SchemaID = "vmess.decode/1"

// JSONOptions says what the lines leave out or show.
type JSONOptions struct {
	NoHash  bool // leave out the hashes of the plaintext
	Secrets bool // show the users' ids

	Redacted bool // say that names are pseudonyms: a Redactor stands in front
}

// NewNDJSON makes a writer of one JSON object a line: the capture, the
// sessions, other flows if there are any to tell of, the summary. Schema
// describes the lines.
func NewNDJSON(w io.Writer, o JSONOptions) Writer { return &ndjson{w: w, o: o} }

type ndjson struct {
	w io.Writer
	o JSONOptions
	j jsonLine // one line, its memory used again for the next
}

// begin starts a line of a type.
func (n *ndjson) begin(kind string) *jsonLine {
	n.j.b = n.j.b[:0]
	n.j.open('{')
	n.j.keyStr("type", kind)
	n.j.keyStr("schema", SchemaID)
	return &n.j
}

// end writes the line, in one piece.
func (n *ndjson) end() error {
	n.j.close('}')
	n.j.b = append(n.j.b, '\n')
	_, err := n.w.Write(n.j.b)
	return err
}

// Capture writes what is known of the files before their packets are: their
// damage stands in the summary.
func (n *ndjson) Capture(c *capture.Summary) error {
	j := n.begin("capture")
	j.key("files")
	j.open('[')
	for i := range c.Files {
		f := &c.Files[i]
		j.open('{')
		j.keyStr("name", f.Name)
		j.keyText("format", f.Format)
		j.keyText("packed", f.Packed)
		j.keyText("byte_order", f.ByteOrder)
		j.keyStrs("link_types", f.LinkTypes)
		if f.Snaplen > 0 {
			j.keyInt("snaplen", f.Snaplen)
		}
		j.close('}')
	}
	j.close(']')
	if n.o.Secrets {
		j.keyBool("secrets", true)
	}
	if n.o.Redacted {
		j.keyBool("redacted", true)
	}
	return n.end()
}

// Other writes a flow that is no VMess attempt.
func (n *ndjson) Other(o *Other) error {
	j := n.begin("other")
	r := o.Flow
	j.keyStr("start", stamp(r.Start))
	j.keyStr("end", stamp(r.End))
	a, b := o.ends()
	j.keyStr("client", a)
	j.keyStr("server", b)
	j.keyStrs("stack", r.Stack())
	j.keyInt("up_bytes", o.Up)
	j.keyInt("down_bytes", o.Down)
	speech(j, "client_speaks", &r.Speaks[flow.A])
	speech(j, "server_speaks", &r.Speaks[flow.B])
	j.keyText("limit", r.Limit)
	return n.end()
}

func speech(j *jsonLine, key string, s *flow.Speech) {
	if s.Protocol == "" {
		return
	}
	j.key(key)
	j.open('{')
	j.keyStr("protocol", s.Protocol)
	j.keyText("detail", s.Detail)
	j.keyText("name", s.Name)
	if s.Status != 0 {
		j.keyInt("status", int64(s.Status))
	}
	j.close('}')
}

// Summary writes the last line.
func (n *ndjson) Summary(s *Summary) error {
	j := n.begin("summary")
	c := &s.Capture
	j.keyInt("packets", c.Packets)
	j.keyInt("bytes", c.Bytes)
	if c.Packets > 0 {
		j.keyStr("first", stamp(c.First))
		j.keyStr("last", stamp(c.Last))
	}
	j.keyInt("tcp", c.TCP)
	j.keyInt("udp", c.UDP)
	j.keyInt("ignored", c.Ignored)
	j.keyInt("bad", c.Bad)
	j.keyInt("unfinished", c.Unfinished)
	j.key("files")
	j.open('[')
	for i := range c.Files {
		j.open('{')
		j.keyStr("name", c.Files[i].Name)
		j.keyInt("packets", c.Files[i].Packets)
		j.keyText("problem", c.Files[i].Problem)
		j.close('}')
	}
	j.close(']')
	j.keyInt("sessions", int64(s.Sessions))
	if s.Hidden > 0 {
		j.keyInt("hidden", int64(s.Hidden))
	}
	j.key("verdicts")
	j.open('{')
	for _, v := range s.Verdicts {
		j.keyInt(v.ID, int64(v.N))
	}
	j.close('}')
	j.keyInt("other_flows", int64(s.OtherFlows))
	j.key("findings")
	j.open('[')
	for i := range s.Findings {
		finding(j, &s.Findings[i])
	}
	j.close(']')
	hearing(j, s.Log)
	j.keyStrs("limits", s.Limits)
	return n.end()
}

// hearing writes what became of the server's log; nothing if there was none.
func hearing(j *jsonLine, h *verdict.Hearing) {
	if h == nil {
		return
	}
	j.key("log")
	j.open('{')
	j.keyInt("lines", h.Lines)
	j.keyInt("understood", h.Understood)
	j.keyInt("sessions", int64(h.Sessions))
	j.keyInt("offset_s", h.Offset)
	if h.Clock != 0 {
		j.keyInt("clock_s", h.Clock)
	}
	if h.Limited {
		j.key("limited")
		j.bool(true)
	}
	j.close('}')
}

func finding(j *jsonLine, f *verdict.Finding) {
	j.open('{')
	j.keyText("verdict", f.Verdict)
	j.keyText("config", f.Config)
	j.keyText("setting", f.Setting)
	j.keyText("client", f.Client)
	j.keyText("user", f.User)
	j.keyText("server", f.Server)
	j.key("sessions")
	j.open('[')
	for _, i := range f.Sessions {
		j.int(int64(i))
	}
	j.close(']')
	j.keyInt("of", int64(f.Total))
	if len(f.Sessions) > 0 {
		j.keyStr("since", stamp(f.Since))
	}
	j.keyStr("what", f.What)
	j.keyStr("next", f.Next)
	j.keyStr("sure", f.Sure)
	j.close('}')
}

// stamp writes a time as RFC 3339 with all nine digits of the nanoseconds, so
// that stamps sort as text.
func stamp(t flow.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z07:00") }

// endpoint writes an address and port; IPv4 inside IPv6 as what it is.
func endpoint(a netip.AddrPort) string {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()).String()
}
