package session

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// longSpecs are conversations that are opened in batches, and some that only
// their own opener can open.
func longSpecs() (list []spec) {
	sizes := slices.Repeat([]int{1, 8100, 2000, 15000, 60000}, 20) // 1.7 MB
	for _, security := range []codec.Security{codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityNone, codec.SecurityAES128CFB} {
		for _, option := range []codec.Option{codec.ChunkStream | codec.ChunkMasking, codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding | codec.AuthenticatedLength} {
			if option.Has(codec.AuthenticatedLength) && !security.AEAD() {
				continue
			}
			list = append(list, spec{scheme: codec.AEAD, security: security, option: option, command: codec.CommandTCP, sizes: sizes})
		}
	}
	return append(list, spec{scheme: codec.Legacy, alter: 1, security: codec.SecurityAES128GCM, option: codec.ChunkStream, command: codec.CommandUDP, sizes: sizes})
}

// Workers change nothing but the time that it takes: not the plaintext, not
// where it ends, not the fault and its place.
func TestBatches(t *testing.T) {
	for i, s := range longSpecs() {
		c := build(t, s)
		r := rand.New(rand.NewPCG(uint64(i), 1))
		up := c.up.wire
		for name, events := range map[string][]event{
			"whole":    then(shuffled(c, r, 40000), both(flow.FIN)...),
			"cut":      pieces(up[:len(up)-1000]),
			"hole":     then(pieces(up[:len(up)-9000]), gap(flow.A, 100), data(flow.A, up[len(up)-8900:]), closing(flow.A, flow.FIN)),
			"flipped":  then(pieces(flipped(up, len(up)-70000)), closing(flow.A, flow.FIN)),
			"length":   then(pieces(flipped(up, c.up.ends[90])), closing(flow.A, flow.FIN)),
			"trailing": then(pieces(slices.Concat(up, make([]byte, 3<<20))), closing(flow.A, flow.FIN)),
		} {
			want := bodies(0, events)
			if want.Up.Bytes < longStream {
				t.Fatalf("%v, %s: only %d bytes", s, name, want.Up.Bytes)
			}
			for _, workers := range []int{1, 3} {
				if diff := cmp.Diff(want, bodies(workers, events)); diff != "" {
					t.Errorf("%v, %s, %d workers (-none +workers):\n%s", s, name, workers, diff)
				}
			}
		}
	}
}

// TestBatchesKeepTheFirstFault: the payload behind a changed length refuses, and
// so does the length that seems to follow it. The borders are found first, and
// yet the payload's fault is the one that is told.
func TestBatchesKeepTheFirstFault(t *testing.T) {
	c := build(t, longSpecs()[0].with(func(s *spec) { s.option = optS }))
	bad := slices.Clone(c.up.wire)
	at := c.up.ends[90] // more than a megabyte
	binary.BigEndian.PutUint16(bad[at:], 500)
	binary.BigEndian.PutUint16(bad[at+2+500:], 3)
	events := then(pieces(bad), closing(flow.A, flow.FIN))
	want := bodies(0, events)
	if diff := cmp.Diff(want, bodies(3, events)); diff != "" {
		t.Errorf("-none +workers:\n%s", diff)
	}
	if len(want.Faults) != 1 || want.Faults[0].Chunk != 91 || want.Faults[0].Kind != codec.ErrAuth || want.Up.Wire < longStream {
		t.Errorf("got %+v", want.Faults)
	}
}

// read is what was read of the bodies of a conversation.
type read struct {
	Up, Down Stream
	Faults   []Fault
}

func bodies(workers int, events []event) read {
	d := NewDecoder([]Account{alice}, Options{Hash: true, Limits: flow.DefaultLimits(), Workers: workers})
	defer d.Close()
	f := push(d, newRecord(1), events...)
	return read{f.Up, f.Down, f.Faults}
}

// pieces are the client's bytes, each small enough to be held.
func pieces(p []byte) (events []event) {
	for part := range slices.Chunk(p, 50_000) {
		events = append(events, data(flow.A, part))
	}
	return events
}

func flipped(p []byte, at int) []byte {
	out := slices.Clone(p)
	out[at] ^= 1
	return out
}
