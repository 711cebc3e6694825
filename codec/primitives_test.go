package codec

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"hash"
	"hash/fnv"
	"math/rand/v2"
	"testing"
)

// The standard library's CFB, which is deprecated but right, is the oracle.
func TestCFBAgainstTheStandardLibrary(t *testing.T) {
	r := rand.New(source(1))
	key, iv := random(2, 16), random(3, 16)
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 200 {
		if n > 100 {
			n = r.IntN(3 * cfbBulk)
		}
		plain := random(uint64(n), n)
		want := make([]byte, n)
		//lint:ignore SA1019 VMess uses CFB; this is the oracle
		cipher.NewCFBEncrypter(block, iv).XORKeyStream(want, plain) //nolint:staticcheck // SA1019, as above

		for _, inPlace := range []bool{false, true} {
			got := cfbPieces(r, newCFB(key, iv).encrypt, plain, inPlace)
			if !bytes.Equal(got, want) {
				t.Fatalf("encrypt %d bytes, in place %v: got %x, want %x", n, inPlace, got, want)
			}
			dec := newCFB(key, iv)
			got = cfbPieces(r, func(dst, src []byte) {
				head := make([]byte, min(len(src), r.IntN(40)))
				dec.peek(head, src[:len(head)])
				dec.decrypt(dst, src)
				if !bytes.Equal(head, dst[:len(head)]) {
					t.Fatalf("peek gave %x, decrypt %x", head, dst[:len(head)])
				}
			}, want, inPlace)
			if !bytes.Equal(got, plain) {
				t.Fatalf("decrypt %d bytes, in place %v: got %x, want %x", n, inPlace, got, plain)
			}
		}
	}
}

// cfbPieces runs a stream over src in random pieces.
func cfbPieces(r *rand.Rand, f func(dst, src []byte), src []byte, inPlace bool) []byte {
	src = append([]byte(nil), src...)
	dst := src
	if !inPlace {
		dst = make([]byte, len(src))
	}
	for off := 0; off < len(src); {
		n := min(1+r.IntN(1+r.IntN(2*cfbBulk)), len(src)-off)
		f(dst[off:off+n], src[off:off+n])
		off += n
	}
	return dst
}

// A stream that changes from decrypting to encrypting goes on where it was: a
// server that opened its own header seals the body behind it.
func TestCFBChangesItsWay(t *testing.T) {
	key, iv, plain := random(1, 16), random(2, 16), random(3, 100)
	want := make([]byte, len(plain))
	newCFB(key, iv).encrypt(want, plain)
	for at := range len(plain) {
		c := newCFB(key, iv)
		got := append([]byte(nil), plain...)
		c.decrypt(make([]byte, at), want[:at])
		c.encrypt(got[at:], plain[at:])
		if !bytes.Equal(got[at:], want[at:]) {
			t.Fatalf("changed at %d: got %x, want %x", at, got[at:], want[at:])
		}
	}
}

// naiveKDF is the derivation as its definition has it: an HMAC over a hash
// that is an HMAC.
func naiveKDF(key []byte, path ...[]byte) []byte {
	create := func() hash.Hash { return hmac.New(sha256.New, []byte(saltRoot)) }
	for _, element := range path {
		below := create
		create = func() hash.Hash { return hmac.New(below, element) }
	}
	h := create()
	h.Write(key)
	return h.Sum(nil)
}

func TestKDFAgainstItsDefinition(t *testing.T) {
	r := rand.New(source(4))
	lengths := []int{0, 1, 16, 31, 63, 64, 65, 128, 200}
	for range 300 {
		key := random(r.Uint64(), lengths[r.IntN(len(lengths))])
		var path [][]byte
		for range r.IntN(5) {
			path = append(path, random(r.Uint64(), lengths[r.IntN(len(lengths))]))
		}
		if got, want := KDF(key, path...), naiveKDF(key, path...); !bytes.Equal(got[:], want) {
			t.Fatalf("%d levels: got %x, want %x", len(path), got, want)
		}
	}
}

// One deriver serves many derivations of different depth.
func TestDeriverIsReusable(t *testing.T) {
	d := newDeriver()
	labels := map[string]*label{
		saltAuthID: &labelAuthID, saltHeaderLengthKey: &labelHeaderLengthKey, saltHeaderLengthNonce: &labelHeaderLengthNonce,
		saltHeaderKey: &labelHeaderKey, saltHeaderNonce: &labelHeaderNonce,
		saltResponseLengthKey: &labelResponseLengthKey, saltResponseLengthNonce: &labelResponseLengthNonce,
		saltResponseHeaderKey: &labelResponseHeaderKey, saltResponseHeaderNonce: &labelResponseHeaderNonce,
		saltAuthenticatedLengths: &labelLengthKey,
	}
	a, b := random(1, 16), random(2, 8)
	for range 3 {
		for salt, l := range labels {
			for _, path := range [][][]byte{nil, {a, b}, {a}} {
				want := naiveKDF(testKey[:], append([][]byte{[]byte(salt)}, path...)...)
				if got := d.derive16(l, testKey[:], path...); !bytes.Equal(got[:], want[:16]) {
					t.Fatalf("%s, %d levels: got %x, want %x", salt, len(path), got, want[:16])
				}
				if got := d.deriveNonce(l, testKey[:], path...); !bytes.Equal(got[:], want[:12]) {
					t.Fatalf("%s, %d levels: got %x, want %x", salt, len(path), got, want[:12])
				}
			}
		}
	}
}

func TestLegacyAuthAgainstHMAC(t *testing.T) {
	hasher := NewLegacyHasher()
	for i := range uint64(50) {
		id := ID(random(i, 16))
		key := NewLegacyKey(id)
		for _, at := range []int64{0, testTime, -1, int64(i) << 40} {
			h := hmac.New(md5.New, id[:])
			h.Write(binary.BigEndian.AppendUint64(nil, uint64(at)))
			want := [16]byte(h.Sum(nil))
			if got := hasher.Auth(&key, at); got != want {
				t.Fatalf("got %x, want %x", got, want)
			}
			if got := LegacyAuth(id, at); got != want {
				t.Fatalf("got %x, want %x", got, want)
			}
		}
	}
}

func TestFNVAgainstTheStandardLibrary(t *testing.T) {
	for n := range 300 {
		b := random(uint64(n), n)
		h := fnv.New32a()
		h.Write(b)
		if got, want := fnv1a(b), h.Sum32(); got != want {
			t.Fatalf("%d bytes: got %08x, want %08x", n, got, want)
		}
	}
}

func TestDrawsAgainstTheStandardLibrary(t *testing.T) {
	iv := [16]byte(random(1, 16))
	want := make([]byte, 2*1000)
	h := sha3.NewSHAKE128()
	h.Write(iv[:])
	h.Read(want)
	d := newDraws(iv)
	for i := range 1000 {
		if got, want := d.next(), binary.BigEndian.Uint16(want[2*i:]); got != want {
			t.Fatalf("draw %d: got %04x, want %04x", i, got, want)
		}
	}
}

// The order of the draws: the padding's first, then the mask; none for what is
// not there.
func TestOrderOfDraws(t *testing.T) {
	for _, c := range []struct {
		option        Option
		padding, mask int // which draw of the first two, -1 for none
	}{
		{ChunkStream, -1, -1},
		{ChunkStream | ChunkMasking, -1, 0},
		{ChunkStream | ChunkMasking | GlobalPadding, 0, 1},
		{ChunkStream | ChunkMasking | GlobalPadding | AuthenticatedLength, 0, -1},
		{ChunkStream | ChunkMasking | AuthenticatedLength, -1, -1},
	} {
		b := body(SecurityAES128GCM, c.option, Up)
		p, err := b.plan()
		if err != nil {
			t.Fatal(err)
		}
		f := b.framer(p)
		f.draw()
		stream := newDraws(b.IV)
		draws := [2]uint16{stream.next(), stream.next()}
		want := func(which int) uint16 {
			if which < 0 {
				return 0
			}
			return draws[which]
		}
		if f.padding != want(c.padding) || f.mask != want(c.mask) {
			t.Errorf("%v: got padding %04x and mask %04x, want %04x and %04x", c.option.Names(nil),
				f.padding, f.mask, want(c.padding), want(c.mask))
		}
	}
}
