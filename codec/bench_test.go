package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"testing"
	"time"
)

// Absolute figures are of the machine. What counts is x-raw: how fast we are
// against the bare primitive, which has to be there anyway, on the same bytes
// in the same run.

// beside measures ours, and then both in turns: x-raw is the ratio of their
// best rounds, which neighbours disturb least.
// best-ns is our best time, which it also gives.
func beside(b *testing.B, ours, raw func()) float64 {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		ours()
	}
	n := 1
	for ; took(ours, n) < time.Millisecond && n < 1<<20; n *= 2 {
	}
	best := [2]time.Duration{1 << 62, 1 << 62}
	for range 40 {
		best[0] = min(best[0], took(ours, n))
		best[1] = min(best[1], took(raw, n))
	}
	b.ReportMetric(float64(best[1])/float64(best[0]), "x-raw")
	ns := float64(best[0]) / float64(n)
	b.ReportMetric(ns, "best-ns")
	return ns
}

func took(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start)
}

// sink keeps the compiler from leaving out what nobody looks at.
var sink uint32

// benchBodies are the option sets that peers send: Xray's and v2ray's with and
// without padding, and with the experiment.
var benchBodies = []struct {
	label    string
	security Security
	option   Option
}{
	{"gcm/M", SecurityAES128GCM, ChunkStream | ChunkMasking},
	{"gcm/MP", SecurityAES128GCM, ChunkStream | ChunkMasking | GlobalPadding},
	{"gcm/AMP", SecurityAES128GCM, ChunkStream | ChunkMasking | GlobalPadding | AuthenticatedLength},
	{"chacha/M", SecurityChaCha20Poly1305, ChunkStream | ChunkMasking},
	{"chacha/MP", SecurityChaCha20Poly1305, ChunkStream | ChunkMasking | GlobalPadding},
	{"chacha/AMP", SecurityChaCha20Poly1305, ChunkStream | ChunkMasking | GlobalPadding | AuthenticatedLength},
	{"none/M", SecurityNone, ChunkStream | ChunkMasking},
	{"cfb/S", SecurityAES128CFB, ChunkStream},
}

var benchSizes = []int{2048, 8192, 16384}

// A benchStream is about a megabyte of one body: what BenchmarkOpen opens and
// what BenchmarkSeal makes.
type benchStream struct {
	Body
	sealed  []byte
	payload int      // bytes in each chunk
	chunks  int      //
	parts   [][]byte // the sealed payload of each chunk, for the primitive
}

func newBenchStream(b *testing.B, body Body, size int) benchStream {
	s := benchStream{Body: body, chunks: 1 << 20 / size}
	sealer, err := NewSealer(body, entropy(1))
	if err != nil {
		b.Fatal(err)
	}
	s.payload = sealer.MaxPayload(size)
	for range s.chunks {
		if s.sealed, err = sealer.Seal(s.sealed, make([]byte, s.payload)); err != nil {
			b.Fatal(err)
		}
	}
	rest := append([]byte(nil), s.sealed...)
	for o := body.opener(b); len(rest) > 0; {
		f, err := o.next(rest)
		if err != nil {
			b.Fatal(err)
		}
		from := len(s.sealed) - len(rest) + f.Head
		s.parts = append(s.parts, s.sealed[from:from+f.Sealed])
		_, n, err := o.OpenInPlace(rest)
		if err != nil {
			b.Fatal(err)
		}
		rest = rest[n:]
	}
	b.SetBytes(int64(s.payload * s.chunks))
	return s
}

func eachBenchStream(b *testing.B, f func(b *testing.B, s benchStream) float64) {
	for _, body := range benchBodies {
		for _, size := range benchSizes {
			b.Run(fmt.Sprintf("%s/%dK", body.label, size>>10), func(b *testing.B) {
				h := httpHeader()
				h.Security, h.Option = body.security, body.option
				best := f(b, newBenchStream(b, h.RequestBody(), size))
				b.ReportMetric(best/float64(1<<20/size), "ns/chunk")
			})
		}
	}
}

// BenchmarkOpen opens a megabyte, the opener's set-up included.
func BenchmarkOpen(b *testing.B) {
	eachBenchStream(b, func(b *testing.B, s benchStream) float64 {
		dst := make([]byte, 0, MaxChunk)
		return beside(b, func() {
			o := s.opener(b)
			for src := s.sealed; len(src) > 0; {
				var n int
				var err error
				if s.Security == SecurityNone {
					_, n, err = o.OpenInPlace(src)
				} else {
					_, n, err = o.Open(dst, src)
				}
				if err != nil {
					b.Fatal(err)
				}
				src = src[n:]
			}
		}, s.rawOpen(b, dst))
	})
}

// rawOpen is the primitive over the same sealed payloads.
func (s *benchStream) rawOpen(b *testing.B, dst []byte) func() {
	switch {
	case s.Security.AEAD():
		aead, nonce := bodyAEAD(s.Security, s.Key, nil), newNonces(s.IV)
		return func() {
			for k, p := range s.parts {
				if _, err := aead.Open(dst, nonce.of(uint64(k)), p, nil); err != nil {
					b.Fatal(err)
				}
			}
		}
	case s.Security.cfb():
		block, _ := aes.NewCipher(s.Key[:])
		plain := make([]byte, len(s.sealed))
		return func() {
			//lint:ignore SA1019 what others use for VMess
			cipher.NewCFBDecrypter(block, s.IV[:]).XORKeyStream(plain, s.sealed) //nolint:staticcheck // SA1019, as above
			h := fnv.New32a()
			h.Write(plain)
			sink += h.Sum32()
		}
	}
	return func() {
		for _, p := range s.parts {
			copy(dst[:len(p)], p)
		}
	}
}

// BenchmarkSeal makes a megabyte, with padding that is random and paid for.
func BenchmarkSeal(b *testing.B) {
	eachBenchStream(b, func(b *testing.B, s benchStream) float64 {
		payload, dst := make([]byte, s.payload), make([]byte, 0, MaxChunk)
		e := entropy(1)
		return beside(b, func() {
			sealer, err := NewSealer(s.Body, e)
			if err != nil {
				b.Fatal(err)
			}
			for range s.chunks {
				if _, err = sealer.Seal(dst, payload); err != nil {
					b.Fatal(err)
				}
			}
		}, s.rawSeal(payload, dst))
	})
}

func (s *benchStream) rawSeal(payload, dst []byte) func() {
	switch {
	case s.Security.AEAD():
		aead, nonce := bodyAEAD(s.Security, s.Key, nil), newNonces(s.IV)
		return func() {
			for k := range s.parts {
				aead.Seal(dst, nonce.of(uint64(k)), payload, nil)
			}
		}
	case s.Security.cfb():
		block, _ := aes.NewCipher(s.Key[:])
		out := make([]byte, s.payload)
		return func() {
			//lint:ignore SA1019 what others use for VMess
			stream := cipher.NewCFBEncrypter(block, s.IV[:]) //nolint:staticcheck // SA1019, as above
			h := fnv.New32a()
			for range s.parts {
				h.Write(payload)
				stream.XORKeyStream(out, payload)
			}
			sink += h.Sum32()
		}
	}
	return func() {
		for range s.parts {
			copy(dst[:len(payload)], payload)
		}
	}
}

// BenchmarkReader reads a megabyte in chunks of 8 KB through the io skin.
func BenchmarkReader(b *testing.B) {
	h := httpHeader()
	s := newBenchStream(b, h.RequestBody(), 8192)
	dst := make([]byte, 0, MaxChunk)
	p := make([]byte, 32<<10)
	beside(b, func() {
		r := NewReader(&onlyReader{b: s.sealed}, s.opener(b))
		for {
			if _, err := r.Read(p); err == io.EOF {
				return
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}, s.rawOpen(b, dst))
}

type onlyReader struct{ b []byte }

func (r *onlyReader) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}

// sha256Blocks is what the derivations of a header cannot do without.
func sha256Blocks(n int) func() {
	h := sha256.New()
	in := make([]byte, n*sha256.BlockSize)
	return func() { h.Write(in) }
}

// BenchmarkKDF has three levels, as the keys of a request header.
func BenchmarkKDF(b *testing.B) {
	d := newDeriver()
	auth, nonce := random(1, 16), random(2, 8)
	beside(b, func() { d.derive(&labelHeaderKey, testKey[:], auth, nonce) }, sha256Blocks(20))
}

func BenchmarkOpenRequest(b *testing.B) {
	sealed := sealHeader(b, AEAD, httpHeader())
	beside(b, func() {
		if _, _, err := NewRequestOpener(testSender(AEAD)).Open(sealed); err != nil {
			b.Fatal(err)
		}
	}, sha256Blocks(80))
}

func BenchmarkSealRequest(b *testing.B) {
	h, e, dst := httpHeader(), entropy(1), make([]byte, 0, 500)
	beside(b, func() {
		if _, err := SealRequest(dst, testKey, h, testTime, e); err != nil {
			b.Fatal(err)
		}
	}, sha256Blocks(84))
}

func BenchmarkOpenLegacyRequest(b *testing.B) {
	sealed := sealHeader(b, Legacy, httpHeader())
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := OpenLegacyRequest(sealed, testKey, testTime); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenResponse(b *testing.B) {
	h := httpHeader()
	sealed, err := SealResponse(nil, h, AEAD, &ResponseHeader{})
	if err != nil {
		b.Fatal(err)
	}
	beside(b, func() {
		if _, _, err := OpenResponse(sealed, h, AEAD); err != nil {
			b.Fatal(err)
		}
	}, sha256Blocks(16))
}

// BenchmarkMatchMiss tries every user; the primitive is one AES block for each.
func BenchmarkMatchMiss(b *testing.B) {
	for _, n := range []int{1, 100, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			u := NewUsers(testAccounts(n, 0)...)
			stranger := authOf(Account{}, testTime, 0)
			blocks := u.blocks
			plain := make([]byte, 16)
			best := beside(b, func() {
				if _, ok := u.Match(stranger, Window{testTime - 120, testTime + 120}); ok {
					b.Fatal("a stranger matched")
				}
			}, func() {
				for i := range blocks {
					blocks[i].Decrypt(plain, stranger[:])
					if binary.BigEndian.Uint64(plain) == 0 {
						sink++
					}
				}
			})
			b.ReportMetric(best/float64(n), "ns/user")
		})
	}
}

// BenchmarkMatchHit is the user who came last.
func BenchmarkMatchHit(b *testing.B) {
	accounts := testAccounts(100, 0)
	u := NewUsers(accounts...)
	auth := authOf(accounts[77], testTime, 0)
	b.ReportAllocs()
	for b.Loop() {
		if s, ok := u.Match(auth, AnyTime); !ok || s.User != 77 {
			b.Fatal("no match")
		}
	}
}

// BenchmarkLegacyAuth is one id and second; the primitive is an HMAC whose key
// has been set.
func BenchmarkLegacyAuth(b *testing.B) {
	hasher, key := NewLegacyHasher(), NewLegacyKey(testID)
	beside(b, func() { hasher.Auth(&key, testTime) }, rawHMAC(1))
}

func rawHMAC(n int) func() {
	mac, out := hmac.New(md5.New, testID[:]), make([]byte, 0, md5.Size)
	return func() {
		for i := range n {
			mac.Reset()
			mac.Write(binary.BigEndian.AppendUint64(out, testTime+uint64(i)))
			mac.Sum(out)
		}
	}
}

// BenchmarkMatchLegacy is a miss among 500 ids in a window of 241 seconds: one
// whose seconds are new each time, and one whose seconds are all known.
func BenchmarkMatchLegacy(b *testing.B) {
	const ids, seconds = 500, 241
	accounts := testAccounts(ids/5, 4)
	miss := func(u *Users, now int64) {
		if _, ok := u.MatchLegacy([16]byte{}, Around(now, 120)); ok {
			b.Fatal("a stranger matched")
		}
	}
	b.Run("new", func(b *testing.B) {
		u, now := NewUsers(accounts...), int64(testTime)
		best := beside(b, func() {
			now += seconds
			miss(u, now)
		}, rawHMAC(ids*seconds))
		b.ReportMetric(best/ids/seconds, "ns/id-second")
	})
	b.Run("known", func(b *testing.B) {
		u := NewUsers(accounts...)
		miss(u, testTime)
		b.ReportAllocs()
		for b.Loop() {
			miss(u, testTime)
		}
	})
}

// BenchmarkAddUser prepares a user with no alter ids.
func BenchmarkAddUser(b *testing.B) {
	accounts := testAccounts(1000, 0)
	b.ReportAllocs()
	for b.Loop() {
		NewUsers(accounts...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/user")
}

// BenchmarkAlterIDs makes a chain of alter ids; the primitive is one MD5 for each.
func BenchmarkAlterIDs(b *testing.B) {
	const n = 1000
	var ids []ID
	best := beside(b, func() { ids = AlterIDs(ids[:0], testID, n) }, func() {
		var in [16 + len(alterIDSalt)]byte
		for range n {
			sum := md5.Sum(in[:])
			copy(in[:], sum[:])
		}
	})
	b.ReportMetric(n/best*1e9, "ids/s")
}

func BenchmarkFNV1a(b *testing.B) {
	p := make([]byte, 8192)
	b.SetBytes(8192)
	for b.Loop() {
		sink += fnv1a(p)
	}
}
