package report

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

func lines(t *testing.T, o JSONOptions) [][]byte {
	t.Helper()
	var b bytes.Buffer
	if err := tell(NewNDJSON(&b, o)); err != nil {
		t.Fatal(err)
	}
	return bytes.SplitAfter(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("\n"))
}

// TestQuoted holds our strings against encoding/json's: it reads them as what
// it would write itself, and a terminal finds nothing in them to act on.
func TestQuoted(t *testing.T) {
	for _, s := range awkward() {
		got := appendQuoted(nil, s)
		var read, want string
		if err := json.Unmarshal(got, &read); err != nil {
			t.Errorf("%q as %s: %v", s, got, err)
			continue
		}
		std, _ := json.Marshal(s)
		if err := json.Unmarshal(std, &want); err != nil {
			t.Fatal(err)
		}
		if read != want {
			t.Errorf("%q reads as %q, want %q", s, read, want)
		}
		for _, r := range string(got) {
			if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0x202e {
				t.Errorf("%q holds %U", got, r)
			}
		}
		if !utf8.Valid(got) {
			t.Errorf("%q is not UTF-8", got)
		}
	}
}

// awkward has strings that a peer may send in the hope of doing harm.
func awkward() []string {
	list := []string{
		"", "plain", `"quoted"`, `back\slash`, "tab\tline\nreturn\r", "\x1b[2J\x1b]0;title\x07", "\x00\x01\x7f\u0085\u009b",
		"\u2028\u2029\u202e\u200b\ufeff", "bad\xff\xc3(\xed\xa0\x80", "日本語 ünïcode", "😀\U000e0001\U0010ffff", "\ufffd", strings.Repeat("\x1b", 300), "<script>&amp;",
	}
	var all strings.Builder
	for r := rune(0); r < 0x3000; r++ {
		all.WriteRune(r)
	}
	return append(list, all.String())
}

// line is how encoding/json reads a session.
type line struct {
	Type, Schema     string
	Index            int
	Start, End       time.Time
	Client, Server   string
	Stack            []string
	Layers           []lineLayer
	Scheme, User, ID *string
	Alter            *int
	AuthTime         *int64 `json:"auth_time"`
	Skew             *int64 `json:"skew_s"`
	Security         *string
	Options          []string
	Command, Target  *string
	Oddities         []string
	Up, Down         *lineStream
	Mux              []lineSub
	Verdict, Reason  string
	Evidence         map[string]any
}

type lineLayer struct {
	Name, Answer string
	Says         *lineSpeech `json:"server_says"`
	Clock        *int64      `json:"server_clock"`
	Stopped      string
	Facts        map[string]string
}

type lineSpeech struct {
	Protocol, Detail string
	Status           int
}

// expectedLayers builds the wrappings from the record.
func expectedLayers(r *flow.Record) (list []lineLayer) {
	for _, l := range r.Wrappings() {
		e := lineLayer{Name: strings.ToValidUTF8(l.Name, "\ufffd"), Answer: l.Answer.String(), Stopped: l.Why, Facts: map[string]string{}}
		if l.Says.Protocol != "" {
			e.Says = &lineSpeech{l.Says.Protocol, l.Says.Detail, l.Says.Status}
		}
		if l.Clock != nil {
			e.Clock = &l.Clock.Says
		}
		for _, f := range l.Facts {
			e.Facts[f.Key] = f.Value
		}
		list = append(list, e)
	}
	return list
}

type lineSub struct {
	ID              int
	Network, Target string
	Up, Down        *lineStream
	End             string
	GlobalID        string `json:"global_id"`
}

type lineStream struct {
	Bytes, Chunks int64
	SHA256, End   string
	Datagrams     []lineDatagram
	Pieces        []linePiece
}

type linePiece struct {
	Offset, Bytes, Chunks, Skipped int64
	SHA256                         string
	First                          *int64 `json:"first_chunk"`
	Lost                           *int64 `json:"skipped_chunks"`
	Datagrams                      []lineDatagram
}

type lineDatagram struct {
	Bytes  int
	SHA256 string
	Addr   string
}

// expected builds the line from the facts, by another way than the writer.
func expected(s *Session, o JSONOptions) line {
	f := s.Facts
	l := line{
		Type: "session", Schema: "vmess.decode/1", Index: s.Index, Start: f.Flow.Start.UTC(), End: f.Flow.End.UTC(),
		Client: endpoint(f.Flow.Ends[f.Client]), Server: endpoint(f.Flow.Ends[f.Client^1]), Stack: f.Flow.Stack(), Layers: expectedLayers(f.Flow),
		Verdict: s.Verdict.ID, Reason: s.Verdict.Reason, Evidence: map[string]any{},
	}
	if a := f.Auth; a != nil {
		scheme := a.Scheme.String()
		l.Scheme, l.AuthTime, l.Skew = &scheme, &a.Time, &a.Skew
		if s.User != "" {
			l.User = &s.User
		}
		if o.Secrets && s.ID != "" {
			l.ID = &s.ID
		}
		if a.Scheme == codec.Legacy {
			l.Alter = &a.Alter
		}
	}
	if h := f.Header; h != nil {
		security, command, target := h.Security.String(), h.Command.String(), strings.ToValidUTF8(h.Target, "\ufffd")
		l.Security, l.Command, l.Options, l.Oddities = &security, &command, h.Option.Names([]string{}), append(h.Oddities[:len(h.Oddities):len(h.Oddities)], f.Odd...)
		if h.Command != codec.CommandMux {
			l.Target = &target
		}
	}
	stream := func(s *session.Stream) *lineStream {
		if !s.Opened {
			return nil
		}
		hash := func(sum [32]byte) string {
			if s.Hashed && !o.NoHash {
				return hex.EncodeToString(sum[:])
			}
			return ""
		}
		out := &lineStream{Bytes: s.Bytes, Chunks: s.Chunks, SHA256: hash(s.Sum), End: s.End}
		datagrams := func(all []session.Datagram) (list []lineDatagram) {
			if s.Packets {
				list = []lineDatagram{}
			}
			for _, d := range all {
				list = append(list, lineDatagram{d.Bytes, hash(d.Sum), d.Addr})
			}
			return list
		}
		out.Datagrams = datagrams(s.Datagrams)
		for _, p := range s.Pieces {
			piece := linePiece{Offset: p.Offset, Bytes: p.Bytes, Chunks: p.Chunks, Skipped: p.Skipped, SHA256: hash(p.Sum), Datagrams: datagrams(p.Datagrams)}
			if p.Chunk >= 0 {
				piece.First, piece.Lost = &p.Chunk, &p.Lost
			}
			out.Pieces = append(out.Pieces, piece)
		}
		return out
	}
	l.Up, l.Down = stream(&f.Up), stream(&f.Down)
	for i := range f.Mux {
		m := &f.Mux[i]
		l.Mux = append(l.Mux, lineSub{int(m.ID), m.Network, strings.ToValidUTF8(m.Target, "\ufffd"), stream(&m.Up), stream(&m.Down), m.Ended, globalIDText(m.GlobalID)})
	}
	for _, item := range s.Verdict.Evidence {
		l.Evidence[item.Key] = generic(item.Value)
	}
	if s.By > 0 {
		l.Evidence["announced_by"] = float64(s.By)
	}
	return l
}

// generic is what encoding/json reads a piece of evidence as.
func generic(v any) any {
	switch v := v.(type) {
	case verdict.Evidence:
		m := map[string]any{}
		for _, item := range v {
			m[item.Key] = generic(item.Value)
		}
		return m
	case []verdict.Evidence:
		list := []any{}
		for _, e := range v {
			list = append(list, generic(e))
		}
		return list
	}
	b, _ := json.Marshal(v)
	var out any
	json.Unmarshal(b, &out)
	return out
}

func TestLinesAsEncodingJSONReadsThem(t *testing.T) {
	for _, o := range []JSONOptions{{}, {NoHash: true}, {Secrets: true}} {
		all := lines(t, o)
		for i, s := range sampleSessions() {
			d := json.NewDecoder(bytes.NewReader(all[i+1]))
			d.DisallowUnknownFields()
			var got line
			if err := d.Decode(&got); err != nil {
				t.Fatalf("%s: %v", all[i+1], err)
			}
			if diff := cmp.Diff(expected(s, o), got); diff != "" {
				t.Errorf("session %d with %+v: -want +got\n%s", s.Index, o, diff)
			}
		}
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("decode.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("decode.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, line []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return s.Validate(v)
}

func TestLinesFitTheSchema(t *testing.T) {
	s := schema(t)
	var none bytes.Buffer
	w := NewNDJSON(&none, JSONOptions{})
	empty := &Summary{}
	if err := w.Capture(&empty.Capture); err != nil {
		t.Fatal(err)
	}
	if err := w.Summary(empty); err != nil {
		t.Fatal(err)
	}
	var part bytes.Buffer
	if err := tell(Filter(NewNDJSON(&part, JSONOptions{}), FilterOptions{User: []string{"bob"}})); err != nil {
		t.Fatal(err)
	}
	all := append(lines(t, JSONOptions{}), lines(t, JSONOptions{NoHash: true, Secrets: true})...)
	all = append(all, bytes.SplitAfter(none.Bytes(), []byte("\n"))...)
	all = append(all, bytes.SplitAfter(part.Bytes(), []byte("\n"))...)
	for _, line := range all {
		if len(line) == 0 {
			continue
		}
		if err := validate(t, s, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// treeLines has the tree of each talk as JSON, with secrets and without.
func treeLines(t *testing.T) (all [][]byte) {
	t.Helper()
	traces := []*codec.Trace{oddTrace(t), {}}
	for _, c := range talks() {
		traces = append(traces, c.trace(t))
	}
	for _, tr := range traces {
		for _, secrets := range []bool{false, true} {
			var b bytes.Buffer
			if err := TreeJSON(&b, tr, TreeOptions{Secrets: secrets}); err != nil {
				t.Fatal(err)
			}
			all = append(all, b.Bytes())
		}
	}
	return all
}

func TestTreesFitTheSchema(t *testing.T) {
	s := schema(t)
	for _, line := range treeLines(t) {
		if err := validate(t, s, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestSchemaCatches holds that the schema is closed: what a careless change
// would write does not fit it.
func TestSchemaCatches(t *testing.T) {
	s := schema(t)
	all := append(lines(t, JSONOptions{}), treeLines(t)[0])
	tree := len(all) - 1
	summary := tree - 1
	for _, c := range []struct {
		line     int
		old, new string
	}{
		{0, `"files"`, `"file"`},
		{0, `"link_types"`, `"linktypes"`},
		{1, `"user"`, `"usr"`},
		{1, `"schema":"vmess.decode/1"`, `"schema":"vmess.decode/2"`},
		{1, `"end":"end-chunk"`, `"end":"ended"`},
		{1, `"chunks":3`, `"chunk":3`},
		{1, `"scheme":"aead",`, ``},
		{1, `"skew_s":0`, `"skew_s":0.5`},
		{1, `"verdict":"ok"`, `"verdict":"okay"`},
		{1, `,"evidence":{"notes":[]}`, ``},
		{1, `123456789Z`, `123Z`},
		{3, `"offset":-1`, `"offset":-2`},
		{3, `"skipped":3041`, `"skip":3041`},
		{3, `,"skipped_chunks":2`, ``},
		{4, `"alter":3,`, ``},
		{summary, `"other_flows"`, `"others"`},
		{summary, `"sure":"certain"`, `"sure":"quite"`},
		{tree, `vmess.tree/1`, `vmess.decode/1`},
		{tree, `"kind":"wire"`, `"kind":"opened"`},
		{tree, `"kind":"opened"`, `"kind":"wire"`},
		{tree, `"kind":"field"`, `"kind":"fields"`},
		{tree, `"kind":"field"`, `"kind":"group"`},
		{tree, `,"formula"`, `,"formulas"`},
		{tree, `"secret":true`, `"secret":false`},
		{tree, `"hex":"xx`, `"hex":"..`},
		{tree, `"value":"`, `"value":"","v":"`},
		{tree, `"skipped_chunks":0`, `"skipped_chunks":-1`},
	} {
		line := bytes.Replace(all[c.line], []byte(c.old), []byte(c.new), 1)
		if bytes.Equal(line, all[c.line]) {
			t.Errorf("line %d has no %s", c.line, c.old)
		} else if validate(t, s, line) == nil {
			t.Errorf("the schema takes %s in place of %s", c.new, c.old)
		}
	}
}

// TestSchemaKnowsTheVerdicts holds the schema's list against the closed one.
func TestSchemaKnowsTheVerdicts(t *testing.T) {
	var doc struct {
		Defs struct {
			VerdictID struct{ Enum []string } `json:"verdictID"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(Schema), &doc); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, k := range verdict.Kinds() {
		want = append(want, k.ID)
	}
	if diff := cmp.Diff(want, doc.Defs.VerdictID.Enum); diff != "" {
		t.Errorf("-list +schema\n%s", diff)
	}
}

func TestEvidenceValues(t *testing.T) {
	e := verdict.Evidence{
		{Key: "a", Value: true}, {Key: "b", Value: 7}, {Key: "c", Value: int64(-8)}, {Key: "d", Value: "text"},
		{Key: "e", Value: verdict.Evidence{{Key: "in", Value: 1}}}, {Key: "f", Value: []string(nil)}, {Key: "g", Value: []verdict.Evidence{}},
	}
	var j jsonLine
	evidence(&j, e)
	if got, want := string(j.b), `{"a":true,"b":7,"c":-8,"d":"text","e":{"in":1},"f":[],"g":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStamp(t *testing.T) {
	for _, c := range []struct {
		at   flow.Time
		want string
	}{
		{0, "1970-01-01T00:00:00.000000000Z"},
		{1_784_282_398_100_000_000, "2026-07-17T09:59:58.100000000Z"},
		{-1, "1969-12-31T23:59:59.999999999Z"},
	} {
		if got := stamp(c.at); got != c.want {
			t.Errorf("%d: got %s, want %s", c.at, got, c.want)
		}
		if _, err := time.Parse(time.RFC3339Nano, stamp(c.at)); err != nil {
			t.Error(err)
		}
	}
}

// globalIDText is the hex of one, or nothing for none.
func globalIDText(id mux.GlobalID) string {
	if id == (mux.GlobalID{}) {
		return ""
	}
	return hex.EncodeToString(id[:])
}
