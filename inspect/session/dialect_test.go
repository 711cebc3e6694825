package session

import (
	"crypto/sha256"
	"testing"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// Peers read the options of security none in two ways. Which one it was can
// only be told from the stream.

// ambiguous are such conversations, of either family.
func ambiguous() (list []spec) {
	for _, option := range []codec.Option{optS | optA, optS | optM | optA, optS | optM | optP, optS | optM | optP | optA} {
		for _, command := range commands {
			for _, dialect := range []codec.Dialect{codec.DialectV2Ray, codec.DialectSing} {
				s := spec{scheme: codec.AEAD, security: codec.SecurityNone, option: option, command: command, dialect: dialect}
				b := codec.Body{Security: s.security, Option: option, Packets: command == codec.CommandUDP}
				if b.Ambiguous() {
					s.noEnd = dialect == codec.DialectSing
					list = append(list, s)
				}
			}
		}
	}
	return list
}

// TestDialects chooses the right reading of whole streams, whatever their
// length.
func TestDialects(t *testing.T) {
	n := 0
	for _, s := range ambiguous() {
		for _, sizes := range [][]int{{}, {1}, {2000}, {1, 1, 1}, {8000, 8000, 3}, {50, 1400, 1400, 1400, 700}} {
			for seed := range uint64(4) {
				s.sizes, s.seed = sizes, seed*10+uint64(n)*100
				c := build(t, s)
				c.checkWhole(t, decode(c.closed(flow.FIN)...))
				if t.Failed() {
					t.Fatalf("%v, sizes %v", s, sizes)
				}
			}
		}
		n++
	}
	if n < 18 {
		t.Errorf("only %d kinds", n)
	}
}

// TestDialectsOfDamagedStreams: where a stream is cut or has a hole, no reading
// ends where it does. Lengths with tags tell all the same; without them the
// choice is right nearly always.
func TestDialectsOfDamagedStreams(t *testing.T) {
	total, wrong := 0, 0
	for i, s := range ambiguous() {
		for seed := range uint64(12) {
			s.sizes, s.seed = []int{700, 1400, 90, 1400, 1400, 2}, seed*10+uint64(i)*1000
			c := build(t, s)
			for _, lost := range []int{1, 5, 800, 2500, 4000} {
				at := len(c.down.wire) - lost
				up, front, back := data(flow.A, c.up.wire), data(flow.B, c.down.wire[:at]), data(flow.B, c.down.wire[at:])
				for _, events := range [][]event{{up, front}, {up, front, gap(flow.B, 40), back}} {
					f := decode(events...)
					plain, _ := c.down.before(at)
					total++
					if f.Down.Bytes == int64(len(plain)) && f.Down.Sum == sha256.Sum256(plain) {
						continue
					}
					wrong++
					if s.option.Has(optA) && s.dialect == codec.DialectSing {
						t.Errorf("%v: %d lost: %d bytes, want %d", s, lost, f.Down.Bytes, len(plain))
					}
				}
			}
		}
	}
	t.Logf("%d of %d damaged streams are read in the wrong dialect", wrong, total)
	if wrong*100 > total {
		t.Errorf("%d of %d damaged streams are read in the wrong dialect, want at most 1 in 100", wrong, total)
	}
}

// TestDialectOfBothWays: where one direction tells the dialect, the other is
// read in it, too, however early it was cut.
func TestDialectOfBothWays(t *testing.T) {
	for i, s := range ambiguous() {
		for seed := range uint64(20) {
			s.sizes, s.seed = []int{700, 9000, 1400, 2}, seed*10+uint64(i)*1000
			c := build(t, s)
			for _, at := range []int{c.down.head + 1, c.down.head + 30, c.down.ends[0] + 50} {
				f := decode(data(flow.A, c.up.wire), data(flow.B, c.down.wire[:at]), closing(flow.A, flow.FIN))
				plain, _ := c.down.before(at)
				if f.Down.Bytes != int64(len(plain)) || f.Down.Sum != sha256.Sum256(plain) || f.Up.Bytes != int64(len(c.up.all())) {
					t.Fatalf("%v: cut at %d: %d bytes, want %d; %d up", s, at, f.Down.Bytes, len(plain), f.Up.Bytes)
				}
			}
		}
	}
}
