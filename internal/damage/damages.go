package main

import (
	"encoding/binary"
	"iter"
	"slices"
	"strconv"
)

// damaged is a file after something was done to it.
type damaged struct {
	how  string
	file []byte
}

// Where a file is cut: at every so many bytes of its beginning, and at so many
// places behind that.
const (
	cutStep   = 97
	cutDense  = 64 << 10
	cutPlaces = 500
)

// everyKth are the packets that are dropped, doubled or swapped.
var everyKth = []int{2, 3, 7, 31}

// damages gives all that is done to a file.
func damages(file []byte) iter.Seq[damaged] {
	return func(yield func(damaged) bool) {
		for n := 0; n < min(len(file), cutDense); n += cutStep {
			if !yield(damaged{"cut at " + strconv.Itoa(n), file[:n]}) {
				return
			}
		}
		if rest := len(file) - cutDense; rest > 0 {
			for i := range min(cutPlaces, rest) {
				n := cutDense + rest*i/min(cutPlaces, rest)
				if !yield(damaged{"cut at " + strconv.Itoa(n), file[:n]}) {
					return
				}
			}
		}
		units := split(file)
		for _, k := range everyKth {
			for how, change := range changes {
				if out := reordered(units, k, change); out != nil && !yield(damaged{how + " every packet " + strconv.Itoa(k), out}) {
					return
				}
			}
		}
	}
}

// unit is a part of a file that stays whole.
type unit struct {
	bytes  []byte
	packet bool
}

// changes are what happens to a packet and the one behind it.
var changes = map[string]func(this, next []byte) [][]byte{
	"drop":   func(_, next []byte) [][]byte { return [][]byte{next} },
	"double": func(this, next []byte) [][]byte { return [][]byte{this, this, next} },
	"swap":   func(this, next []byte) [][]byte { return [][]byte{next, this} },
}

// reordered changes every k-th packet; nil if there are not so many.
func reordered(units []unit, k int, change func(this, next []byte) [][]byte) []byte {
	var out []byte
	n, hit := 0, false
	for i := 0; i < len(units); i++ {
		u := units[i]
		if u.packet {
			n++
		}
		if !u.packet || n%k != 0 {
			out = append(out, u.bytes...)
			continue
		}
		hit = true
		var next []byte
		if i+1 < len(units) && units[i+1].packet {
			i++
			n++
			next = units[i].bytes
		}
		out = append(out, slices.Concat(change(u.bytes, next)...)...)
	}
	if !hit {
		return nil
	}
	return out
}

// split takes a plain pcap or pcapng apart; a packed file is not.
func split(file []byte) []unit {
	if len(file) < 24 {
		return nil
	}
	switch binary.BigEndian.Uint32(file) {
	case 0x0a0d0d0a:
		return splitBlocks(file)
	case 0xa1b2c3d4, 0xa1b23c4d:
		return splitRecords(file, binary.BigEndian)
	case 0xd4c3b2a1, 0x4d3cb2a1:
		return splitRecords(file, binary.LittleEndian)
	}
	return nil
}

func splitRecords(file []byte, order binary.ByteOrder) (out []unit) {
	const fileHead, recordHead = 24, 16
	out = append(out, unit{bytes: file[:fileHead]})
	for p := file[fileHead:]; len(p) >= recordHead; {
		n := min(len(p), recordHead+int(order.Uint32(p[8:])))
		out = append(out, unit{p[:n], true})
		p = p[n:]
	}
	return out
}

func splitBlocks(file []byte) (out []unit) {
	const enhanced = 6
	order := binary.ByteOrder(binary.LittleEndian)
	if binary.BigEndian.Uint32(file[8:]) == 0x1a2b3c4d {
		order = binary.BigEndian
	}
	for p := file; len(p) >= 12; {
		n := min(len(p), max(12, int(order.Uint32(p[4:]))))
		out = append(out, unit{p[:n], order.Uint32(p) == enhanced})
		p = p[n:]
	}
	return out
}
