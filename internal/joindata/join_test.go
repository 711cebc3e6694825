package main

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
)

// module has the data as the only section that joins, between two others.
func module(all ...segment) []byte {
	section := func(dst []byte, id byte, body []byte) []byte {
		return append(binary.AppendUvarint(append(dst, id), uint64(len(body))), body...)
	}
	out := section([]byte(magic), 5, []byte{1, 0, 1})
	out = section(out, sectionData, appendSegments(nil, all))
	return section(out, 0, []byte("\x04namethis one stays"))
}

// memory is what a module starts with: all bytes that are not zero, and the
// number of segments they come from.
func memory(t *testing.T, module []byte) (map[uint64]byte, int) {
	t.Helper()
	c := &cursor{b: module, off: len(magic)}
	for c.off < len(module) && c.err == nil {
		id := c.byte()
		body := c.bytes(c.uint())
		if id != sectionData {
			continue
		}
		all, err := readSegments(body)
		if err != nil {
			t.Fatal(err)
		}
		mem := map[uint64]byte{}
		for _, s := range all {
			for i, b := range s.data {
				if b != 0 {
					mem[s.at+uint64(i)] = b
				}
			}
		}
		return mem, len(all)
	}
	t.Fatalf("no data section: %v", c.err)
	return nil, 0
}

// The addresses are where one, two and three bytes of LEB128 end, and where the
// sign bit needs another.
var scattered = []segment{
	{8192, []byte("far")},
	{60, []byte("one")},
	{4095 + 75, []byte("near")},
	{64, []byte("sign bit")},
	{1 << 20, []byte("very far")},
}

func TestJoin(t *testing.T) {
	in := module(scattered...)
	out, err := join(in)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := memory(t, in)
	got, n := memory(t, out)
	if !maps.Equal(got, want) {
		t.Errorf("memory of %d bytes differs from that of %d before", len(got), len(want))
	}
	// 72 to 4170 are 4098 zeros; 4174 to 8192 are 4018.
	if n != 3 {
		t.Errorf("%d segments, wanted 3: two gaps are short, two are not", n)
	}
	if !bytes.HasSuffix(out, []byte("this one stays")) || !bytes.HasPrefix(out, in[:13]) {
		t.Error("another section changed")
	}
	if again, err := join(out); err != nil || !bytes.Equal(again, out) {
		t.Errorf("joining again changes the module (%v)", err)
	}
}

func TestJoinRefuses(t *testing.T) {
	good := module(segment{100, []byte("text")})
	kind := bytes.Index(good, []byte{activeSegment, opI32Const})
	passive := bytes.Clone(good)
	passive[kind] = 1
	global := bytes.Clone(good)
	global[kind+1] = 0x23
	for _, c := range []struct {
		module []byte
		want   string
	}{
		{nil, "not a WebAssembly module"},
		{[]byte("\x7fELF\x02\x01\x01\x00"), "not a WebAssembly module"},
		{passive, "kind at 1: seen 0x1, wanted 0x0"},
		{global, "address at 2: seen 0x23, wanted 0x41"},
		{module(segment{10, []byte("text")}, segment{13, []byte("over")}), "overlap at address 13"},
		{module(segment{1 << 31, []byte("text")}), "is negative"},
	} {
		if _, err := join(c.module); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, wanted %q in it", err, c.want)
		}
	}
}

// A module that is cut is refused, except between two sections.
func TestJoinCut(t *testing.T) {
	whole := module(scattered...)
	first := bytes.IndexByte(whole[len(magic):], sectionData) + len(magic)
	last := bytes.LastIndex(whole, []byte("\x04name")) - 2
	for n := range whole {
		_, err := join(whole[:n])
		if border := slices.Contains([]int{len(magic), first, last}, n); border != (err == nil) {
			t.Errorf("cut at %d of %d: error %v", n, len(whole), err)
		}
	}
}
