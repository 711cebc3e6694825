package codec

import (
	"errors"
	"testing"
)

// Behind a prefix there may be more: on the streaming path that is the bare
// ErrShort, with nothing used up.

func TestEveryPrefixOfARequestIsShort(t *testing.T) {
	for _, s := range schemes {
		for _, h := range testHeaders() {
			sealed := sealHeader(t, s, h)
			fed := NewRequestOpener(testSender(s)) // sees all prefixes, one after the other
			for n := range sealed {
				if r, used, err := fed.Open(sealed[:n]); r != nil || used != 0 || err != ErrShort {
					t.Fatalf("%s %s: %d of %d bytes: got %v, %d, %v, want ErrShort", s, h.label(), n, len(sealed), r, used, err)
				}
			}
			r, used, err := fed.Open(append(sealed[:len(sealed):len(sealed)], "body"...))
			if err != nil || used != len(sealed) {
				t.Fatalf("%s %s: whole: got %d, %v, want %d", s, h.label(), used, err, len(sealed))
			}
			sameHeader(t, s.String()+" "+h.label(), &r.Header, h)
		}
	}
}

func TestEveryPrefixIsShortForThePureFunctions(t *testing.T) {
	h := httpHeader()
	aead, legacy := sealHeader(t, AEAD, h), sealHeader(t, Legacy, h)
	for n := range aead {
		if _, _, err := OpenRequest(aead[:n], testKey); err != ErrShort {
			t.Fatalf("OpenRequest of %d bytes: got %v, want ErrShort", n, err)
		}
	}
	for n := range legacy {
		if _, _, err := OpenLegacyRequest(legacy[:n], testKey, testTime); err != ErrShort {
			t.Fatalf("OpenLegacyRequest of %d bytes: got %v, want ErrShort", n, err)
		}
	}
}

// testResponses gives a response header of each kind.
func testResponses() map[string]*ResponseHeader {
	account := SwitchAccount{Port: 10086, ID: NextAlterID(testID), AlterIDs: 64, Level: 1, Minutes: 5}
	named := account
	named.Host = "dynamic.example.com"
	return map[string]*ResponseHeader{
		"no command":          {},
		"options":             {Option: ChunkStream | ChunkMasking},
		"switch account":      {Command: ResponseSwitch, Switch: &account},
		"switch account host": {Command: ResponseSwitch, Switch: &named},
		"unknown command":     {Command: 7, Data: []byte("anything")},
		"unknown, no data":    {Command: 7},
		"most data":           {Command: 200, Data: random(9, 255)},
	}
}

func TestEveryPrefixOfAResponseIsShort(t *testing.T) {
	for _, s := range schemes {
		for label, h := range testResponses() {
			req := httpHeader()
			sealed, err := SealResponse(nil, req, s, h)
			if err != nil {
				t.Fatalf("%s %s: %v", s, label, err)
			}
			fed := NewResponseOpener(&Request{Sender: Sender{Scheme: s}, Header: *req})
			for n := range sealed {
				if _, _, err := OpenResponse(sealed[:n], req, s); err != ErrShort {
					t.Fatalf("%s %s: %d of %d bytes: got %v, want ErrShort", s, label, n, len(sealed), err)
				}
				if r, used, err := fed.Open(sealed[:n]); r != nil || used != 0 || err != ErrShort {
					t.Fatalf("%s %s: %d of %d bytes, fed: got %v, %d, %v, want ErrShort", s, label, n, len(sealed), r, used, err)
				}
			}
			r, used, err := fed.Open(append(sealed[:len(sealed):len(sealed)], "body"...))
			if err != nil || used != len(sealed) {
				t.Fatalf("%s %s: whole: got %d, %v, want %d", s, label, used, err, len(sealed))
			}
			sameResponse(t, s.String()+" "+label, &r.Header, h)
		}
	}
}

// The plain structures are parsed by pure functions, whose error says which
// field was missing.

func TestEveryPrefixOfACommandSectionIsShort(t *testing.T) {
	for _, h := range testHeaders() {
		section, err := h.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := range section {
			_, used, err := ParseRequestHeader(section[:n])
			var e *Error
			if !errors.Is(err, ErrShort) || !errors.As(err, &e) || used > n || e.Off != used {
				t.Fatalf("%s: %d of %d bytes: got %d, %v, want short", h.label(), n, len(section), used, err)
			}
			if _, _, _, err := ParseRequestHeaderLenient(section[:n]); !errors.Is(err, ErrShort) {
				t.Fatalf("%s: %d of %d bytes, lenient: got %v, want short", h.label(), n, len(section), err)
			}
		}
		got, used, err := ParseRequestHeader(append(section, "behind"...))
		if err != nil || used != len(section) {
			t.Fatalf("%s: got %d, %v, want %d", h.label(), used, err, len(section))
		}
		sameHeader(t, h.label(), &got, h)
	}
}

func TestEveryPrefixOfASwitchAccountIsShort(t *testing.T) {
	for label, h := range testResponses() {
		if h.Switch == nil {
			continue
		}
		data, err := h.Switch.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := range data {
			if s, err := ParseSwitchAccount(data[:n]); !errors.Is(err, ErrShort) || s != (SwitchAccount{}) {
				t.Fatalf("%s: %d of %d bytes: got %v, %v, want short", label, n, len(data), s, err)
			}
		}
		if got, err := ParseSwitchAccount(data); err != nil || got != *h.Switch {
			t.Errorf("%s: got %+v, %v, want %+v", label, got, err, *h.Switch)
		}
	}
}

// A sealed header is all that there is: where it ends before its fields do,
// more bytes will not help.
func TestASealedHeaderThatEndsEarlyIsMalformed(t *testing.T) {
	section, err := testHeader(CommandTCP, HostPort("example.com", 80), 15).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := MinSection; n < len(section); n++ {
		b := sealSection(section[:n])
		r, _, err := OpenRequest(append(b, random(5, 100)...), testKey)
		if r != nil || !errors.Is(err, ErrMalformed) || errors.Is(err, ErrShort) {
			t.Fatalf("section of %d of %d bytes: got %v, %v, want malformed", n, len(section), r, err)
		}
	}
}

func TestASealedResponseThatEndsEarlyIsMalformed(t *testing.T) {
	req := httpHeader()
	for n := range 9 {
		b := sealResponsePlain(req, append([]byte{req.ResponseAuth, 0, 9, 9}, random(6, n)...))
		_, _, err := OpenResponse(append(b, random(5, 100)...), req, AEAD)
		wantError(t, "response with too little data", err, ErrMalformed, FieldResponseCommandData)
	}
}
