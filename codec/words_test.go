package codec

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		v    fmt.Stringer
		want string
	}{
		{Legacy, "legacy"}, {AEAD, "aead"}, {Scheme(2), "Scheme(2)"},
		{SecurityUnknown, "unknown"}, {SecurityAES128CFB, "aes-128-cfb"}, {SecurityAuto, "auto"},
		{SecurityAES128GCM, "aes-128-gcm"}, {SecurityChaCha20Poly1305, "chacha20-poly1305"},
		{SecurityNone, "none"}, {SecurityZero, "zero"}, {Security(9), "Security(9)"},
		{CommandTCP, "tcp"}, {CommandUDP, "udp"}, {CommandMux, "mux"}, {Command(0), "Command(0)"}, {Command(4), "Command(4)"},
		{AddrIPv4, "ipv4"}, {AddrDomain, "domain"}, {AddrIPv6, "ipv6"}, {AddrType(0), "AddrType(0)"},
		{ResponseNone, "none"}, {ResponseSwitch, "switch-account"}, {ResponseCommand(9), "ResponseCommand(9)"},
		{Up, "up"}, {Down, "down"}, {Direction(2), "Direction(2)"},
		{EndOpen, "open"}, {EndChunk, "end-chunk"}, {EndBoundary, "boundary"}, {EndCut, "cut"}, {End(4), "End(4)"},
		{ErrShort, "short"}, {ErrMalformed, "malformed"}, {ErrAuth, "auth"}, {ErrChecksum, "checksum"},
		{ErrUnsupported, "unsupported"}, {ErrLimit, "limit"},
		{FieldSecurity, "security"}, {FieldNone, "nothing"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("%T: got %q, want %q", c.v, got, c.want)
		}
	}
	if got, want := Option(0xFF).Names(nil), "chunk-stream connection-reuse chunk-masking global-padding authenticated-length "+
		"reserved-5 reserved-6 reserved-7"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Option(0).Names([]string{"first"}); !slices.Equal(got, []string{"first"}) {
		t.Errorf("got %q", got)
	}
}

func TestSecuritiesOnTheWire(t *testing.T) {
	var got []Security
	for s := range Security(20) {
		if s.OnWire() {
			got = append(got, s)
		}
	}
	if want := []Security{0, 1, 3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestHostPort(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("2001:db8::1")
	for _, c := range []struct {
		host string
		want Address
		text string
	}{
		{"example.com", Address{Port: 80, Type: AddrDomain, Domain: "example.com"}, "example.com:80"},
		{"192.0.2.7", Address{Port: 80, Type: AddrIPv4, IP: v4}, "192.0.2.7:80"},
		{"2001:db8::1", Address{Port: 80, Type: AddrIPv6, IP: v6}, "[2001:db8::1]:80"},
		{"[2001:db8::1]", Address{Port: 80, Type: AddrIPv6, IP: v6}, "[2001:db8::1]:80"},
		{"::ffff:192.0.2.7", Address{Port: 80, Type: AddrIPv4, IP: v4}, "192.0.2.7:80"},
		{"fe80::1%eth0", Address{Port: 80, Type: AddrDomain, Domain: "fe80::1%eth0"}, "fe80::1%eth0:80"},
		{"1.2.3", Address{Port: 80, Type: AddrDomain, Domain: "1.2.3"}, "1.2.3:80"},
	} {
		got := HostPort(c.host, 80)
		if got != c.want || got.String() != c.text {
			t.Errorf("%s: got %+v (%s), want %+v (%s)", c.host, got, got, c.want, c.text)
		}
		if again := got.Normalize(); again != got {
			t.Errorf("%s: normalized twice: got %+v, want %+v", c.host, again, got)
		}
	}
	mapped := Address{Port: 1, Type: AddrIPv6, IP: netip.MustParseAddr("::ffff:192.0.2.7")}
	if got := mapped.Normalize(); got.Type != AddrIPv4 || got.IP != v4 || got.Port != 1 {
		t.Errorf("mapped: got %+v", got)
	}
	if got := (Address{}).Normalize(); got != (Address{}) {
		t.Errorf("nothing: got %+v, want nothing", got)
	}
}

func TestDomainsThatServersTake(t *testing.T) {
	for _, s := range []string{"a", "A-Z_0.9", "xn--p1ai", "localhost", "1.2.3.4", "[", "Z", "z", "@", "`", "{", " ", "", "a/b", "ä", "\x00", "a\n"} {
		want := s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
		if got := domainFits(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}

// Each field has its word, its sentence and its place, and no other has the
// same word.
func TestFieldTableIsWhole(t *testing.T) {
	words := map[string]Field{}
	for f := Field(1); int(f) <= Fields(); f++ {
		info := f.Info()
		if other, taken := words[info.Name]; taken || info.Name == "" {
			t.Errorf("field %d: the word %q is field %d's", f, info.Name, other)
		}
		words[info.Name] = f
		if !strings.HasSuffix(info.Doc, ".") || len(info.Doc) < 9 {
			t.Errorf("%s: %q is no sentence", f, info.Doc)
		}
		if info.Form == FormIP && info.Size != 4 && info.Size != 16 || info.Form == FormUnix && info.Size != 8 {
			t.Errorf("%s: %d bytes do not fit its form", f, info.Size)
		}
	}
	if f := Field(Fields() + 1); f.String() != "nothing" || FieldClientWire != 1 || FieldMaskDraw != Field(Fields()) {
		t.Errorf("the table ends at %d, with %s behind it", Fields(), f)
	}
}
