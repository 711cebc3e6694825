package mux_test

import (
	"fmt"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// play sends frames through m, written as "up 1 new tcp:host:1 data", and gives
// what was delivered.
func play(t *testing.T, m *mux.Sessions, script string) (heard []string) {
	t.Helper()
	m.Data = func(d mux.Delivery) {
		heard = append(heard, fmt.Sprintf("#%d %s %s %s", d.Session.Index, d.From, far(d.Peer), d.Data))
	}
	for line := range strings.Lines(script) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		from := map[string]codec.Direction{"up": codec.Up, "down": codec.Down}[words[0]]
		if words[1] == "lost" {
			m.Lose(from)
			continue
		}
		var f mux.Frame
		if _, err := fmt.Sscan(words[1], &f.ID); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		f.Status = map[string]mux.Status{"new": mux.New, "keep": mux.Keep, "end": mux.End, "fail": mux.End, "alive": mux.KeepAlive}[words[2]]
		if words[2] == "fail" {
			f.Option |= mux.WithError
		}
		for _, w := range words[3:] {
			network, host, ok := strings.Cut(w, ":")
			switch {
			case ok && network == "tcp":
				f.Target = tcp(host)
			case ok && network == "udp":
				f.Target = udp(host)
			default:
				f.Option, f.Data = f.Option|mux.WithData, []byte(w)
			}
		}
		m.Frame(from, &f)
	}
	return heard
}

func far(a codec.Address) string {
	if a == (codec.Address{}) {
		return "?"
	}
	return a.String()
}

func TestSessions(t *testing.T) {
	const web, dns = "tcp:example.com:80", "udp:192.0.2.7:53"
	none := [2]mux.Flow{}
	for _, c := range []struct {
		label, script string
		heard         []string
		sessions      []string
		discarded     [2]mux.Flow
		xudp          bool
	}{
		{"two at a time", `
			up 1 new ` + web + ` get
			up 2 new ` + dns + `
			down 1 keep ok
			up 2 keep ask
			down 2 keep answer
			up 1 keep
			down 1 end
			up 2 end`,
			[]string{"#0 up example.com:80 get", "#0 down example.com:80 ok", "#1 up 192.0.2.7:53 ask", "#1 down 192.0.2.7:53 answer"},
			[]string{"1 " + web + " up 3/1 down 2/1 server", "2 " + dns + " up 3/1 down 6/1 client"}, none, false},
		{"xudp", `
			up 0 new ` + dns + ` a
			up 0 keep udp:192.0.2.8:54 bb
			down 0 keep udp:192.0.2.9:55 ccc
			down 0 keep dddd`,
			[]string{"#0 up 192.0.2.7:53 a", "#0 up 192.0.2.8:54 bb", "#0 down 192.0.2.9:55 ccc", "#0 down 192.0.2.7:53 dddd"},
			[]string{"0 " + dns + " up 3/2 down 7/2 open"}, none, true},
		{"tcp with the number 0", "up 0 new " + web + " a", []string{"#0 up example.com:80 a"}, []string{"0 " + web + " up 1/1 down 0/0 open"}, none, false},
		{"udp with the number 1", "up 1 new " + dns + " a", []string{"#0 up 192.0.2.7:53 a"}, []string{"1 " + dns + " up 1/1 down 0/0 open"}, none, false},
		{"an address in a stream means nothing", "up 1 new " + web + "\n up 1 keep " + dns + " a",
			[]string{"#0 up example.com:80 a"}, []string{"1 " + web + " up 1/1 down 0/0 open"}, none, false},
		{"the answer comes first", `
			down 1 keep one
			down 2 keep other
			down 1 end
			up 1 new ` + web + ` ask`,
			[]string{"#0 up example.com:80 ask", "#0 down example.com:80 one"},
			[]string{"1 " + web + " up 3/1 down 3/1 server"}, [2]mux.Flow{{}, {Bytes: 5, Chunks: 1}}, false},
		{"late, and not early", `
			up 1 new ` + web + `
			up 1 end
			down 1 end
			down 1 keep late
			up 1 new ` + web + ` ask`,
			[]string{"#1 up example.com:80 ask"},
			[]string{"1 " + web + " up 0/0 down 0/0 both", "1 " + web + " up 3/1 down 0/0 open"}, [2]mux.Flow{{}, {Bytes: 4, Chunks: 1}}, false},
		{"the answer comes first, and the request never", `
			down 1 keep one
			up lost`,
			[]string{"#0 down ? one"}, []string{"1  up 0/0 down 3/1 open"}, none, false},
		{"ends cross", `
			up 1 new ` + web + ` a
			up 1 fail
			down 1 keep b
			down 1 end
			down 1 keep c
			up 1 keep d
			up 1 end`,
			[]string{"#0 up example.com:80 a", "#0 down example.com:80 b"},
			[]string{"1 " + web + " up 1/1 down 1/1 both failed"}, [2]mux.Flow{{Bytes: 1, Chunks: 2}, {Bytes: 1, Chunks: 1}}, false},
		{"behind one's own end", `
			up 1 new ` + web + `
			up 1 end
			up 1 keep a
			up 1 end`,
			nil, []string{"1 " + web + " up 0/0 down 0/0 client"}, [2]mux.Flow{{Bytes: 1, Chunks: 2}, {}}, false},
		{"a number again", `
			up 1 new ` + web + ` a
			up 1 new ` + dns + ` bb
			down 1 keep ccc
			down 1 end`,
			[]string{"#0 up example.com:80 a", "#1 up 192.0.2.7:53 bb", "#1 down 192.0.2.7:53 ccc"},
			[]string{"1 " + web + " up 1/1 down 0/0 open", "1 " + dns + " up 2/1 down 3/1 server"}, none, false},
		{"what nobody takes", `
			up 9 keep aa
			up 9 keep
			down 9 keep bb
			down 9 new ` + web + ` cc
			down 9 end
			up 1 alive dd
			up 1 alive
			down 1 alive ee`,
			nil, nil, [2]mux.Flow{{Bytes: 4, Chunks: 3}, {Bytes: 6, Chunks: 4}}, false},
		{"data on an end", "up 1 new " + web + " a\n up 1 end bb", []string{"#0 up example.com:80 a"},
			[]string{"1 " + web + " up 1/1 down 0/0 client"}, [2]mux.Flow{{Bytes: 2, Chunks: 1}, {}}, false},
		{"the client's side is lost", `
			up 1 new ` + web + `
			up lost
			down 1 keep a
			down 2 keep bb
			down 0 keep ` + dns + ` ccc
			down 0 keep dddd
			down 0 end
			down 7 end`,
			[]string{"#0 down example.com:80 a", "#1 down ? bb", "#2 down 192.0.2.7:53 ccc", "#2 down ? dddd"},
			[]string{"1 " + web + " up 0/0 down 1/1 open", "2  up 0/0 down 2/1 open", "0 udp up 0/0 down 7/2 server"},
			[2]mux.Flow{{}, {Chunks: 1}}, false},
	} {
		var m mux.Sessions
		wantLines(t, play(t, &m, c.script), c.heard)
		wantLines(t, tellSessions(&m), c.sessions)
		if m.Discarded != c.discarded {
			t.Errorf("%s: got %+v discarded, want %+v", c.label, m.Discarded, c.discarded)
		}
		if m.XUDP() != c.xudp {
			t.Errorf("%s: is it XUDP? got %v", c.label, m.XUDP())
		}
		if t.Failed() {
			t.Fatalf("%s", c.label)
		}
	}
}

// A carrier with more sub-connections than are followed is followed as far as
// it goes, and a number that came again is not mistaken for the older one.
func TestSessionsAreBounded(t *testing.T) {
	m := mux.Sessions{Limit: 2}
	heard := play(t, &m, `
		up 1 new tcp:a:1 a
		up 2 new tcp:a:1 b
		up 3 new tcp:a:1 c
		up 1 new tcp:a:1 d
		up 1 keep e
		up 2 keep f
		up 3 keep g`)
	wantLines(t, heard, []string{"#0 up a:1 a", "#1 up a:1 b", "#1 up a:1 f"})
	if m.Skipped != 2 || m.Discarded[codec.Up] != (mux.Flow{Bytes: 4, Chunks: 4}) || m.XUDP() {
		t.Errorf("got %d skipped, %+v discarded", m.Skipped, m.Discarded)
	}
	var free mux.Sessions
	for i := range 5000 {
		f := mux.Frame{ID: uint16(i), Status: mux.New, Target: tcp("a:1"), Data: []byte("x")}
		free.Frame(codec.Up, &f)
	}
	if len(free.List()) != 1024 || free.Skipped != 5000-1024 {
		t.Errorf("got %d sub-connections and %d skipped, want 1024", len(free.List()), free.Skipped)
	}
}

// A damaged direction ends alone.
func TestSessionsGoOnBehindDamage(t *testing.T) {
	var m mux.Sessions
	e, s := mux.Encoder{ID: 1, Target: tcp("a:1")}, mux.Encoder{ID: 1, Target: tcp("a:1"), Server: true}
	up, err := e.Append(nil, []byte("up"))
	if err != nil {
		t.Fatal(err)
	}
	down, err := s.Append(nil, []byte("down"))
	if err != nil {
		t.Fatal(err)
	}
	first := m.Feed(codec.Up, append(up, 0, 0))
	refused(t, "damaged", first, codec.ErrMalformed, codec.FieldMuxMetaLength, 0)
	if again := m.Feed(codec.Up, up); again != first {
		t.Errorf("again: got %v", again)
	}
	for _, b := range down {
		if err := m.Feed(codec.Down, []byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Feed(codec.Down, []byte{0}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, tellSessions(&m), []string{"1 tcp:a:1 up 2/1 down 4/1 open"})
	if got, want := m.Offset(codec.Up), uint64(len(up)); got != want {
		t.Errorf("damage at %d, want %d", got, want)
	}
	if m.Finish(codec.Up) != codec.EndCut || m.Finish(codec.Down) != codec.EndCut || new(mux.Sessions).Finish(codec.Up) != codec.EndBoundary {
		t.Errorf("got ends %s and %s", m.Finish(codec.Up), m.Finish(codec.Down))
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		v    fmt.Stringer
		want string
	}{
		{mux.New, "new"}, {mux.Keep, "keep"}, {mux.End, "end"}, {mux.KeepAlive, "keep-alive"}, {mux.Status(0), "Status(0)"}, {mux.Status(9), "Status(9)"},
		{mux.TCP, "tcp"}, {mux.UDP, "udp"}, {mux.Network(3), "Network(3)"},
		{mux.EndedByNone, "open"}, {mux.EndedByClient, "client"}, {mux.EndedByServer, "server"}, {mux.EndedByBoth, "both"}, {mux.Ender(4), "Ender(4)"},
		{mux.Target{}, ""}, {udp("[2001:db8::1]:53"), "udp:[2001:db8::1]:53"}, {mux.Target{Network: mux.UDP}, "udp"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("%T: got %q, want %q", c.v, got, c.want)
		}
	}
}
