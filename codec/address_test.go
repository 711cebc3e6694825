package codec

import (
	"net/netip"
	"strings"
	"testing"
)

// An address is judged in the same way wherever it stands; the offsets are its
// own.
func TestAddressesThatServersRefuse(t *testing.T) {
	for _, c := range []struct {
		label string
		a     Address
		kind  Kind // 0 for a good one
		field Field
		off   int
	}{
		{"IPv4", HostPort("192.0.2.7", 0), 0, 0, 0},
		{"IPv6", HostPort("2001:db8::1", 443), 0, 0, 0},
		{"domain", HostPort("example.com", 443), 0, 0, 0},
		{"literal", Address{Type: AddrDomain, Domain: "[2001:db8::1]"}, 0, 0, 0},
		{"nothing", Address{}, ErrUnsupported, FieldAddrType, 2},
		{"no name", HostPort("", 443), ErrMalformed, FieldAddrDomain, 4},
		{"strange name", HostPort("a b", 443), ErrMalformed, FieldAddrDomain, 4},
		{"long name", HostPort(strings.Repeat("x", 256), 443), ErrLimit, FieldAddrLength, 3},
		{"another family", Address{Type: AddrIPv6, IP: netip.MustParseAddr("192.0.2.7")}, ErrMalformed, FieldAddrIPv6, 3},
	} {
		err := c.a.Validate()
		if c.kind == 0 {
			if err != nil {
				t.Errorf("%s: got %v, want none", c.label, err)
			}
			continue
		}
		wantError(t, c.label, err, c.kind, c.field)
		if e, ok := err.(*Error); ok && e.Off != c.off {
			t.Errorf("%s: got offset %d, want %d", c.label, e.Off, c.off)
		}
	}
}
