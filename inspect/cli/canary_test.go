package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
	"vmesskit/internal/corpus"
)

// canaries are the secrets of a capture, by what they are.
type canaries struct {
	secret map[string][]byte
	names  []string // what --redact hides besides
	hashes []string
	wire   []byte // what the client of the first session sent
	subs   bool
}

const (
	mostKeys     = 60 // of a capture
	mostPayloads = 40
	window       = 16 // bytes of payload that are looked for
)

func (c *canaries) add(what string, b []byte) {
	if len(b) >= 8 && distinct(b) > 5 { // fewer may be anywhere
		c.secret[what] = bytes.Clone(b)
	}
}

func distinct(b []byte) int {
	seen := map[byte]bool{}
	for _, x := range b {
		seen[x] = true
	}
	return len(seen)
}

// gatherCanaries reads a capture with its ids, and takes from it all that the
// output must not tell.
func gatherCanaries(t *testing.T, c *corpus.Case) *canaries {
	t.Helper()
	out := &canaries{secret: map[string][]byte{}}
	o := inspect.Options{Budget: 1, Unpack: unpackers, Keys: peel.NewKeyLog()}
	for _, u := range c.Users {
		id, err := codec.ParseID(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		key := id.CmdKey()
		out.add("an id", id[:])
		out.add("a command key", key[:])
		for i, alter := range codec.AlterIDs(nil, id, min(u.AlterID, 8)) {
			out.add("alter id "+strconv.Itoa(i), alter[:])
		}
		o.Accounts = append(o.Accounts, session.Account{Account: codec.Account{ID: id, AlterIDs: u.AlterID}})
	}
	out.keyLog(t, c, o.Keys)
	var inputs []capture.Input
	for _, name := range c.File {
		inputs = append(inputs, capture.Input{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(corpusDir, name)) }})
	}
	g := &gather{Writer: nowhere{}}
	if _, err := inspect.Decode(inputs, o, g); err != nil {
		return out // no capture that can be read, whose output is errors
	}
	traces, taps := map[int]*codec.Trace{}, 0
	err := inspect.Again(inputs, o, func(ordinal int) *session.Again {
		for _, s := range g.sessions {
			if s.Facts.Ordinal == ordinal {
				again := s.Facts.Again()
				again.Tap = &payloads{c: out, n: &taps, of: c.Name}
				if len(traces) < 8 {
					again.Trace = &codec.Trace{MaxBytes: 2048}
					traces[s.Index] = again.Trace
				}
				return again
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range traces {
		out.trace(trace)
	}
	for _, s := range g.sessions {
		out.session(s)
	}
	return out
}

// keyLog takes the secrets of the TLS.
func (c *canaries) keyLog(t *testing.T, of *corpus.Case, keys *peel.KeyLog) {
	text, err := os.ReadFile(filepath.Join(corpusDir, of.Name+".keys"))
	if err != nil {
		return
	}
	if _, err := keys.Read(text); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) != 3 || strings.HasPrefix(line, "#") {
			continue
		}
		secret, err := hex.DecodeString(words[2])
		if err != nil {
			t.Fatal(err)
		}
		c.add("a secret of the key log, "+words[0], secret)
	}
}

// trace takes keys, and the bytes of the wire.
func (c *canaries) trace(trace *codec.Trace) {
	for i := range trace.Buffers {
		b := &trace.Buffers[i]
		if b.Field == codec.FieldClientWire && c.wire == nil {
			c.wire = bytes.Clone(b.Data)
		}
		if len(c.secret) < mostKeys && b.Field.Info().Secret {
			c.add(b.Field.String(), b.Data)
		}
	}
	for i := range trace.Spans {
		s := &trace.Spans[i]
		if s.Field == codec.FieldHeaderPadding {
			continue // sing-box's is what was in its memory, such as bytes of another session's wire
		}
		if len(c.secret) < mostKeys && s.Field.Info().Secret && s.Field.Info().Form != codec.FormGroup && s.Len <= 64 {
			if data := trace.Buffers[s.Buffer].Data; s.Off+s.Len <= len(data) {
				c.add(s.Field.String()+" "+strconv.Itoa(i), data[s.Off:s.Off+s.Len])
			}
		}
	}
}

// session takes what --redact hides.
func (c *canaries) session(s *report.Session) {
	f := s.Facts
	c.subs = c.subs || len(f.Mux) > 0
	for _, end := range f.Flow.Ends {
		c.names = append(c.names, end.Addr().Unmap().String())
	}
	targets := []string{}
	if f.Header != nil {
		targets = append(targets, f.Header.Target)
	}
	for _, m := range f.Mux {
		targets = append(targets, m.Target)
	}
	for _, l := range f.Flow.Layers {
		for _, key := range []string{"host", "sni", "path", "target"} {
			if v := l.Get(key); len(v) > 3 {
				c.names = append(c.names, v)
			}
		}
	}
	for _, target := range targets {
		if i := strings.LastIndexByte(target, ':'); i > 2 {
			c.names = append(c.names, strings.Trim(target[:i], "[]"))
		}
	}
	for _, stream := range []*session.Stream{&f.Up, &f.Down} {
		if stream.Hashed && stream.Opened {
			c.hashes = append(c.hashes, hex.EncodeToString(stream.Sum[:8]))
		}
	}
}

// payloads is a tap that takes pieces of what was carried: their ends, since a
// label may name what they begin with.
type payloads struct {
	session.Tap
	c  *canaries
	n  *int
	of string // the case, whose name is in payloads and in the names of files
}

func (p *payloads) Header(codec.Direction, flow.Time)               {}
func (p *payloads) Open(int, flow.Time)                             {}
func (p *payloads) Hole(codec.Direction, flow.Time)                 {}
func (p *payloads) Close(codec.Direction, int, flow.Time, flow.How) {}
func (p *payloads) Finish()                                         {}
func (p *payloads) Data(piece *session.Carried) {
	n := len(piece.Data)
	if n >= 2*window && *p.n < mostPayloads && !bytes.Contains([]byte(p.of), piece.Data[n-window:]) {
		*p.n++
		p.c.add("payload "+strconv.Itoa(*p.n), piece.Data[n-window:])
	}
}

// find tells which secret is in an output, in whatever form.
func (c *canaries) find(output string) (what, form string) {
	digits := strings.NewReplacer(" ", "", "-", "", ":", "", "\n", "").Replace(strings.ToLower(output))
	for what, secret := range c.secret {
		switch {
		case strings.Contains(output, string(secret)):
			return what, "as it is"
		case strings.Contains(digits, hex.EncodeToString(secret)):
			return what, "in hex"
		}
		for shift := range 3 { // within longer base64
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				text := enc.EncodeToString(append(make([]byte, shift), secret...))
				if strings.Contains(output, text[(shift*8+5)/6:len(text)-1]) {
					return what, "in base64"
				}
			}
		}
	}
	return "", ""
}

// TestCanary runs every command that prints what is in captures over the corpus,
// and looks for everything that is secret there.
func TestCanary(t *testing.T) {
	m, err := corpus.Read(filepath.Join(corpusDir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	help := ran(t, "help", "decode")
	secrets, names := 0, 0
	for i := range m.Cases {
		c := &m.Cases[i]
		t.Run(c.Name, func(t *testing.T) {
			known := gatherCanaries(t, c)
			secrets, names = secrets+len(known.secret), names+len(known.names)
			base := []string{"decode", "--skew-budget", "1"}
			for i, f := range c.File {
				base = append(base, filepath.Join(corpusDir, f))
				if keys := filepath.Join(corpusDir, c.Name+".keys"); i == 0 && strings.Contains(help, "--keylog ") && there(keys) {
					base = append(base, "--keylog", keys)
				}
			}
			for i, u := range c.Users {
				base = append(base, "--id", u.ID+" "+strconv.Itoa(u.AlterID)+" label"+strconv.Itoa(i+1)+"x")
			}
			known.checkDecode(t, base)
			known.checkRedacted(t, base)
			if len(known.wire) > 0 {
				out := ran(t, "explain", hex.EncodeToString(known.wire), "--id", c.Users[0].ID)
				known.check(t, "explain", out)
			}
		})
	}
	if secrets < 3000 || names < 300 {
		t.Errorf("only %d secrets and %d names were looked for", secrets, names)
	}
}

func there(name string) bool { _, err := os.Stat(name); return err == nil }

// checkDecode looks through each form of decode's output.
func (c *canaries) checkDecode(t *testing.T, base []string) {
	page := filepath.Join(t.TempDir(), "page.html")
	for _, more := range [][]string{{"--all"}, {"--all", "--json"}, {"--tree", "1"}, {"--tree", "1", "--json"}, {"--html", page}} {
		c.check(t, strings.Join(more, " "), ran(t, append(base, more...)...))
	}
	if text, err := os.ReadFile(page); err == nil {
		c.check(t, "the page", string(text))
	}
}

func (c *canaries) check(t *testing.T, of, output string) {
	t.Helper()
	if what, form := c.find(output); what != "" {
		t.Errorf("%s: %s is there %s", of, what, form)
	}
}

// checkRedacted looks besides for names and hashes where there must be none.
func (c *canaries) checkRedacted(t *testing.T, base []string) {
	page := filepath.Join(t.TempDir(), "page.html")
	for _, more := range [][]string{{"--all"}, {"--all", "--json"}, {"--tree", "1"}, {"--tree", "1", "--json"}, {"--html", page}} {
		output := ran(t, append(append(base, more...), "--redact")...)
		if more[0] == "--html" {
			text, _ := os.ReadFile(page)
			output += string(text)
		}
		c.check(t, strings.Join(more, " ")+" --redact", output)
		for _, name := range append(c.names, "label1x", "label2x") {
			if strings.Contains(output, name) {
				t.Errorf("%s --redact: %s is there", strings.Join(more, " "), name)
			}
		}
		for _, hash := range c.hashes {
			if strings.Contains(output, hash) {
				t.Errorf("%s --redact: a hash of what was carried is there", strings.Join(more, " "))
			}
		}
	}
}

// ran gives all that a command prints.
func ran(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	Main(context.Background(), append([]string{"vmess"}, args...), testEnv(&stdout, &stderr))
	return stdout.String() + stderr.String()
}

// TestCanaryIsHeard: what is asked for is found, so that the search above is worth
// something.
func TestCanaryIsHeard(t *testing.T) {
	const file = "aead-v4-v5-gcm.pcap"
	known := gatherCanaries(t, caseOf(t, file))
	base := append([]string{"decode", filepath.Join(corpusDir, file)}, usersOf(t, file)...)
	for _, more := range [][]string{{"--json", "--show-secrets"}, {"--tree", "1", "--json", "--show-secrets"}, {"--follow", "1", "--json"}} {
		if what, _ := known.find(ran(t, append(base, more...)...)); what == "" {
			t.Errorf("%v: no secret is found", more)
		}
	}
}
