package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
)

var allKinds = []Kind{ErrShort, ErrMalformed, ErrAuth, ErrChecksum, ErrUnsupported, ErrLimit}

// section gives the plaintext of a header with some bytes changed and the
// checksum made to fit.
func section(t testing.TB, h *RequestHeader, change func(b []byte)) []byte {
	t.Helper()
	b, err := h.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	change(b)
	binary.BigEndian.PutUint32(b[len(b)-4:], fnv1a(b[:len(b)-4]))
	return b
}

// The texts are part of what one works with: what was read, where, what was
// seen, what was wanted.
func TestErrorTexts(t *testing.T) {
	h := httpHeader()
	at := func(off int, v byte) func([]byte) { return func(b []byte) { b[off] = v } }
	parse := func(b []byte) error { _, _, err := ParseRequestHeader(b); return err }
	open := func(b []byte) error { _, _, err := OpenRequest(b, testKey); return err }
	sealed := sealHeader(t, AEAD, h)
	body := func(o Option, b []byte) error {
		_, _, err := body(SecurityAES128GCM, o, Up).opener(t).Open(nil, b)
		return err
	}
	for _, c := range []struct {
		err  error
		kind Kind
		text string
	}{
		{parse(section(t, h, at(35, 0x39))), ErrUnsupported, "vmess: request header: security at 35: unsupported value 9"},
		{parse(section(t, h, at(0, 2))), ErrUnsupported, "vmess: request header: version at 0: unsupported value 2, want 1 to 1"},
		{parse(section(t, h, at(37, 9))), ErrUnsupported, "vmess: request header: command at 37: unsupported value 9, want 1 to 3"},
		{parse(section(t, h, at(40, 7))), ErrUnsupported, "vmess: request header: address-type at 40: unsupported value 7, want 1 to 3"},
		{parse(section(t, h, at(34, 0x09))), ErrUnsupported, "vmess: request header: option at 34: unsupported padding without masking"},
		{parse(section(t, h, at(42, '/'))), ErrMalformed, "vmess: request header: domain at 42: malformed name, want letters, digits and . _ -"},
		{parse(section(t, h, at(1, 1))[:20]), ErrShort, "vmess: request header: body-key at 17: needs more bytes have 3, want 16"},
		{parse(append(section(t, h, at(1, 1))[:57], 0, 0, 0, 0)), ErrChecksum, "vmess: request header: header-checksum at 56: wrong checksum"},
		{open(append([]byte{^sealed[0]}, sealed[1:]...)), ErrChecksum, "vmess: request: auth-checksum at 12: wrong checksum"},
		{open(sealSection([]byte("too short"))), ErrLimit, "vmess: request: header-length at 0: over the limit value 9, want 42 to 2048"},
		{open(sealSection(make([]byte, 42))), ErrUnsupported, "vmess: request header: version at 0: unsupported value 0, want 1 to 1"},
		{body(ChunkStream, []byte{0, 15}), ErrMalformed, "vmess: chunk: chunk-length at 0: malformed value 15, want 16 to 65535"},
		{body(ChunkStream, make([]byte, 40)), ErrMalformed, "vmess: chunk: chunk-length at 0: malformed value 0, want 16 to 65535"},
		{body(ChunkStream, append([]byte{0, 17}, make([]byte, 17)...)), ErrAuth, "vmess: chunk: payload-tag at 1: not authentic"},
		{body(ChunkStream|AuthenticatedLength, make([]byte, 18)), ErrAuth, "vmess: chunk: chunk-length-tag at 2: not authentic"},
		{wrongEcho(1, 2), ErrAuth, "vmess: response header: response-auth-echo at 0: not authentic byte, want the request's"},
		{ErrShort, ErrShort, "vmess: needs more bytes"},
		{ErrAuth, ErrAuth, "vmess: not authentic"},
	} {
		if c.err == nil || c.err.Error() != c.text {
			t.Errorf("got %q, want %q", c.err, c.text)
		}
		for _, k := range allKinds {
			if errors.Is(c.err, k) != (k == c.kind) {
				t.Errorf("%q: is it %s? got %v", c.text, k, errors.Is(c.err, k))
			}
		}
		wrapped := fmt.Errorf("while testing: %w", c.err)
		if !errors.Is(wrapped, c.kind) {
			t.Errorf("%q: lost its kind when it was wrapped", c.text)
		}
	}
}

// No error has a key or plaintext in it.
func TestErrorsHoldNoSecrets(t *testing.T) {
	h := httpHeader()
	h.Address = HostPort("secret.example", 80)
	plain, err := h.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range plain {
		b := append([]byte(nil), plain...)
		b[i] ^= 0xFF
		_, _, err := OpenRequest(sealSection(b), testKey)
		if err == nil {
			t.Fatalf("byte %d: no error", i)
		}
		for _, secret := range []string{"secret", string(h.BodyKey[:]), fmt.Sprintf("%x", h.BodyKey), testID.String()} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("byte %d: the error %q tells a secret", i, err)
			}
		}
	}
}

// A lenient opener lets pass what can be followed, and says what was odd.
func TestLenientNotesWhatIsOdd(t *testing.T) {
	h := httpHeader()
	for _, c := range []struct {
		label  string
		change func(b []byte)
		want   []Field
	}{
		{"nothing", func([]byte) {}, nil},
		{"version", func(b []byte) { b[0] = 3 }, []Field{FieldVersion}},
		{"reserved", func(b []byte) { b[36] = 3 }, nil},
		{"option bits", func(b []byte) { b[34] |= 0xE2 }, nil},
		{"security", func(b []byte) { b[35] = 0x3F }, []Field{FieldSecurity}},
		{"padding without masking", func(b []byte) { b[34] = 0x09 }, []Field{FieldOption}},
		{"datagrams without chunks", func(b []byte) { b[34], b[35], b[37] = 0, 0x35, 2 }, []Field{FieldOption}},
		{"domain", func(b []byte) { b[42] = ' ' }, []Field{FieldAddrDomain}},
		{"three things", func(b []byte) { b[0], b[35], b[42] = 0, 0x32, ' ' }, []Field{FieldVersion, FieldSecurity, FieldAddrDomain}},
	} {
		b := section(t, h, c.change)
		for _, s := range schemes {
			sealed := sealSection(b)
			if s == Legacy {
				sealed = sealLegacySection(b)
			}
			trace := new(Trace)
			o := NewRequestOpener(testSender(s))
			o.Lenient, o.Trace = true, trace
			r, n, err := o.Open(sealed)
			if err != nil || n != len(sealed) {
				t.Errorf("%s %s: got %d, %v", s, c.label, n, err)
				continue
			}
			checkOddities(t, c.label, r.Oddities, c.want)
			checkOddities(t, c.label+" in the trace", trace.Notes, c.want)
			checkTiling(t, c.label, trace)

			strict := NewRequestOpener(testSender(s))
			if _, _, err := strict.Open(sealed); (err != nil) != (len(c.want) > 0) {
				t.Errorf("%s %s: strict: got %v", s, c.label, err)
			}
		}
		if _, n, odd, err := ParseRequestHeaderLenient(b); err != nil || n != len(b) {
			t.Errorf("%s: got %d, %v", c.label, n, err)
		} else {
			checkOddities(t, c.label, odd, c.want)
		}
	}
	wrong := section(t, h, func([]byte) {})
	wrong[len(wrong)-1] ^= 1
	r, n, odd, err := ParseRequestHeaderLenient(wrong)
	if err != nil || n != len(wrong) || r.Checksum.OK() {
		t.Errorf("wrong checksum: got %d, %v, %+v", n, err, r.Checksum)
	}
	checkOddities(t, "checksum", odd, []Field{FieldHeaderChecksum})
}

func checkOddities(t testing.TB, label string, got []*Error, want []Field) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got oddities %v, want %v", label, got, want)
		return
	}
	for i, e := range got {
		if e.Field != want[i] {
			t.Errorf("%s: got %v, want one at %s", label, e, want[i])
		}
	}
}

// A SwitchAccount that cannot be read leaves the response good, as with the
// clients, and a note in the trace.
func TestABadSwitchAccountIsANote(t *testing.T) {
	account := SwitchAccount{Host: "h", Port: 1, ID: testID}
	good, err := account.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte(nil), good...)
	flipped[9] ^= 1
	for _, c := range []struct {
		label string
		data  []byte
		kind  Kind // 0 for a good one
	}{
		{"good", good, 0},
		{"bytes behind", section4(append(append([]byte(nil), good[4:]...), "more"...)), 0},
		{"flipped", flipped, ErrChecksum},
		{"cut", good[:12], ErrShort},
		{"empty", nil, ErrShort},
		{"host too long", section4(append([]byte{200}, good[5:]...)), ErrShort},
	} {
		for _, s := range schemes {
			req := httpHeader()
			b, err := SealResponse(nil, req, s, &ResponseHeader{Command: ResponseSwitch, Data: c.data})
			if err != nil {
				t.Fatal(err)
			}
			trace := new(Trace)
			o := NewResponseOpener(&Request{Sender: Sender{Scheme: s}, Header: *req})
			o.Trace = trace
			r, n, err := o.Open(b)
			if err != nil || n != len(b) || (r.Header.Switch != nil) != (c.kind == 0) {
				t.Errorf("%s %s: got %+v, %d, %v", s, c.label, r, n, err)
				continue
			}
			if c.kind == 0 && (len(trace.Notes) != 0 || *r.Header.Switch != account) {
				t.Errorf("%s %s: got %+v and notes %v", s, c.label, r.Header.Switch, trace.Notes)
			}
			if c.kind != 0 && (len(trace.Notes) != 1 || trace.Notes[0].Kind != c.kind) {
				t.Errorf("%s %s: got notes %v, want %s", s, c.label, trace.Notes, c.kind)
			}
			if _, err := ParseSwitchAccount(c.data); c.kind != 0 && !errors.Is(err, c.kind) || c.kind == 0 && err != nil {
				t.Errorf("%s: got %v, want %v", c.label, err, c.kind)
			}
			if c.kind == 0 || c.kind == ErrChecksum {
				checkTiling(t, c.label, trace)
			}
		}
	}
}

// section4 puts the checksum in front of a command's data.
func section4(data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, fnv1a(data)), data...)
}

// A response under another V is not the answer to this request.
func TestTheEchoIsChecked(t *testing.T) {
	for _, s := range schemes {
		req := httpHeader()
		b, err := SealResponse(nil, req, s, &ResponseHeader{})
		if err != nil {
			t.Fatal(err)
		}
		other := *req
		other.ResponseAuth++
		_, _, err = OpenResponse(b, &other, s)
		wantError(t, s.String(), err, ErrAuth, FieldResponseAuthEcho)
	}
}

// A request is opened once.
func TestOpeningTwicePanics(t *testing.T) {
	sealed := sealHeader(t, AEAD, httpHeader())
	o := NewRequestOpener(testSender(AEAD))
	if _, _, err := o.Open(sealed); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if got, want := recover(), "internal error: request opened twice"; got != want {
			t.Errorf("got %v, want %q", got, want)
		}
	}()
	_, _, _ = o.Open(sealed)
}

func TestBrokenPromisesPanic(t *testing.T) {
	for label, f := range map[string]func(){
		"AES key": func() { mustAES(make([]byte, 5)) },
		"GCM":     func() { mustGCM(make([]byte, 5)) },
		"state":   func() { newDeriver().h.resume([]byte("no state")) },
	} {
		func() {
			defer func() {
				if got, _ := recover().(string); !strings.HasPrefix(got, "internal error: ") {
					t.Errorf("%s: got %q, want an internal error", label, got)
				}
			}()
			f()
		}()
	}
}
