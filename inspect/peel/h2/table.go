package h2

import (
	"errors"

	"golang.org/x/net/http2/hpack"

	"vmesskit/inspect/flow"
)

// table is HPACK's state of one direction (RFC 7541). The work is done by
// hpack.Decoder; but it is given one field at a time, so that a field which refers
// to an entry that is not known costs that field only. New entries push older
// ones to higher numbers, so that what is referred to is the right entry or
// none, never a wrong one.
type table struct {
	dec  *hpack.Decoder // nil while there are no entries
	room *flow.Room
	size uint32 // that it may have
	into *fields
}

const (
	usualTable = 4096     // SETTINGS_HEADER_TABLE_SIZE, if nobody says more
	maxTable   = 64 << 10 // what browsers ask for
	maxString  = 16 << 10 // of a name or a value
)

func newTable(room *flow.Room) table { return table{room: room, size: usualTable} }

// forget lets go of all entries, because some may be missing between them.
func (t *table) forget() { t.dec = nil }

// leave gives back what the table took.
func (t *table) leave() {
	t.room.Give(int(t.size) - usualTable)
	t.dec, t.size = nil, usualTable
}

// read decodes a header block.
func (t *table) read(p []byte, into *fields) {
	t.into = into
	if t.dec == nil {
		t.dec = hpack.NewDecoder(t.size, func(f hpack.HeaderField) { t.into.set(f.Name, f.Value) })
		t.dec.SetMaxStringLength(maxString)
	}
	for len(p) > 0 {
		f, err := parseField(p)
		if err == nil {
			err = t.take(f)
		}
		if err != nil {
			t.forget()
			into.missing = true
			return
		}
		p = p[len(f.p):]
	}
	_ = t.dec.Close() // nothing is left in it: each field was whole
}

// take decodes one field.
func (t *table) take(f field) error {
	if f.kind == fieldResize {
		return t.resize(f)
	}
	_, err := t.dec.Write(f.p)
	if err == nil {
		return nil
	}
	if e, ok := err.(hpack.DecodingError); !ok || !isIndex(e.Err) {
		return err
	}
	t.into.unknown++
	if f.kind != fieldAdded {
		return nil
	}
	// It becomes an entry, though nobody knows its name, and others are counted
	// from there.
	_, err = t.dec.Write(append([]byte{0x40, 1, '?'}, f.p[f.value:]...))
	return err
}

func isIndex(err error) bool {
	_, ok := err.(hpack.InvalidIndexError)
	return ok
}

// resize follows the encoder's word on the size of the table. It need not be
// kept entirely: what is missing at its old end is not known, as if it had not
// been seen.
func (t *table) resize(f field) error {
	want := uint32(min(f.index, maxTable))
	if want > t.size {
		if !t.room.Take(int(want - t.size)) {
			want = t.size
		}
		t.size = want
		t.dec.SetAllowedMaxDynamicTableSize(want)
	}
	t.dec.SetMaxDynamicTableSize(want)
	return nil
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

var errField = errors.New("a header field is cut")

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
