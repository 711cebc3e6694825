package capture

import (
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

func TestConnections(t *testing.T) {
	const second = 1e9
	far := uint32(0xfffffff0) // a stream from here wraps soon
	tests := []struct {
		name string
		s    *script
		want []string
	}{
		{"whole", new(script).hello(10, 20).
			up(11, 21, ack, "ping").down(21, 15, ack, "pong").
			up(15, 25, ack|fin, "").down(25, 16, ack|fin, ""),
			[]string{`a "ping", b "pong", a fin, b fin`}},
		{"only a SYN", new(script).up(10, 0, syn, "").wait(second).up(10, 0, syn, ""),
			[]string{"a cut, b cut"}},
		{"refused", new(script).up(10, 0, syn, "").down(0, 11, rst|ack, ""),
			[]string{"b rst, a open"}},
		{"SYN and answer repeated", new(script).up(10, 0, syn, "").up(10, 0, syn, "").
			down(20, 11, syn|ack, "").down(20, 11, syn|ack, "").up(11, 21, ack, "x"),
			[]string{`a "x", a cut, b cut`}},
		{"SYN with data", new(script).up(10, 0, syn, "early").down(20, 16, syn|ack, "").up(16, 21, ack, " late"),
			[]string{`a "early", a " late", a cut, b cut`}},
		{"SYN with data that was sent again", new(script).up(10, 0, syn, "early").down(20, 11, syn|ack, "").up(11, 21, ack, "early late"),
			[]string{`a "early", a " late", a cut, b cut`}},
		{"sequence numbers wrap", new(script).hello(far, far).
			up(far+1, far+1, ack, strings.Repeat("u", 40)).up(far+41, far+1, ack, "v"),
			[]string{`a "` + strings.Repeat("u", 40) + `", a "v", a cut, b cut`}},
		{"wrap out of order", new(script).hello(far, 0).
			up(far+21, 1, ack, "second").up(far+1, 1, ack, strings.Repeat("f", 20)),
			[]string{`a "` + strings.Repeat("f", 20) + `", a "second", a cut, b cut`}},
		{"keep-alive", new(script).hello(10, 20).up(11, 21, ack, "abc").
			up(13, 21, ack, "").down(21, 14, ack, "").up(13, 21, ack, "\x00").down(21, 14, ack, "").up(14, 21, ack, "d"),
			[]string{`a "abc", a "d", a cut, b cut`}},
		{"overlap: what was delivered wins", new(script).hello(10, 20).
			up(11, 21, ack, "abc").up(12, 21, ack, "XYde"),
			[]string{`a "abc", a "de", a cut, b cut`}},
		{"overlap behind a hole: what came first wins", new(script).hello(10, 20).
			up(13, 21, ack, "cd").up(12, 21, ack, "bXXe").up(11, 21, ack, "a"),
			[]string{`a "a", a "b", a "cde", a cut, b cut`}},
		{"FIN with data in front of a hole", new(script).hello(10, 20).
			up(14, 21, ack|fin, "def").up(11, 21, ack, "abc"),
			[]string{`a "abc", a "def", a fin, b cut`}},
		{"bytes behind a FIN", new(script).hello(10, 20).
			up(11, 21, ack|fin, "abc").up(14, 21, ack, "no"),
			[]string{`a "abc", a fin, b cut`}},
		{"bytes behind a FIN that came first", new(script).hello(10, 20).
			up(14, 21, ack|fin, "").up(11, 21, ack, "abcNO"),
			[]string{`a "abc", a fin, b cut`}},
		{"FIN behind a hole, both acknowledged", new(script).hello(10, 20).
			up(14, 21, ack|fin, "").down(21, 15, ack, ""),
			[]string{`a gap 3, a fin, b cut`}},
		{"half close", new(script).hello(10, 20).up(11, 21, ack|fin, "q").
			down(21, 13, ack, "answer").down(27, 13, ack|fin, ""),
			[]string{`a "q", a fin, b "answer", b fin`}},
		{"reset, and what was under way", new(script).hello(10, 20).
			up(11, 21, ack, "q").up(12, 21, rst, "").down(21, 12, ack, "late"),
			[]string{`a "q", b "late", a rst, b open`}},
		{"reset in front of the last bytes", new(script).hello(10, 20).
			up(14, 21, rst, "").up(11, 21, ack, "abc"),
			[]string{`a "abc", a rst, b open`}},
		{"reset, and the other side closes", new(script).hello(10, 20).
			up(11, 21, ack, "q").up(12, 21, rst, "").down(21, 12, ack|fin, "late"),
			[]string{`a "q", b "late", a rst, b fin`}},
		{"reset behind the own FIN", new(script).hello(10, 20).
			up(11, 21, ack|fin, "q").down(21, 13, ack, "late").up(13, 0, rst, ""),
			[]string{`a "q", a fin, b "late", b open`}},
		{"reset with bytes missing that are acknowledged", new(script).hello(10, 20).
			down(21, 15, ack, "").up(15, 21, rst, ""),
			[]string{`a gap 4, a rst, b open`}},
		{"reset between what is missing and what is kept", new(script).hello(10, 20).
			up(14, 21, ack, "def").up(15, 21, rst, "").up(11, 21, ack, "abc"),
			[]string{`a "abc", a "def", a rst, b open`}},
		{"reset of both", new(script).hello(10, 20).down(21, 11, rst, "").up(11, 21, rst, ""),
			[]string{`b rst, a rst`}},
		{"forged reset behind the window", new(script).hello(10, 20).
			down(21, 11, ack, "first").down(21, 11, rst, "").down(26, 11, ack, "second").down(32, 11, ack|fin, ""),
			[]string{`b "first", b "second", b fin, a cut`}},
		{"forged reset far ahead", new(script).hello(10, 20).
			down(21, 11, ack, "first").down(5_000_021, 11, rst, "").down(26, 11, ack, "second").wait(60*second).down(32, 11, ack, ""),
			[]string{`b "first", b "second", a cut, b cut`}},
		{"forged reset that the stream passes", new(script).hello(10, 20).
			down(21, 11, ack, "first").down(28, 11, rst, "").down(26, 11, ack, "second"),
			[]string{`b "first", b "second", a cut, b cut`}},
		{"forged reset at the right number, and the stream goes on", new(script).hello(10, 20).
			down(21, 11, ack, "first").down(26, 11, rst, "").down(26, 11, ack, "second").down(32, 11, ack|fin, "").up(11, 33, ack|fin, ""),
			[]string{`b "first", b "second", b fin, a fin`}},
		{"forged reset, and the stream goes on after a while", new(script).hello(10, 20).
			down(21, 11, ack, "first").down(26, 11, rst, "").wait(100*second).down(26, 11, ack, "second").wait(300*second).up(11, 32, ack, "x"),
			[]string{`b "first", b "second", a "x", a cut, b cut`}},
		{"reset, and a new connection", new(script).hello(10, 20).
			down(21, 11, ack, "first").down(26, 11, rst, "").wait(130*second).up(11, 26, ack, "").hello(500, 600),
			[]string{`b "first", b rst, a open`, "a cut, b cut"}},
		{"forged reset in place of the answer", new(script).up(10, 0, syn, "").down(0, 11, rst|ack, "").
			down(20, 11, syn|ack, "").up(11, 21, ack, "x").down(21, 12, ack, "y"),
			[]string{`a "x", b "y", a cut, b cut`}},
		{"forged reset of what was not sent", new(script).up(10, 0, syn, "").down(0, 99, rst|ack, ""),
			[]string{"a cut, b cut"}},
		{"hole at the start", new(script).hello(10, 20).up(14, 21, ack|fin, "def"),
			[]string{`a gap 3, a "def", a fin, b cut`}},
		{"hole that the receiver has", new(script).hello(10, 20).down(21, 15, ack, ""),
			[]string{`a gap 4, a cut, b cut`}},
		{"one number acknowledged is a FIN", new(script).hello(10, 20).up(11, 21, ack, "abc").down(21, 15, ack, ""),
			[]string{`a "abc", a cut, b cut`}},
		{"only one way", new(script).up(10, 0, syn, "").up(11, 21, ack, "ab").up(13, 99, ack|fin, ""),
			[]string{`a "ab", a fin, b cut`}},
		{"port used again after the close", new(script).hello(10, 20).
			up(11, 21, ack|fin, "one").down(21, 15, ack|fin, "").
			hello(5000, 6000).up(5001, 6001, ack, "two"),
			[]string{`a "one", a fin, b fin`, `a "two", a cut, b cut`}},
		{"port used again, the close not seen", new(script).hello(10, 20).up(11, 21, ack, "one").
			hello(5000, 6000).up(5001, 6001, ack, "two"),
			[]string{`a "one", a cut, b cut`, `a "two", a cut, b cut`}},
		{"port used again, only the answer to the SYN seen", new(script).hello(10, 20).
			up(11, 21, ack|fin, "one").down(21, 15, ack|fin, "").
			down(6000, 5001, syn|ack, "").up(5001, 6001, ack, "two"),
			[]string{`a "one", a fin, b fin`, `a "two", a cut, b cut`}},
		{"retransmission after the close", new(script).hello(10, 20).
			up(11, 21, ack|fin, "one").down(21, 15, ack|fin, "").
			up(11, 21, ack|fin, "one").down(21, 15, ack|fin, "").up(15, 22, rst, "").up(15, 22, rst, ""),
			[]string{`a "one", a fin, b fin`}},
		{"reset of something unknown", new(script).up(15, 22, rst, ""), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantStories(t, tt.s.file(), tt.want...) })
	}
}

func TestWhoIsA(t *testing.T) {
	tests := []struct {
		name  string
		s     *script
		a     string
		began bool
	}{
		{"sender of the SYN", new(script).up(10, 0, syn, ""), client.String(), true},
		{"receiver of the answer", new(script).down(20, 11, syn|ack, ""), client.String(), true},
		{"sender of the first packet", new(script).down(20, 11, ack, "x").up(11, 21, ack, ""), server.String(), false},
		{"the SYN came late", new(script).down(20, 11, syn|ack, "").up(11, 21, ack, "x").up(10, 0, syn, ""), client.String(), true},
		{"the SYN came behind the data", new(script).up(11, 21, ack, "x").up(10, 0, syn, "").down(20, 11, syn|ack, ""), client.String(), true},
	}
	for _, tt := range tests {
		flows, _ := read(t, Options{}, tt.s.file())
		if len(flows) != 1 {
			t.Errorf("%s: %d flows, want 1", tt.name, len(flows))
			continue
		}
		if r := flows[0].rec; r.Ends[flow.A].String() != tt.a || r.Began != tt.began {
			t.Errorf("%s: A is %s, began %v; want %s, %v", tt.name, r.Ends[flow.A], r.Began, tt.a, tt.began)
		}
	}
}

// A connection that began before the capture starts with its lowest bytes,
// and no gap stands in front of them.
func TestMidStream(t *testing.T) {
	up := func(s *script, from, to int) *script {
		for ; from < to; from++ {
			s.up(uint32(100+from), 0, 0, string(rune('a'+from)))
		}
		return s
	}
	tests := []struct {
		name string
		s    *script
		want string
	}{
		{"in order", new(script).up(100, 50, ack, "ab").up(102, 50, ack, "cd"), `"ab" "cd"`},
		{"out of order", new(script).up(102, 50, ack, "cd").up(100, 50, ack, "ab"), `"abcd"`},
		{"acknowledged before", new(script).down(50, 100, ack, "").up(102, 50, ack, "cd").up(100, 50, ack, "ab"), `"ab" "cd"`},
		{"bytes under way were not captured", new(script).down(50, 90, ack, "").up(100, 50, ack, "ab").down(50, 102, ack, ""), `"ab"`},
		{"bytes behind the first acknowledgement are missing", new(script).down(50, 100, ack, "").up(100, 50, ack, "").up(104, 50, ack, "ef"), `"ef"`},
		{"keep-alive first", new(script).up(99, 50, ack, "").down(50, 100, ack, "").up(100, 50, ack, "ab"), `"ab"`},
		{"lower bytes after eight packets", up(up(new(script), 4, 12), 0, 2), `"efghijkl"`},
		{"lower bytes among eight packets", up(up(new(script), 4, 8), 0, 4), `"abcdefgh"`},
		{"lower bytes after a while", new(script).up(102, 50, ack, "cd").wait(2e8).up(104, 50, ack, "ef").up(100, 50, ack, "ab"), `"cdef"`},
		{"a hole later", new(script).up(100, 50, ack, "ab").up(104, 50, ack|fin, "ef"), `"ab" gap 2 "ef"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			flows, _ := read(t, Options{}, tt.s.file())
			if len(flows) != 1 {
				t.Fatalf("%d flows, want 1", len(flows))
			}
			side := flow.A
			if flows[0].rec.Ends[flow.A] != client {
				side = flow.B
			}
			if flows[0].rec.Began {
				t.Error("Began is true, want false")
			}
			if got, want := flows[0].of(side), tt.want; joined(got) != joined(want) {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// What is held must not come behind its answer.
func TestHeldRequestComesFirst(t *testing.T) {
	wantStories(t, new(script).up(99, 50, ack, "").down(50, 100, ack, "").
		up(100, 50, ack, "ask").down(50, 103, ack, "answer").file(),
		`a "ask", b "answer", a cut, b cut`)
	wantStories(t, new(script).up(100, 50, ack, "ask").down(50, 103, ack, "answer").file(),
		`a "ask", b "answer", a cut, b cut`)
}

// of tells the story of one side, without its close.
func (f *collected) of(side flow.Side) string {
	var out []string
	for _, s := range f.story {
		if rest, ok := strings.CutPrefix(s, side.String()+" "); ok && (rest[0] == '"' || rest[0] == 'g') {
			out = append(out, rest)
		}
	}
	return strings.Join(out, " ")
}

// joined forgets where one delivery ends and the next begins.
func joined(s string) string { return strings.ReplaceAll(s, `" "`, "") }

// A hole is a gap once it is acknowledged and did not come for a while.
func TestPatience(t *testing.T) {
	base := func() *script {
		return new(script).hello(10, 20).up(11, 21, ack, "a").up(13, 21, ack, "c").down(21, 14, ack, "")
	}
	more := func(s *script, n int) *script {
		for i := range n {
			s.up(uint32(14+i), 21, ack, "x")
		}
		return s
	}
	tests := []struct {
		name string
		s    *script
		gap  bool
	}{
		{"it comes late", more(base(), 60).up(12, 21, ack, "b"), false},
		{"it comes too late", more(base(), 70).up(12, 21, ack, "b"), true},
		{"it comes within two seconds", base().wait(1.9e9).up(12, 21, ack, "b"), false},
		{"two seconds without it", base().wait(2.1e9).up(14, 21, ack, "d").up(12, 21, ack, "b"), true},
		{"nobody has it", more(new(script).hello(10, 20).up(11, 21, ack, "a").up(13, 21, ack, "c"), 200).wait(5e9).up(12, 21, ack, "b"), false},
	}
	lone := func(n int) *script {
		return more(new(script).up(10, 0, syn, "").up(11, 0, 0, "a").up(13, 0, 0, "c"), n)
	}
	tests = append(tests, []struct {
		name string
		s    *script
		gap  bool
	}{
		{"one side only, it comes", lone(1000).up(12, 0, 0, "b"), false},
		{"one side only, it does not come", lone(1100).up(12, 0, 0, "b"), true},
	}...)
	for _, tt := range tests {
		flows, _ := read(t, Options{}, tt.s.file())
		if got := len(flows[0].gaps[flow.A]) > 0; got != tt.gap {
			t.Errorf("%s: gap %v, want %v", tt.name, got, tt.gap)
		}
	}
}

func TestRecord(t *testing.T) {
	s := new(script).hello(10, 20).up(11, 21, ack, "ping").down(21, 15, ack, "pong")
	s.recs = append([]rec{{at: 1, data: ether(nil, 0x0806)}}, s.recs...)
	flows, sum := read(t, Options{}, s.file())
	r := flows[0].rec
	if r.Packet != 2 || r.Packets != [2]int64{3, 2} || !r.Began || r.Snapped || r.Start != 1e6 || r.End != 5e6 {
		t.Errorf("record %+v", r)
	}
	if r.Network != flow.TCP || len(r.Layers) != 0 || r.Ends[flow.B] != server {
		t.Errorf("record %+v", r)
	}
	if sum.Packets != 6 || sum.First != 1 || sum.Last != 5e6 || sum.Ignored != 1 || sum.Bad != 0 {
		t.Errorf("summary %+v", sum)
	}
}
