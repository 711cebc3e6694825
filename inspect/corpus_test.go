package inspect_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
	"vmesskit/internal/corpus"
)

const captures = "../testdata/captures"

func readCorpus(t *testing.T) map[string]*corpus.Case {
	t.Helper()
	m, err := corpus.Read(filepath.Join(captures, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	cases := make(map[string]*corpus.Case)
	for i := range m.Cases {
		cases[m.Cases[i].Name] = &m.Cases[i]
	}
	return cases
}

// optionsFor gives what a case's server's operator would.
func optionsFor(t *testing.T, c *corpus.Case) inspect.Options {
	t.Helper()
	o := inspect.Options{Budget: 50_000} // a search is not what is tested here
	for _, u := range c.Users {
		id, err := codec.ParseID(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		o.Accounts = append(o.Accounts, session.Account{Account: codec.Account{ID: id, AlterIDs: u.AlterID}})
	}
	return o
}

func inMemory(files ...[]byte) (inputs []capture.Input) {
	for _, f := range files {
		inputs = append(inputs, capture.Input{Name: "memory", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(f)), nil
		}})
	}
	return inputs
}

func load(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(captures, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// keeper is a report.Writer that keeps what it is told.
type keeper struct {
	calls    []string
	sessions []*report.Session
	others   []*report.Other
	fail     string // the call that is to fail
}

func (k *keeper) call(name string) error {
	k.calls = append(k.calls, name)
	if name == k.fail {
		return os.ErrClosed
	}
	return nil
}

func (k *keeper) Capture(*capture.Summary) error { return k.call("capture") }
func (k *keeper) Summary(*report.Summary) error  { return k.call("summary") }
func (k *keeper) Session(s *report.Session) error {
	k.sessions = append(k.sessions, s)
	return k.call("session")
}
func (k *keeper) Other(o *report.Other) error {
	k.others = append(k.others, o)
	return k.call("other")
}

// TestReport: capture, sessions from 1 on, others if they are asked for,
// summary; a writer that fails ends it.
func TestReport(t *testing.T) {
	c := readCorpus(t)["noise-v4-v5"]
	o := optionsFor(t, c)
	file := load(t, c.File[0])
	var k keeper
	sum, err := inspect.Decode(inMemory(file), o, &k)
	if err != nil || sum.Sessions != len(k.sessions) || sum.OtherFlows != *c.OtherFlows || len(k.others) > 0 {
		t.Fatalf("%+v, %v; %d sessions, %d others", sum, err, len(k.sessions), len(k.others))
	}
	for i, s := range k.sessions {
		if s.Index != i+1 || s.User == "" || s.ID != "" {
			t.Errorf("session %d: index %d, user %q, id %q", i+1, s.Index, s.User, s.ID)
		}
	}
	if len(sum.Verdicts) != 1 || sum.Verdicts[0] != (report.Count{ID: "ok", N: sum.Sessions}) {
		t.Errorf("verdicts: %v", sum.Verdicts)
	}
	o.Others, o.Secrets = true, true
	o.Accounts[0].Label = "alice"
	k = keeper{}
	if _, err := inspect.Decode(inMemory(file), o, &k); err != nil || len(k.others) != *c.OtherFlows {
		t.Errorf("%d others, %v; want %d", len(k.others), err, *c.OtherFlows)
	}
	if s := k.sessions[0]; s.User != "alice" || s.ID != o.Accounts[0].ID.String() {
		t.Errorf("user %q, id %q", s.User, s.ID)
	}
	want := append([]string{"capture"}, slices.Repeat([]string{"session"}, len(k.sessions))...)
	want = append(append(want, slices.Repeat([]string{"other"}, len(k.others))...), "summary")
	if !slices.Equal(k.calls, want) {
		t.Errorf("calls: %v", k.calls)
	}
	for _, name := range []string{"capture", "session", "other", "summary"} {
		if _, err := inspect.Decode(inMemory(file), o, &keeper{fail: name}); err != os.ErrClosed {
			t.Errorf("%s fails: got %v", name, err)
		}
	}
}

// TestAnnouncedBy: a session that used an announced account names the session
// that announced it, and has no label.
func TestAnnouncedBy(t *testing.T) {
	c := readCorpus(t)["dynamic-port-v4-v4-legacy"]
	o := optionsFor(t, c)
	o.Secrets = true
	var k keeper
	if _, err := inspect.Decode(inMemory(load(t, c.File[0])), o, &k); err != nil {
		t.Fatal(err)
	}
	announcing, followed := 0, 0
	for _, s := range k.sessions {
		if s.Facts.Announced != nil {
			announcing++
		}
		if s.By == 0 {
			continue
		}
		followed++
		if s.User != "" || s.ID != "" || k.sessions[s.By-1].Facts.Announced == nil || s.Verdict.Evidence.Get("announced_by") != s.By {
			t.Errorf("session %d by %d: user %q, evidence %v", s.Index, s.By, s.User, s.Verdict.Evidence)
		}
	}
	if announcing == 0 || followed == 0 {
		t.Errorf("%d announce, %d follow", announcing, followed)
	}
}

// TestTrace: the second reading shows the bytes of the session that was asked
// for, and of no other.
func TestTrace(t *testing.T) {
	c := readCorpus(t)["noise-v4-v5"]
	o := optionsFor(t, c)
	files := inMemory(load(t, c.File[0]))
	var k keeper
	if _, err := inspect.Decode(files, o, &k); err != nil {
		t.Fatal(err)
	}
	for _, want := range k.sessions {
		s, trace, err := inspect.Trace(files, o, want.Index, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := s.Facts
		if s.Index != want.Index || f.Flow.Ends != want.Facts.Flow.Ends || f.Up.Sum != want.Facts.Up.Sum {
			t.Errorf("session %d: got %d from %s", want.Index, s.Index, f.Flow.Ends[0])
		}
		var wires []int64
		for _, b := range trace.Buffers {
			if b.Field == codec.FieldClientWire || b.Field == codec.FieldServerWire {
				wires = append(wires, int64(len(b.Data)))
			}
			if b.Field == codec.FieldClientWire && [16]byte(b.Data) != f.Auth.Bytes {
				t.Errorf("session %d: the trace begins with another's auth", s.Index)
			}
		}
		if !slices.Equal(wires, []int64{f.Up.Wire, f.Down.Wire}) {
			t.Errorf("session %d: %v bytes are traced, want %d and %d", s.Index, wires, f.Up.Wire, f.Down.Wire)
		}
	}
	if _, _, err := inspect.Trace(files, o, len(k.sessions)+1, 0); err == nil {
		t.Error("a session that there is not was traced")
	}
}

// TestNotACapture is an error of the input.
func TestNotACapture(t *testing.T) {
	var k keeper
	if _, err := inspect.Decode(inMemory([]byte("no capture at all, whatever its name says")), inspect.Options{}, &k); err == nil || len(k.calls) > 0 {
		t.Errorf("got %v after %v", err, k.calls)
	}
}

// ids gives the verdicts of sessions.
func ids(sessions []*report.Session) (out []string) {
	for _, s := range sessions {
		out = append(out, s.Verdict.ID)
	}
	return out
}

// TestOneWayDown: with the client's packets left out there is nothing to read,
// and the capture is said to be one-way.
func TestOneWayDown(t *testing.T) {
	c := readCorpus(t)["aead-v4-v5-gcm"]
	p := readClassic(t, load(t, c.File[0]))
	var all keeper
	if _, err := inspect.Decode(inMemory(p.file(p.packets)), optionsFor(t, c), &all); err != nil {
		t.Fatal(err)
	}
	server := all.sessions[0].Facts.Flow.Ends[all.sessions[0].Facts.Server()].Port()
	var kept []packet
	for _, x := range p.packets {
		if source, _ := x.ports(); source == server {
			kept = append(kept, x)
		}
	}
	var k keeper
	if _, err := inspect.Decode(inMemory(p.file(kept)), optionsFor(t, c), &k); err != nil {
		t.Fatal(err)
	}
	for _, s := range k.sessions {
		if s.Verdict.ID != "one-way" || s.Verdict.Evidence.Get("captured") != "response-only" {
			t.Errorf("session %d: %s %v", s.Index, s.Verdict.ID, s.Verdict.Evidence)
		}
	}
	if len(k.sessions) != len(all.sessions) {
		t.Errorf("%d sessions, want %d: %v", len(k.sessions), len(all.sessions), ids(k.sessions))
	}
}
