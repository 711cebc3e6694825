package h2

import (
	"errors"

	"vmesskit/inspect/flow"
)

// table is HPACK's state of one direction (RFC 7541). A field that refers to an
// entry which is not known costs that field only. New entries push older ones to
// higher numbers, so that what is referred to is the right entry or none, never
// a wrong one.
type table struct {
	entries []entry // without the static ones; the newest is the last
	used    uint32  // size of all entries
	limit   uint32  // of used
	room    *flow.Room
	size    uint32 // that limit may have
}

const (
	usualTable = 4096     // SETTINGS_HEADER_TABLE_SIZE, if nobody says more
	maxTable   = 64 << 10 // what browsers ask for
	maxString  = 16 << 10 // of a name or a value
)

func newTable(room *flow.Room) table { return table{room: room, size: usualTable, limit: usualTable} }

// forget lets go of all entries, because some may be missing between them.
func (t *table) forget() { t.entries, t.used, t.limit = nil, 0, t.size }

// leave gives back what the table took.
func (t *table) leave() {
	t.room.Give(int(t.size) - usualTable)
	t.size = usualTable
	t.forget()
}

// read decodes a header block.
func (t *table) read(p []byte, into *fields) {
	for len(p) > 0 {
		f, err := parseField(p)
		if err == nil {
			err = t.take(f, into)
		}
		if err != nil {
			t.forget()
			into.missing = true
			return
		}
		p = p[len(f.p):]
	}
}

// take decodes one field.
func (t *table) take(f field, into *fields) error {
	if f.kind == fieldResize {
		t.resize(f)
		return nil
	}
	e, known := t.at(f.index)
	if f.kind != fieldIndexed {
		var err error
		if f.index == 0 {
			known = true
			e.name, err = text(f.p[1:])
		}
		if err == nil {
			e.value, err = text(f.p[f.value:])
		}
		if err != nil {
			return err
		}
	}
	if known {
		into.set(e.name, e.value)
	} else {
		into.unknown++
	}
	// It becomes an entry even if nobody knows its name, as others are counted
	// from there.
	if f.kind == fieldAdded {
		t.add(e)
	}
	return nil
}

// entry is a header field in a table.
type entry struct{ name, value string }

func (e entry) size() uint32 { return uint32(len(e.name)+len(e.value)) + 32 } // RFC 7541, 4.1

// at gives the entry of a number. The static ones come first, then the newest.
func (t *table) at(index uint64) (entry, bool) {
	switch n := uint64(len(t.entries)); {
	case index == 0:
		return entry{}, false
	case index <= uint64(len(static)):
		return static[index-1], true
	case index-uint64(len(static)) <= n:
		return t.entries[n-(index-uint64(len(static)))], true
	}
	return entry{}, false
}

func (t *table) add(e entry) {
	t.entries = append(t.entries, e)
	t.used += e.size()
	t.evict()
}

// evict lets go of the oldest entries while there are too many.
func (t *table) evict() {
	for t.used > t.limit {
		t.used -= t.entries[0].size()
		t.entries[0] = entry{}
		t.entries = t.entries[1:]
	}
}

// resize follows the encoder's word on the size of the table. It need not be
// kept entirely: what is missing at its old end is not known, as if it had not
// been seen.
func (t *table) resize(f field) {
	want := uint32(min(f.index, maxTable))
	if want > t.size {
		if !t.room.Take(int(want - t.size)) {
			want = t.size
		}
		t.size = want
	}
	t.limit = want
	t.evict()
}

// field is the representation of a header field (RFC 7541, 6).
type field struct {
	p     []byte // all of it
	kind  fieldKind
	index uint64 // in the table, or the new size of it
	value int    // where in p the value begins
}

type fieldKind uint8

const (
	fieldIndexed fieldKind = iota // an entry of the table
	fieldAdded                    // a literal that becomes one
	fieldPlain                    // a literal that does not
	fieldResize                   // not a field, but a new size of the table
)

var (
	errField = errors.New("a header field is cut")
	errLong  = errors.New("a name or value of a header field is longer than 16 KiB")
)

// parseField finds the end of the field at the beginning of p.
func parseField(p []byte) (field, error) {
	f, prefix := field{kind: fieldPlain}, 4
	switch b := p[0]; {
	case b&0x80 != 0:
		f.kind, prefix = fieldIndexed, 7
	case b&0x40 != 0:
		f.kind, prefix = fieldAdded, 6
	case b&0x20 != 0:
		f.kind, prefix = fieldResize, 5
	}
	index, n := parseInt(p, prefix)
	f.index = index
	if f.kind == fieldAdded || f.kind == fieldPlain {
		if n > 0 && index == 0 {
			n = skipString(p, n)
		}
		f.value = n
		n = skipString(p, n)
	}
	if n <= 0 {
		return f, errField
	}
	f.p = p[:n]
	return f, nil
}

// parseInt reads an integer (RFC 7541, 5.1) and says how many bytes it has,
// none if it is cut or of more than 32 bits.
func parseInt(p []byte, prefix int) (v uint64, n int) {
	if len(p) == 0 {
		return 0, 0
	}
	most := uint64(1)<<prefix - 1
	v = uint64(p[0]) & most
	if v < most {
		return v, 1
	}
	for n, shift := 1, 0; n < len(p) && shift <= 28; n, shift = n+1, shift+7 {
		v += uint64(p[n]&0x7f) << shift
		if p[n] < 0x80 {
			return v, n + 1
		}
	}
	return 0, 0
}

// skipString gives the place behind the string at off, or 0. An off of 0 stands
// for an earlier one that was cut.
func skipString(p []byte, off int) int {
	if off <= 0 || off >= len(p) {
		return 0
	}
	length, n := parseInt(p[off:], 7)
	if n == 0 || length > uint64(len(p)-off-n) {
		return 0
	}
	return off + n + int(length)
}

// text reads the string at the beginning of p (RFC 7541, 5.2), which skipString
// found to be whole.
func text(p []byte) (string, error) {
	length, n := parseInt(p, 7)
	if length > maxString {
		return "", errLong
	}
	s := p[n : n+int(length)]
	if p[0]&0x80 == 0 {
		return string(s), nil
	}
	s, err := appendHuffman(nil, s, maxString)
	return string(s), err
}
