package wire

import (
	"bytes"
	"errors"
	"testing"
)

// nested is a structure inside of another one, with a tail, and bytes behind
// it.
type nested struct {
	A    uint8
	Tail []byte
	Data []byte
	Last uint8
}

func (v *nested) layout(c *Cursor) {
	c.Within(FieldMuxFrame)
	inner := c.Enter16(FieldMuxMetaLength, 2, 6)
	c.U8(FieldMuxNetwork, &v.A)
	c.Tail(FieldMuxExtra, &v.Tail)
	c.Leave(inner)
	c.Bytes16(FieldMuxDataLength, FieldMuxData, &v.Data)
	c.U8(FieldVersion, &v.Last)
}

func (v *nested) append(dst []byte) ([]byte, error) {
	c := Appender(dst)
	v.layout(&c)
	return c.Done()
}

func TestNestedGoesRound(t *testing.T) {
	v := nested{A: 1, Tail: []byte("tail"), Data: []byte("data"), Last: 9}
	b, err := v.append([]byte("front"))
	if want := "front\x00\x05\x01tail\x00\x04data\x09"; err != nil || string(b) != want {
		t.Fatalf("got %q, %v, want %q", b, err, want)
	}
	b = b[len("front"):]
	var got nested
	c := Reader(append(b, "behind"...))
	got.layout(&c)
	if c.Err() != nil || c.Len() != len(b) || got.A != 1 || string(got.Tail) != "tail" || string(got.Data) != "data" || got.Last != 9 {
		t.Fatalf("got %+v, %d, %v", got, c.Len(), c.Err())
	}
	if next, ok := c.Peek(); !ok || next != 'b' || c.Left() != len("behind") {
		t.Errorf("next is %q, %v, %d are left", next, ok, c.Left())
	}

	// With what a short visit says that it wants, the next one gets further.
	n, visits := 0, 0
	for ; n < len(b); visits++ {
		c := Reader(b[:n])
		got.layout(&c)
		if !errors.Is(c.Err(), KindShort) || c.Need() <= n || c.Need() > len(b) {
			t.Fatalf("%d bytes: got %v and a need of %d", n, c.Err(), c.Need())
		}
		if _, ok := c.Peek(); ok {
			t.Errorf("%d bytes: peeked behind an error", n)
		}
		n = c.Need()
	}
	if visits != 5 { // the length, what it holds, the length of the data, data, the last byte
		t.Errorf("got there in %d visits, want 5", visits)
	}
}

func TestNestedIsRefused(t *testing.T) {
	for _, c := range []struct {
		label string
		v     nested
		kind  Kind
		field Field
	}{
		{"inner too short", nested{}, KindMalformed, FieldMuxMetaLength},
		{"inner too long", nested{Tail: make([]byte, 6)}, KindLimit, FieldMuxMetaLength},
		{"data too long", nested{Tail: []byte("t"), Data: make([]byte, 65536)}, KindLimit, FieldMuxDataLength},
	} {
		b, err := c.v.append([]byte("dst"))
		var e *Error
		if !errors.As(err, &e) || e.Kind != c.kind || e.Field != c.field || string(b) != "dst" {
			t.Errorf("%s: got %q, %v, want %s at %s and dst back", c.label, b, err, c.kind, c.field)
		}
	}
	for _, c := range []struct {
		wire []byte
		want string
	}{
		{[]byte("\x00\x01"), "vmess: mux frame: mux-metadata-length at 0: malformed value 1, want 2 to 6"},
		{[]byte("\x00\x07"), "vmess: mux frame: mux-metadata-length at 0: over the limit value 7, want 2 to 6"},
		{[]byte("\x00\x02\x01"), "vmess: mux frame: mux-metadata-length at 2: needs more bytes have 1, want 2"},
		{bytes.Repeat([]byte{0, 2}, 4), "vmess: mux frame: version at 8: needs more bytes have 0, want 1"},
	} {
		var v nested
		r := Reader(c.wire)
		v.layout(&r)
		if r.Err() == nil || r.Err().Error() != c.want {
			t.Errorf("%x: got %v, want %q", c.wire, r.Err(), c.want)
		}
	}
	// What was refused inside is not written over by the way out.
	c := Appender(nil)
	inner := c.Enter16(FieldMuxMetaLength, 0, 9)
	c.Fail(FieldPort, KindMalformed, 2, nil)
	c.Leave(inner)
	if e, _ := c.Err().(*Error); e == nil || e.Field != FieldPort {
		t.Errorf("got %v, want the first error", c.Err())
	}
}
