package mux_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// tell writes what a frame says in one line.
func tell(f *mux.Frame) string {
	words := []string{fmt.Sprint(f.ID), f.Status.String()}
	words = f.Option.Names(words)
	if f.Target != (mux.Target{}) {
		words = append(words, f.Target.String())
	}
	if f.HasGlobalID {
		words = append(words, fmt.Sprintf("id %x", f.GlobalID))
	}
	if len(f.Extra) > 0 {
		words = append(words, fmt.Sprintf("extra %x", f.Extra))
	}
	if len(f.Data) > 0 {
		words = append(words, fmt.Sprintf("%q", f.Data))
	}
	return strings.Join(words, " ")
}

func tellID(id uint16) string { return fmt.Sprint(id) }

// tellSessions writes a line for each sub-connection.
func tellSessions(m *mux.Sessions) (out []string) {
	for i, s := range m.List() {
		line := fmt.Sprintf("%d %s up %d/%d down %d/%d %s", s.ID, s.Target, s.Up.Bytes, s.Up.Chunks, s.Down.Bytes, s.Down.Chunks, s.End())
		if s.Up.Failed || s.Down.Failed {
			line += " failed"
		}
		if s.GlobalID != (mux.GlobalID{}) {
			line += fmt.Sprintf(" %x", s.GlobalID)
		}
		if s.Index != i {
			line += " out of order"
		}
		out = append(out, line)
	}
	return out
}

func wantLines(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// random gives bytes that are the same in each run.
func random(seed uint64, n int) []byte {
	b := make([]byte, n)
	source(seed).Read(b)
	return b
}

func source(seed uint64) *rand.ChaCha8 {
	return rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})
}

// testFrames gives a frame of every kind.
func testFrames() (out []mux.Frame) {
	targets := []codec.Address{
		{Port: 53, Type: codec.AddrIPv4, IP: netip.MustParseAddr("192.0.2.7")},
		{Port: 0, Type: codec.AddrIPv6, IP: netip.MustParseAddr("2001:db8::1")},
		{Port: 65535, Type: codec.AddrDomain, Domain: "a"},
		{Port: 443, Type: codec.AddrDomain, Domain: strings.Repeat("x", 255)},
	}
	for i, data := range [][]byte{nil, {}, []byte("d"), random(1, 300)} {
		option := mux.Option(0)
		if i > 0 {
			option = mux.WithData
		}
		if len(data) == 0 {
			data = nil
		}
		for _, extra := range [][]byte{nil, {9}, random(2, 7), random(3, 200)} {
			add := func(f mux.Frame) {
				f.ID, f.Option, f.Extra, f.Data = uint16(len(out)*257), f.Option|option, extra, data
				out = append(out, f)
			}
			for _, a := range targets {
				add(mux.Frame{Status: mux.New, Target: mux.Target{Network: mux.TCP, Address: a}})
				add(mux.Frame{Status: mux.Keep, Target: mux.Target{Network: mux.UDP, Address: a}})
				named := option.Has(mux.WithData)
				if named || len(extra) < 8 {
					add(mux.Frame{Status: mux.New, Target: mux.Target{Network: mux.UDP, Address: a}, HasGlobalID: named})
				}
			}
			add(mux.Frame{Status: mux.Keep})
			add(mux.Frame{Status: mux.End, Option: mux.WithError})
			add(mux.Frame{Status: mux.KeepAlive, Option: 0xFC})
		}
	}
	return out
}

func mustAppend(t testing.TB, f *mux.Frame) []byte {
	t.Helper()
	b, err := f.Append(nil)
	if err != nil {
		t.Fatalf("%s: %v", tell(f), err)
	}
	return b
}

// refused checks an error's kind, field and offset, and its text if one is
// given.
func refused(t testing.TB, label string, err error, k codec.Kind, f codec.Field, off int) {
	t.Helper()
	e, ok := err.(*codec.Error)
	if !ok || e.Kind != k || e.Field != f || e.Off != off {
		t.Errorf("%s: got %v, want %s at %s, offset %d", label, err, k, f, off)
	}
}
