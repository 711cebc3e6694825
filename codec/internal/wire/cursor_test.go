package wire

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
)

// everything has a field for each verb.
type everything struct {
	A       uint8
	B       uint16
	C       uint64
	D       [3]byte
	E       []byte
	F       string
	G, H    netip.Addr
	I, J    uint8
	Sum     Checksum
	trailer []byte
}

func sum(b []byte) (s uint32) {
	for _, c := range b {
		s = s*31 + uint32(c)
	}
	return s
}

func (v *everything) layout(c *Cursor) {
	group := c.Begin(FieldAddress)
	c.U8(FieldVersion, &v.A)
	c.U16(FieldPort, &v.B)
	c.U64(FieldAuthTime, &v.C)
	c.End(group)
	c.Fixed(FieldTrailing, v.D[:])
	n := uint8(len(v.E))
	c.U8(FieldPaddingLength, &n)
	c.Bytes(FieldHeaderPadding, int(n), &v.E)
	c.Text8(FieldAddrLength, FieldAddrDomain, &v.F)
	c.IP(FieldAddrIPv4, 4, &v.G)
	c.IP(FieldAddrIPv6, 16, &v.H)
	c.Nibbles(FieldPaddingLength, FieldSecurity, &v.I, &v.J)
	c.Checksum32(FieldHeaderChecksum, sum, &v.Sum)
	c.Rest(FieldTrailing, &v.trailer)
}

func sample() everything {
	return everything{
		A: 1, B: 0x0203, C: 0x0405060708090A0B, D: [3]byte{12, 13, 14}, E: []byte("bytes"), F: "text",
		G: netip.MustParseAddr("192.0.2.1"), H: netip.MustParseAddr("2001:db8::1"), I: 0xD, J: 0x3,
	}
}

func TestCursorGoesRound(t *testing.T) {
	v := sample()
	c := Appender([]byte("front"))
	if !c.Writing() || c.Len() != 0 {
		t.Fatalf("a new appender: writing %v, %d bytes", c.Writing(), c.Len())
	}
	v.layout(&c)
	out, err := c.Done()
	if err != nil || !bytes.HasPrefix(out, []byte("front\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x05bytes\x04text\xc0\x00\x02\x01")) {
		t.Fatalf("got %x, %v", out, err)
	}
	if c.Len() != len(out)-5 {
		t.Errorf("got a length of %d for %d bytes", c.Len(), len(out)-5)
	}
	var got everything
	c = Reader(append(out[5:], "behind"...))
	got.layout(&c)
	read, err := c.Done()
	if err != nil || !bytes.Equal(read, append(out[5:], "behind"...)) || c.Writing() {
		t.Fatalf("got %x, %v", read, err)
	}
	if string(got.trailer) != "behind" || !got.Sum.OK() || got.Sum.Read != sum(out[5:len(out)-4]) {
		t.Errorf("got trailer %q and checksum %+v", got.trailer, got.Sum)
	}
	got.trailer, got.Sum, v.Sum = nil, Checksum{}, Checksum{}
	if !reflect.DeepEqual(got, v) {
		t.Errorf("got %+v, want %+v", got, v)
	}
}

// The first error sticks: what follows is not visited and not changed.
func TestCursorErrorsStick(t *testing.T) {
	v := sample()
	c := Appender(nil)
	v.layout(&c)
	whole, _ := c.Done()
	for n := range whole {
		before := everything{B: 0xFFFF, F: "unchanged", I: 9}
		got := before
		c := Reader(whole[:n])
		got.layout(&c)
		var e *Error
		if !errors.As(c.Err(), &e) || e.Kind != KindShort || e.Off != c.Len() || c.Len() > n {
			t.Fatalf("%d bytes: got %v at %d", n, c.Err(), c.Len())
		}
		if n < 3 && got.B != before.B || n < 20 && got.F != before.F || n < 45 && got.I != before.I {
			t.Fatalf("%d bytes: fields behind the error were changed: %+v", n, got)
		}
		if out, err := c.Done(); len(out) != 0 || err == nil {
			t.Fatalf("%d bytes: done gives %x, %v", n, out, err)
		}
		first := c.Err()
		c.Fail(FieldPort, KindLimit, 0, nil)
		c.Odd(FieldPort, KindLimit, 0, nil)
		if c.Err() != first {
			t.Fatalf("%d bytes: the error was replaced by %v", n, c.Err())
		}

		whole := Reader(whole[:n])
		whole.Whole()
		got.layout(&whole)
		if !errors.Is(whole.Err(), KindMalformed) || errors.Is(whole.Err(), KindShort) {
			t.Fatalf("%d bytes that are all: got %v, want malformed", n, whole.Err())
		}
	}
}

func TestCursorRefusesToAppend(t *testing.T) {
	for _, c := range []struct {
		label  string
		change func(*everything)
		kind   Kind
		field  Field
	}{
		{"long text", func(v *everything) { v.F = strings.Repeat("x", 256) }, KindLimit, FieldAddrLength},
		{"no IPv4", func(v *everything) { v.G = netip.Addr{} }, KindMalformed, FieldAddrIPv4},
		{"IPv4 as IPv6", func(v *everything) { v.H = v.G }, KindMalformed, FieldAddrIPv6},
		{"high nibble", func(v *everything) { v.I = 16 }, KindLimit, FieldPaddingLength},
		{"low nibble", func(v *everything) { v.J = 16 }, KindLimit, FieldPaddingLength},
	} {
		v := sample()
		c.change(&v)
		cur := Appender([]byte("dst"))
		v.layout(&cur)
		out, err := cur.Done()
		var e *Error
		if !errors.As(err, &e) || e.Kind != c.kind || e.Field != c.field || string(out) != "dst" {
			t.Errorf("%s: got %q, %v, want %s at %s and dst back", c.label, out, err, c.kind, c.field)
		}
	}
}

func TestCursorEmptyFields(t *testing.T) {
	v := sample()
	v.E, v.F = nil, ""
	c := Appender(nil)
	v.layout(&c)
	out, err := c.Done()
	if err != nil {
		t.Fatal(err)
	}
	got := sample() // to be emptied
	c = Reader(out)
	got.layout(&c)
	if c.Err() != nil || got.E != nil || got.F != "" || got.trailer != nil {
		t.Errorf("got %q, %q, %q, %v, want them empty", got.E, got.F, got.trailer, c.Err())
	}
}

func TestLenientCursor(t *testing.T) {
	v := sample()
	c := Appender(nil)
	v.layout(&c)
	out, _ := c.Done()
	out[len(out)-1] ^= 1

	strict := Reader(out)
	v.layout(&strict)
	if !errors.Is(strict.Err(), KindChecksum) || len(strict.Oddities()) != 0 {
		t.Errorf("strict: got %v and oddities %v", strict.Err(), strict.Oddities())
	}
	var tr Trace
	lenient := Reader(out)
	lenient.Lenient()
	lenient.TraceTo(&tr, tr.Open(FieldSection, out, -1))
	v.layout(&lenient)
	odd := lenient.Oddities()
	if lenient.Err() != nil || len(odd) != 1 || odd[0].Kind != KindChecksum || odd[0].Off != len(out)-4 || v.Sum.OK() {
		t.Errorf("lenient: got %v and oddities %v", lenient.Err(), odd)
	}
	if len(tr.Notes) != 1 || tr.Notes[0] != odd[0] {
		t.Errorf("got notes %v, want %v", tr.Notes, odd)
	}
	lenient.Fail(FieldPort, KindMalformed, 7, Value(5))
	if got, want := lenient.Err().Error(), "vmess: request header: port at 7: malformed value 5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
