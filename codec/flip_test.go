package codec

import (
	"errors"
	"io"
	"testing"
)

// flipped calls f with each bit of b flipped in turn.
func flipped(b []byte, f func(bit int, damaged []byte)) {
	for bit := range len(b) * 8 {
		d := append([]byte(nil), b...)
		d[bit/8] ^= 1 << (bit % 8)
		f(bit, d)
	}
}

// An AEAD header tells which layer a flipped bit hit: the auth id by its
// CRC-32, and each of the two sealed parts by its tag. The nonce belongs to
// both; the length is the first to notice.
func TestEveryFlippedBitOfAnAEADRequestIsRefused(t *testing.T) {
	sealed := sealHeader(t, AEAD, httpHeader())
	flipped(sealed, func(bit int, d []byte) {
		kind, field := ErrAuth, FieldHeaderTag
		switch at := bit / 8; {
		case at < authSize:
			kind, field = ErrChecksum, FieldAuthChecksum
		case at < sealedAt:
			field = FieldHeaderLengthTag
		}
		_, _, err := OpenRequest(d, testKey)
		wantError(t, "bit "+itoa(bit), err, kind, field)
	})
}

// A legacy header has no tag. A flipped bit of it garbles the block behind it
// too, and FNV-1a notices, if the structure did not fall apart before.
func TestEveryFlippedBitOfALegacyRequestIsRefused(t *testing.T) {
	for _, h := range testHeaders() {
		if len(h.Padding)%5 != 0 {
			continue
		}
		sealed := sealHeader(t, Legacy, h)
		section := len(sealed)
		kinds := map[Kind]int{}
		flipped(append(sealed, random(7, MaxSection)...), func(bit int, d []byte) {
			if at := bit / 8; at < authSize || at >= section {
				return // the auth is looked up, not checked
			}
			r, _, err := OpenLegacyRequest(d, testKey, testTime)
			var e *Error
			if r != nil || !errors.As(err, &e) {
				t.Fatalf("%s: bit %d: got %v, %v, want an error", h.label(), bit, r, err)
			}
			kinds[e.Kind]++
			switch e.Kind {
			case ErrChecksum, ErrUnsupported, ErrMalformed:
			default:
				t.Fatalf("%s: bit %d: got %v, want checksum, unsupported or malformed", h.label(), bit, err)
			}
		})
		if kinds[ErrChecksum] == 0 {
			t.Errorf("%s: the checksum never refused: %v", h.label(), kinds)
		}
	}
}

func TestEveryFlippedBitOfAnAEADResponseIsRefused(t *testing.T) {
	for label, h := range testResponses() {
		req := httpHeader()
		sealed, err := SealResponse(nil, req, AEAD, h)
		if err != nil {
			t.Fatal(err)
		}
		flipped(sealed, func(bit int, d []byte) {
			field := FieldResponseTag
			if bit/8 < lengthSize {
				field = FieldResponseLengthTag
			}
			_, _, err := OpenResponse(d, req, AEAD)
			wantError(t, label+": bit "+itoa(bit), err, ErrAuth, field)
		})
	}
}

// Of a legacy response nothing but V is held to anything: an attacker can turn
// the other bits as he likes.
func TestOnlyVOfALegacyResponseIsChecked(t *testing.T) {
	req := httpHeader()
	sealed, err := SealResponse(nil, req, Legacy, &ResponseHeader{})
	if err != nil {
		t.Fatal(err)
	}
	flipped(sealed, func(bit int, d []byte) {
		r, n, err := OpenResponse(d, req, Legacy)
		switch bit / 8 {
		case 0:
			wantError(t, "bit "+itoa(bit), err, ErrAuth, FieldResponseAuthEcho)
		case 1:
			if err != nil || r.Header.Option != 1<<(bit%8) {
				t.Errorf("bit %d: got %+v, %v, want the option flipped", bit, r, err)
			}
		case 2: // a command now; the length says that it has no data
			if err != nil || r.Header.Command != 1<<(bit%8) || n != responseSection {
				t.Errorf("bit %d: got %+v, %d, %v, want the command flipped", bit, r, n, err)
			}
		case 3: // no command, so that the length means nothing
			if err != nil || r.Header.Command != ResponseNone || n != responseSection {
				t.Errorf("bit %d: got %+v, %d, %v, want no command", bit, r, n, err)
			}
		}
	})
}

// Whether a flipped bit of a chunk is noticed, and by what, depends on the
// cipher and the options. Two chunks are opened; the flip is in the first.
func TestEveryFlippedBitOfAChunk(t *testing.T) {
	payload := []byte("what the application sent")
	for _, s := range []Security{SecurityAES128GCM, SecurityChaCha20Poly1305, SecurityAES128CFB} {
		for _, o := range []Option{ChunkStream, ChunkStream | ChunkMasking, ChunkStream | ChunkMasking | GlobalPadding,
			ChunkStream | ChunkMasking | GlobalPadding | AuthenticatedLength} {
			b := body(s, o, Up)
			sealed := b.seal(t, payload, payload)
			first := b.opener(t)
			if _, _, err := first.OpenInPlace(append([]byte(nil), sealed...)); err != nil {
				t.Fatal(err)
			}
			size := b.frameOf(t, sealed)
			flipped(sealed[:size.Size()], func(bit int, d []byte) {
				at := bit / 8
				_, _, err := b.opener(t).Open(nil, append(d, sealed[size.Size():]...))
				label := s.String() + " " + join(o.Names(nil)) + ": bit " + itoa(bit)
				switch {
				case at < size.Head && size.Head == lengthSize:
					wantError(t, label, err, ErrAuth, FieldChunkLengthTag)
				case at < size.Head: // any length may come out, also a longer one
					if err == nil || err == io.EOF {
						t.Errorf("%s: a wrong length gave %v", label, err)
					}
				case at >= size.Head+size.Sealed:
					if err != nil {
						t.Errorf("%s: padding is anything, got %v", label, err)
					}
				case s.AEAD():
					wantError(t, label, err, ErrAuth, FieldPayloadTag)
				default:
					wantError(t, label, err, ErrChecksum, FieldPayloadChecksum)
				}
			})
		}
	}
}

// frameOf reads the first frame of a body.
func (b Body) frameOf(t testing.TB, sealed []byte) Frame {
	t.Helper()
	f, err := b.opener(t).next(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return *f
}

// With security none there is nothing that could notice.
func TestAFlippedBitOfPlainPayloadGoesThrough(t *testing.T) {
	b := body(SecurityNone, ChunkStream|ChunkMasking, Up)
	sealed := b.seal(t, []byte("plain"))
	sealed[3] ^= 1
	if got, _, err := b.opener(t).Open(nil, sealed); err != nil || string(got) != "pmain" {
		t.Errorf("got %q, %v, want the flip to show", got, err)
	}
}

// The tag of an end chunk is checked when it is there.
func TestEveryFlippedBitOfAnEndChunkIsRefused(t *testing.T) {
	for _, b := range testBodies() {
		if !b.Option.Has(ChunkStream) || !b.Security.AEAD() && !b.Security.cfb() {
			continue
		}
		sealed := b.seal(t)
		f := b.frameOf(t, sealed)
		for at := f.Head; at < f.Head+f.Sealed; at++ {
			d := append([]byte(nil), sealed...)
			d[at] ^= 0x10
			_, _, err := b.opener(t).OpenInPlace(d)
			if !errors.Is(err, ErrAuth) && !errors.Is(err, ErrChecksum) {
				t.Errorf("%s: byte %d of the end chunk: got %v", b.label, at, err)
			}
		}
	}
}
