package session

import (
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
			"cut":      {data(flow.A, up[:len(up)-1000])},
			"hole":     {data(flow.A, up[:len(up)-9000]), gap(flow.A, 100), data(flow.A, up[len(up)-8900:]), closing(flow.A, flow.FIN)},
			"flipped":  {data(flow.A, flipped(up, len(up)-70000)), closing(flow.A, flow.FIN)},
			"length":   {data(flow.A, flipped(up, c.up.ends[90])), closing(flow.A, flow.FIN)},
			"trailing": {data(flow.A, slices.Concat(up, make([]byte, 3<<20))), closing(flow.A, flow.FIN)},
		} {
			want := bodies(0, events)
			for _, workers := range []int{1, 3} {
				if diff := cmp.Diff(want, bodies(workers, events)); diff != "" {
					t.Errorf("%v, %s, %d workers (-none +workers):\n%s", s, name, workers, diff)
				}
			}
		}
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

func flipped(p []byte, at int) []byte {
	out := slices.Clone(p)
	out[at] ^= 1
	return out
}
