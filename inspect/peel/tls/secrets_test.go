package tls

import (
	"bytes"
	gotls "crypto/tls"
	"path/filepath"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
)

var turns = []int{40, 300, 700, 20_000, 17_000, 1}

// only gives a key log with the lines that begin with one of the labels.
func only(keys []byte, labels ...string) []byte {
	out := []byte("# some\n")
	for line := range bytes.Lines(keys) {
		for _, l := range labels {
			if bytes.HasPrefix(line, []byte(l)) {
				out = append(out, line...)
			}
		}
	}
	return out
}

// TestSomeSecrets opens what the secrets that there are open, and names one
// that is missing.
func TestSomeSecrets(t *testing.T) {
	plain := (&talk{version: gotls.VersionTLS13, turns: turns}).run(t)
	retry := (&talk{version: gotls.VersionTLS13, turns: turns, server: func(c *gotls.Config) { c.CurvePreferences = []gotls.CurveID{gotls.CurveP521} }}).run(t)
	certs := (&talk{version: gotls.VersionTLS13, turns: turns,
		server: func(c *gotls.Config) { c.ClientAuth = gotls.RequireAnyClientCert },
		client: func(c *gotls.Config) { c.Certificates = []gotls.Certificate{certificates().rsa} }}).run(t)
	for name, r := range map[string]*recorded{"plain": plain, "retry": retry, "certificates": certs} {
		for _, x := range []struct {
			labels string
			open   [2]bool
			why    string
		}{
			{"CLIENT_TRAFFIC_SECRET_0 SERVER_TRAFFIC_SECRET_0", [2]bool{true, true}, ""},
			{"CLIENT_T SERVER_T SERVER_H", [2]bool{true, true}, ""},
			{"CLIENT_T CLIENT_H", [2]bool{true, false}, "the key log has no SERVER_TRAFFIC_SECRET_0 for client random "},
			{"SERVER_T", [2]bool{false, true}, "the key log has no CLIENT_TRAFFIC_SECRET_0 for client random "},
			{"CLIENT_H SERVER_H CLIENT_T", [2]bool{true, false}, "the key log has no SERVER_TRAFFIC_SECRET_0 for client random "},
			{"EXPORTER", [2]bool{false, false}, "no secrets were given, as for client random "},
		} {
			for _, size := range []int{1 << 20, 100} {
				c := *r
				c.keys = only(r.keys, strings.Fields(x.labels)...)
				in := c.play(t, c.options(t), size)
				l := in.layer()
				for side, open := range x.open {
					want := r.said[side]
					if !open {
						want = nil
					}
					if !bytes.Equal(in.got[side], want) || (in.gaps[side] > 0) == open && x.why != "" && x.labels != "EXPORTER" {
						t.Errorf("%s, %s, %s: %s", name, x.labels, flow.Side(side), in)
					}
				}
				if x.why == "" {
					if l.Halt != flow.Running || l.Get("client_random") != "" {
						t.Errorf("%s, %s: %s", name, x.labels, in)
					}
					continue
				}
				if id := l.Get("client_random"); l.Halt != flow.NoKeys || len(id) != 64 || l.Why != x.why+id || l.Answer != flow.Agreed {
					t.Errorf("%s, %s: %s", name, x.labels, in)
				}
			}
		}
	}
}

// TestNoMaster is a TLS 1.2 without its secret.
func TestNoMaster(t *testing.T) {
	r := (&talk{version: gotls.VersionTLS12, turns: turns}).run(t)
	o := Options{Keys: NewKeyLog()}
	in := r.play(t, o, 1<<20)
	l := in.layer()
	if l.Halt != flow.NoKeys || l.Name != "tls1.2" || l.Why != "no secrets were given, as for client random "+l.Get("client_random") || len(in.got[0])+len(in.got[1])+in.gaps[0]+in.gaps[1] != 0 {
		t.Errorf("%s", in)
	}
	if in := r.play(t, Options{}, 1<<20); in.layer().Halt != flow.NoKeys {
		t.Errorf("without a key log: %s", in)
	}
	readKeys(t, o.Keys, r.keys)
	if !o.Keys.Late() {
		t.Error("not late")
	}
	r.play(t, o, 1<<20).whole(r.said)
}

// TestGrowingKeyLog brings each secret at the last moment.
func TestGrowingKeyLog(t *testing.T) {
	r := (&talk{version: gotls.VersionTLS13, turns: turns}).run(t)
	for i := range r.steps {
		k := NewKeyLog()
		in := &inner{t: t}
		sink := Open(record(), flow.A, in, Options{Keys: k})
		for j, s := range r.steps {
			if j == i {
				readKeys(t, k, r.keys)
			}
			sink.Data(s.from, 0, bytes.Clone(s.p))
		}
		sink.Finish()
		if in.true(r.said, "secrets before step", i); in.layer().Halt == flow.Running {
			if k.Late() {
				t.Errorf("step %d: nothing was missed, and it is late", i)
			}
			if !bytes.Equal(in.got[0], r.said[0]) || !bytes.Equal(in.got[1], r.said[1]) {
				t.Errorf("step %d: %s", i, in)
			}
		} else if !k.Late() {
			t.Errorf("step %d: not late", i)
		}
		if i == 1 && in.layer().Halt != flow.Running {
			t.Errorf("secrets came before the ServerHello: %s", in)
		}
	}
}

// TestEarlyWithoutSecret tells what of the client's stream cannot be read.
func TestEarlyWithoutSecret(t *testing.T) {
	for _, name := range []string{"tls13-early", "tls13-early-chacha"} {
		r := fromCapture(t, filepath.Join("testdata", name))
		for labels, facts := range map[string]string{"CLIENT_H CLIENT_T SERVER_H SERVER_T": "accepted", "CLIENT_H CLIENT_T SERVER_T": "offered", "CLIENT_T SERVER_T": "offered"} {
			c := *r
			c.keys = only(r.keys, strings.Fields(labels)...)
			in := c.play(t, c.options(t), 1<<20)
			l := in.layer()
			if in.gaps[0] != 1 || len(in.runs[0][0]) != 0 || string(in.runs[0][1]) != clientLines || string(in.got[1]) != serverLines || l.Halt != flow.NoKeys ||
				!strings.HasPrefix(l.Why, "the key log has no CLIENT_EARLY_TRAFFIC_SECRET for client random ") || l.Get("early_data") != facts {
				t.Errorf("%s with %s: %s", name, labels, in)
			}
		}
		// Without the server's handshake secret the client's EndOfEarlyData tells.
		c := *r
		c.keys = only(r.keys, "CLIENT_", "SERVER_TRAFFIC")
		in := c.play(t, c.options(t), 100)
		in.whole([2][]byte{[]byte(earlyLines + clientLines), []byte(serverLines)})
		if in.layer().Get("early_data") != "accepted" {
			t.Errorf("%s: %s", name, in)
		}
	}
}

// fromCapture gives the steps of the only connection of a capture.
func fromCapture(t testing.TB, name string) *recorded {
	t.Helper()
	r := &recorded{keys: readFile(t, name+".keys")}
	readFlows(t, name+".pcap", stepSource{r})
	return r
}

type stepSource struct{ *recorded }

func (s stepSource) Open(*flow.Record) flow.Sink { return s }
func (s stepSource) Data(from flow.Side, _ flow.Time, p []byte) {
	s.steps = append(s.steps, step{from, bytes.Clone(p)})
}
func (s stepSource) Gap(flow.Side, flow.Time, int64)      {}
func (s stepSource) Close(flow.Side, flow.Time, flow.How) {}
func (s stepSource) Finish()                              {}

// without gives the session as a capture has it that lacks what a side sent
// first: n steps of it.
func (r *recorded) without(t *testing.T, o Options, side flow.Side, n int, gap int64) *inner {
	in := &inner{t: t}
	sink := Open(record(), flow.A, in, o)
	for i, s := range r.steps {
		if s.from == side && n > 0 {
			if n--; gap != 0 {
				sink.Gap(side, flow.Time(i), gap)
			}
			continue
		}
		sink.Data(s.from, flow.Time(i), bytes.Clone(s.p))
	}
	sink.Close(flow.A, 1, flow.FIN)
	sink.Close(flow.B, 1, flow.FIN)
	sink.Finish()
	return in
}

// TestLostHello opens sessions whose hellos are not in the capture.
func TestLostHello(t *testing.T) {
	other := (&talk{version: gotls.VersionTLS13, turns: turns}).run(t)
	for name, x := range map[string]*talk{
		"tls1.3":     {version: gotls.VersionTLS13, turns: turns},
		"tls1.2":     {version: gotls.VersionTLS12, turns: turns},
		"tls1.2 cbc": {version: gotls.VersionTLS12, turns: turns, suite: gotls.TLS_RSA_WITH_AES_128_CBC_SHA},
		"tls1.0":     {version: gotls.VersionTLS10, turns: turns, suite: gotls.TLS_RSA_WITH_AES_128_CBC_SHA},
	} {
		r := x.run(t)
		o := r.options(t)
		readKeys(t, o.Keys, other.keys)
		for _, gap := range []int64{-1, int64(len(r.steps[0].p))} {
			in := r.without(t, o, flow.A, 1, gap) // the ClientHello
			if in.whole(r.said); in.layer().Halt != flow.Running || in.layer().Answer != flow.Agreed {
				t.Errorf("%s without ClientHello: %s", name, in)
			}
			in = r.without(t, o, flow.B, 1, gap) // the ServerHello
			if x.version != gotls.VersionTLS13 {
				if l := in.layer(); l.Halt != flow.Damaged || l.Why != noServerHello || len(in.got[0])+len(in.got[1]) != 0 {
					t.Errorf("%s without ServerHello: %s", name, in)
				}
				continue
			}
			if in.whole(r.said); in.layer().Halt != flow.Running || in.layer().Name != "tls1.3" || !strings.HasPrefix(in.layer().Get("suite"), "TLS_") {
				t.Errorf("%s without ServerHello: %s", name, in)
			}
		}
	}
}

// TestMiddle opens a TLS 1.3 of which the capture has only what came later.
func TestMiddle(t *testing.T) {
	r := (&talk{version: gotls.VersionTLS13, turns: turns}).run(t)
	for skip := 1; skip < len(r.steps); skip++ {
		in := &inner{t: t}
		rec := record()
		rec.Began = false
		sink := Open(rec, r.steps[skip].from, in, r.options(t))
		for i, s := range r.steps[skip:] {
			sink.Data(s.from, flow.Time(i), bytes.Clone(s.p))
		}
		sink.Close(flow.A, 1, flow.FIN)
		sink.Close(flow.B, 1, flow.FIN)
		sink.Finish()
		for side, said := range r.said {
			if !bytes.HasSuffix(said, in.got[side]) {
				t.Errorf("from step %d, %s: %d bytes that were not said last", skip, flow.Side(side), len(in.got[side]))
			}
		}
		before := 0
		for _, s := range r.steps[:skip] {
			before += len(s.p)
		}
		if lost := in.missing(r.said); lost > before && skip < len(r.steps)-8 {
			t.Errorf("from step %d of %d: %d bytes are lost, %d were before\n%s", skip, len(r.steps), lost, before, in)
		}
	}
}

// TestOneWay opens one direction where the other was not captured.
func TestOneWay(t *testing.T) {
	r := (&talk{version: gotls.VersionTLS13, turns: turns}).run(t)
	for side := range r.said {
		c := &recorded{keys: r.keys}
		for _, s := range r.steps {
			if s.from == flow.Side(side) {
				c.steps = append(c.steps, s)
			}
		}
		var want [2][]byte
		want[side] = r.said[side]
		o := c.options(t)
		o.Hold = 19_000 // less than is said: at some time the other hello is given up
		for _, o := range []Options{o, c.options(t)} {
			in := c.play(t, o, 1460)
			if in.whole(want); in.rec.Limit != "" {
				t.Errorf("%s", in)
			}
		}
	}
}

// TestSwapped: two sides whose roles were taken the other way round are told apart
// by what they say.
func TestSwapped(t *testing.T) {
	r := (&talk{version: gotls.VersionTLS12, turns: turns}).run(t)
	in := &inner{t: t}
	sink := Open(record(), flow.B, in, r.options(t))
	for i, s := range r.steps {
		sink.Data(s.from, flow.Time(i), bytes.Clone(s.p))
	}
	sink.Close(flow.A, 1, flow.FIN)
	sink.Close(flow.B, 1, flow.FIN)
	sink.Finish()
	in.whole(r.said)
}

// TestWrongSecret: a secret that is not of this connection opens nothing, and
// that is told.
func TestWrongSecret(t *testing.T) {
	for name, r := range victims(t) {
		c := *r
		c.keys = nil
		for line := range bytes.Lines(r.keys) {
			f := bytes.Fields(line)
			if f[2][0]++; f[2][0] == '9'+1 || f[2][0] == 'f'+1 {
				f[2][0] = '0'
			}
			c.keys = append(append(c.keys, bytes.Join(f, []byte(" "))...), '\n')
		}
		in := c.play(t, c.options(t), 1<<20)
		l := in.layer()
		if len(in.got[0])+len(in.got[1]) != 0 || l.Halt != flow.NoKeys || l.Get("key_log") != "wrong" || !strings.Contains(l.Why, "open none of its records") || in.rec.Limit != "" {
			t.Errorf("%s: %s", name, in)
		}
	}
}
