package inner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// a session from client to target; those of a mux have targets of their own.
func sessionTo(index int, command codec.Command, client, target string, subs ...session.Sub) *report.Session {
	opened := session.Stream{Opened: true, End: "fin", Packets: command == codec.CommandUDP}
	return &report.Session{Index: index, User: "alice", Facts: &session.Facts{
		Flow:   &flow.Record{Ends: [2]netip.AddrPort{netip.MustParseAddrPort(client), netip.MustParseAddrPort("203.0.113.1:443")}},
		Header: &session.Header{Command: command, Target: target}, Up: opened, Down: opened, Mux: subs,
	}}
}

func sub(network, target string) session.Sub {
	return session.Sub{ID: 1, Network: network, Target: target, Up: session.Stream{Opened: true}, Down: session.Stream{Opened: true}}
}

// seen is what is in a capture that was written: conversations, as they went.
type seen struct {
	told []string
}

func (s *seen) Open(r *flow.Record) flow.Sink {
	s.told = append(s.told, fmt.Sprintf("%s %v > %v:", r.Network, r.Ends[0], r.Ends[1]))
	return &seenOne{s, len(s.told) - 1}
}

type seenOne struct {
	s *seen
	i int
}

func (o *seenOne) tell(format string, args ...any) { o.s.told[o.i] += fmt.Sprintf(" "+format, args...) }

func (o *seenOne) Data(from flow.Side, at flow.Time, p []byte) { o.tell("%s@%d=%s", from, at, p) }
func (o *seenOne) Gap(from flow.Side, at flow.Time, n int64)   { o.tell("%s-gap", from) }
func (o *seenOne) Finish()                                     {}
func (o *seenOne) Close(from flow.Side, at flow.Time, how flow.How) {
	if how == flow.FIN || how == flow.RST {
		o.tell("%s@%d-%s", from, at, how)
	}
}

// play lets a function push into the taps of sessions, and reads what was written.
func play(t *testing.T, list []*report.Session, push func(taps []session.Tap)) []string {
	t.Helper()
	var file bytes.Buffer
	c := NewConversations(&file, "a test", list)
	var taps []session.Tap
	for _, s := range list {
		taps = append(taps, c.Tap(s))
	}
	push(taps)
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	var s seen
	in := []capture.Input{{Name: "written", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file.Bytes())), nil }}}
	if _, err := capture.Read(in, &s, capture.Options{Limits: flow.DefaultLimits()}); err != nil {
		t.Fatal(err)
	}
	if len(s.told) != c.Count() {
		t.Errorf("%d conversations are counted, %d are there", c.Count(), len(s.told))
	}
	return s.told
}

func data(from codec.Direction, sub int, at flow.Time, addr, text string) *session.Carried {
	return &session.Carried{From: from, Sub: sub, At: at, Addr: addr, Data: []byte(text)}
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestConversations(t *testing.T) {
	list := []*report.Session{
		sessionTo(1, codec.CommandTCP, "192.0.2.7:5000", "198.51.100.1:80"),
		sessionTo(2, codec.CommandTCP, "192.0.2.7:5000", "198.51.100.1:80"), // another stream of the same connection
		sessionTo(3, codec.CommandTCP, "[2001:db8::7]:5000", "198.51.100.1:80"),
		sessionTo(4, codec.CommandMux, "192.0.2.7:6000", "", sub("tcp", "198.51.100.2:80"), sub("udp", "198.51.100.53:53"), sub("tcp", "198.51.100.2:80"), sub("", "")),
	}
	const no = session.NoSub
	got := play(t, list, func(taps []session.Tap) {
		for i, tap := range taps {
			tap.Header(codec.Up, flow.Time(10+i))
		}
		taps[0].Data(data(codec.Up, no, 20, "", "ask"))
		taps[0].Header(codec.Down, 25)
		taps[0].Data(data(codec.Down, no, 25, "", "answer"))
		taps[0].Close(codec.Up, no, 30, flow.FIN)
		taps[0].Close(codec.Down, no, 31, flow.FIN)
		taps[0].Close(codec.Up, no, 32, flow.RST) // of the outer connection: all is over inside
		taps[1].Data(data(codec.Up, no, 33, "", "before"))
		taps[1].Hole(codec.Up, 34)
		taps[1].Data(data(codec.Up, no, 35, "", "behind"))
		taps[1].Close(codec.Down, no, 36, flow.RST)
		taps[2].Data(data(codec.Up, no, 37, "", "six"))
		taps[2].Close(codec.Up, no, 38, flow.Cut)
		for i := range 4 {
			taps[3].Open(i, flow.Time(40+i))
		}
		taps[3].Data(data(codec.Up, 0, 50, "", "one"))
		taps[3].Data(data(codec.Up, 2, 51, "", "two"))
		taps[3].Data(data(codec.Up, 1, 52, "198.51.100.54:53", "q"))
		taps[3].Data(data(codec.Down, 1, 53, "198.51.100.54:53", "a"))
		taps[3].Close(codec.Down, 2, 54, flow.RST)
		taps[3].Close(codec.Up, no, 55, flow.FIN)
	})
	want(t, got,
		"tcp 192.0.2.7:5000 > 198.51.100.1:80: a@20=ask b@25=answer a@30-fin b@31-fin",
		"tcp 192.0.2.7:5001 > 198.51.100.1:80: a@33=before b@36-rst a-gap a@35=behind",
		"tcp [2001:db8::7]:5000 > [::ffff:198.51.100.1]:80: a@37=six",
		"tcp 192.0.2.7:6000 > 198.51.100.2:80: a@50=one a@55-fin",
		"tcp 192.0.2.7:6001 > 198.51.100.2:80: a@51=two b@54-rst",
		"tcp 192.0.2.7:6000 > "+netip.AddrPortFrom(lookup(unknownHost), 0).String()+": a@55-fin",
		"udp 192.0.2.7:6000 > 198.51.100.54:53: a@52=q b@53=a",
	)
}

// lookup gives the address of a name in a file of its own.
func lookup(name string) netip.Addr {
	h := hosts{w: capture.NewPcapngWriter(io.Discard, capture.Origin{}), given: map[string]netip.Addr{}, taken: map[uint32]bool{}}
	return h.address(name)
}

// TestHosts: a name has one address, no two names have the same, all are in the
// ranges, and what the file says of them is fit to be read.
func TestHosts(t *testing.T) {
	var file bytes.Buffer
	w := capture.NewPcapngWriter(&file, capture.Origin{})
	h := hosts{w: w, given: map[string]netip.Addr{}, taken: map[uint32]bool{}}
	nobodys4, nobodys6 := netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("2001:2::/48")
	given := map[netip.Addr]string{}
	for i := range maxHosts + 1000 {
		name := fmt.Sprintf("host-%d.example.test", i)
		a := h.endpoint(name + ":80").Addr()
		if before, taken := given[a]; taken {
			t.Fatalf("%s and %s are both %v", before, name, a)
		}
		if given[a] = name; !nobodys4.Contains(a) && !nobodys6.Contains(a) {
			t.Fatalf("%s is %v", name, a)
		}
		if again := h.endpoint(strings.ToUpper(name) + ":443"); again.Addr() != a || again.Port() != 443 {
			t.Fatalf("%s is %v, then %v", name, a, again)
		}
	}
	if len(h.given) != maxHosts {
		t.Errorf("%d names are remembered", len(h.given))
	}
	for target, want := range map[string]string{
		"[2001:db8::1]:53": "[2001:db8::1]:53", "192.0.2.1:1": "192.0.2.1:1", "192.0.2.1": "192.0.2.1:0", "[fe80::1%eth0]:9": "[fe80::1]:9",
	} {
		if got := h.endpoint(target).String(); got != want {
			t.Errorf("%s: got %s, want %s", target, got, want)
		}
	}
	h.endpoint("a\x00\x1b[2J \u202e.example.test:1")
	w.Flush()
	if i := bytes.Index(file.Bytes(), []byte("a__[2j__.example.test\x00")); i < 0 {
		t.Error("a hostile name is not as it should be")
	}
}

// disk is a folder in memory.
type disk struct {
	files  map[string]*bytes.Buffer
	open   int
	most   int
	fails  string // name of the file that cannot be made
	closed int
}

func (d *disk) Create(name string) (io.WriteCloser, error) {
	if d.files[name] != nil {
		return nil, fs.ErrExist
	}
	if name == d.fails {
		return nil, fs.ErrPermission
	}
	d.files[name] = new(bytes.Buffer)
	return d.Append(name)
}

func (d *disk) Append(name string) (io.WriteCloser, error) {
	d.open++
	d.most = max(d.most, d.open)
	return &diskFile{d, d.files[name]}, nil
}

type diskFile struct {
	d *disk
	*bytes.Buffer
}

func (f *diskFile) Close() error { f.d.open--; f.d.closed++; return nil }

// TestManyFiles: more sessions at the same time than files may be open, each file
// with its own bytes in order.
func TestManyFiles(t *testing.T) {
	d := &disk{files: map[string]*bytes.Buffer{}}
	var list []*report.Session
	for i := range 200 {
		list = append(list, sessionTo(i+1, codec.CommandTCP, "192.0.2.7:5000", "www.example.test:80"))
	}
	f, err := NewFiles(d, list)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 5 {
		for _, s := range list {
			tap := f.Tap(s)
			tap.Data(data(codec.Up, session.NoSub, flow.Time(round), "", fmt.Sprintf("%d/%d;", s.Index, round)))
			if round == 2 {
				tap.Hole(codec.Up, 0)
			}
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if d.open != 0 || d.most != maxOpen+1 || len(d.files) != 201 {
		t.Errorf("%d files stay open, %d were at the same time, %d were made", d.open, d.most, len(d.files))
	}
	if got := d.files["session-007-up-www.example.test_80.bin"].String(); got != "7/0;7/1;7/2;7/3;7/4;" {
		t.Errorf("session 7: got %s", got)
	}
	lines := strings.Split(strings.TrimSpace(d.files[IndexName].String()), "\n")
	var e entry
	if err := json.Unmarshal([]byte(lines[12]), &e); err != nil || len(lines) != 400 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if e.File != "session-007-up-www.example.test_80.bin" || e.Bytes != 20 || len(e.Holes) != 1 || e.Holes[0] != 12 || e.Session != 7 {
		t.Errorf("got %+v", e)
	}
}

// TestHoleInFrontOfAFile: what has no byte in front of a hole has a hole all the
// same; what was opened behind it has none.
func TestHoleInFrontOfAFile(t *testing.T) {
	d := &disk{files: map[string]*bytes.Buffer{}}
	list := []*report.Session{
		sessionTo(1, codec.CommandTCP, "192.0.2.7:5000", "a.test:80"),
		sessionTo(2, codec.CommandMux, "192.0.2.7:5001", "", sub("tcp", "b.test:80"), sub("tcp", "c.test:80")),
	}
	f, err := NewFiles(d, list)
	if err != nil {
		t.Fatal(err)
	}
	one, mux := f.Tap(list[0]), f.Tap(list[1])
	one.Hole(codec.Down, 1)
	one.Data(data(codec.Up, session.NoSub, 2, "", "up"))
	one.Data(data(codec.Down, session.NoSub, 2, "", "down"))
	mux.Open(0, 1)
	mux.Hole(codec.Up, 2)
	mux.Open(1, 3)
	mux.Data(data(codec.Up, 0, 4, "", "b"))
	mux.Data(data(codec.Up, 1, 5, "", "c"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(d.files[IndexName].String()), "\n") {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.File != "" {
			got = append(got, fmt.Sprint(e.File, e.Holes))
		}
	}
	want(t, got, "session-1-up-a.test_80.bin[]", "session-1-down-a.test_80.bin[0]", "session-2.1-up-b.test_80.bin[0]", "session-2.2-up-c.test_80.bin[]")
}

// TestDialogueTellsHoles: what stands on both sides of a hole is not one text.
func TestDialogueTellsHoles(t *testing.T) {
	var out bytes.Buffer
	d := NewDialogue(&out, sessionTo(3, codec.CommandTCP, "192.0.2.7:5000", "a.test:80"), DialogueOptions{JSON: true, Sub: session.NoSub})
	d.Data(data(codec.Down, session.NoSub, 1, "", "a"))
	d.Hole(codec.Down, 2)
	d.Data(data(codec.Down, session.NoSub, 3, "", "b"))
	want(t, strings.Split(strings.TrimSpace(out.String()), "\n"),
		`{"type":"data","schema":"vmess.follow/1","index":3,"direction":"down","time":"1970-01-01T00:00:00.000000001Z","offset":0,"hex":"61"}`,
		`{"type":"hole","schema":"vmess.follow/1","index":3,"direction":"down","time":"1970-01-01T00:00:00.000000002Z"}`,
		`{"type":"data","schema":"vmess.follow/1","index":3,"direction":"down","time":"1970-01-01T00:00:00.000000003Z","offset":1,"hex":"62"}`)
}

// TestNames: no target leads out of the folder or means anything to a system.
func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"www.example.test:80":            "www.example.test_80",
		"[2001:db8::1]:443":              "2001_db8__1_443",
		"../../etc/passwd:1":             "_._.__etc_passwd_1",
		"a\x00b/c\\d|e*?\"<>\n\u202e:1":  "a_b_c_d_e__________1",
		strings.Repeat("x", 300) + ":80": strings.Repeat("x", maxName),
		"..:1":                           "_._1",
	} {
		if got := harmless(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestFilesTellTheFirstError, and refuse a folder that was used.
func TestFilesTellTheFirstError(t *testing.T) {
	s := sessionTo(1, codec.CommandTCP, "192.0.2.7:5000", "a.test:80")
	d := &disk{files: map[string]*bytes.Buffer{}, fails: "session-1-up-a.test_80.bin"}
	f, err := NewFiles(d, []*report.Session{s})
	if err != nil {
		t.Fatal(err)
	}
	tap := f.Tap(s)
	tap.Data(data(codec.Up, session.NoSub, 0, "", "x"))
	tap.Data(data(codec.Down, session.NoSub, 0, "", "x"))
	if err := f.Close(); !errors.Is(err, fs.ErrPermission) || d.open != 0 {
		t.Errorf("got %v, and %d files are open", err, d.open)
	}
	if _, err := NewFiles(d, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a used folder: got %v", err)
	}
}

// TestDialogueIsHarmless: whatever was carried, a terminal gets printable ASCII.
func TestDialogueIsHarmless(t *testing.T) {
	var out bytes.Buffer
	s := sessionTo(1, codec.CommandMux, "192.0.2.7:5000", "", sub("udp", "\x1b[2J\u202e:1"))
	d := NewDialogue(&out, s, DialogueOptions{Sub: session.NoSub, Width: 60})
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	d.Open(0, 0)
	d.Data(&session.Carried{Sub: 0, Addr: "\x1b]0;x\x07:1", Data: all})
	d.Hole(codec.Up, 0)
	d.Close(codec.Up, 0, 0, flow.FIN)
	d.Close(codec.Up, 0, 0, flow.FIN)
	for i, c := range out.Bytes() {
		if c != '\n' && (c < ' ' || c > '~') {
			t.Fatalf("byte %d is %#x", i, c)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 1+1+32+1+1 || strings.Count(out.String(), "ends (fin)") != 1 {
		t.Errorf("%d lines:\n%s", n, &out)
	}
}
