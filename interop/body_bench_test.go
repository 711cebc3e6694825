package interop

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5"
	"fmt"
	"io"
	"testing"

	"github.com/xtls/xray-core/common/buf"
	"github.com/xtls/xray-core/common/protocol"
	"github.com/xtls/xray-core/proxy/vmess/aead"
	"github.com/xtls/xray-core/proxy/vmess/encoding"
	"golang.org/x/crypto/chacha20poly1305"

	"vmesskit/codec"
)

// benchBodies are the option sets that clients send: with masking, with
// padding too, and with the experiment of authenticated lengths.
var benchBodies = []struct {
	label    string
	security codec.Security
	option   codec.Option
}{
	{"gcm/M", codec.SecurityAES128GCM, codec.ChunkStream | codec.ChunkMasking},
	{"gcm/MP", codec.SecurityAES128GCM, codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding},
	{"gcm/AMP", codec.SecurityAES128GCM, codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding | codec.AuthenticatedLength},
	{"chacha/M", codec.SecurityChaCha20Poly1305, codec.ChunkStream | codec.ChunkMasking},
	{"chacha/AMP", codec.SecurityChaCha20Poly1305, codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding | codec.AuthenticatedLength},
	{"none/M", codec.SecurityNone, codec.ChunkStream | codec.ChunkMasking},
}

var benchSizes = []int{2048, 8192, 16384} // of chunks, on the wire

const benchBytes = 4 << 20

// A benchBody is one body of benchBytes, sealed by us, and Xray's server that
// has read the header in front of it.
type benchBody struct {
	codec.Body
	plain   []byte
	size    int    // of each chunk on the wire, at most
	payload int    // of each chunk
	wire    []byte // the body, with its end chunk
	frames  []codec.Frame

	session *encoding.ServerSession
	header  *protocol.RequestHeader
}

func newBenchBody(b *testing.B, security codec.Security, option codec.Option, size int) *benchBody {
	h := codec.RequestHeader{Security: security, Option: option, Command: codec.CommandTCP, Address: codec.HostPort("example.com", 443)}
	copy(h.BodyKey[:], random(1, 16))
	copy(h.BodyIV[:], random(2, 16))
	head, err := codec.SealRequest(nil, testID.CmdKey(), &h, now(), entropy(3))
	if err != nil {
		b.Fatal(err)
	}
	s := &benchBody{Body: h.RequestBody(), plain: random(4, benchBytes), size: size, session: newXrayServer(b, testID).session()}
	if s.header, err = s.session.DecodeRequestHeader(bytes.NewReader(head), false); err != nil {
		b.Fatal(err)
	}
	sealer := s.sealer(b)
	s.payload = sealer.MaxPayload(size)
	s.eachChunk(func(p []byte) {
		if s.wire, err = sealer.Seal(s.wire, p); err != nil {
			b.Fatal(err)
		}
	})
	if s.wire, err = sealer.End(s.wire); err != nil {
		b.Fatal(err)
	}
	o := s.opener(b)
	for rest := s.wire; len(rest) > 0; {
		f, err := o.Frame(rest)
		if err != nil {
			b.Fatal(err)
		}
		s.frames = append(s.frames, f)
		rest = rest[f.Size():]
	}
	b.SetBytes(benchBytes)
	return s
}

func (s *benchBody) eachChunk(f func(p []byte)) {
	for p := s.plain; len(p) > 0; p = p[min(len(p), s.payload):] {
		f(p[:min(len(p), s.payload)])
	}
}

func (s *benchBody) opener(b *testing.B) *codec.Opener {
	o, err := codec.NewOpener(s.Body)
	if err != nil {
		b.Fatal(err)
	}
	return o
}

func (s *benchBody) sealer(b *testing.B) *codec.Sealer {
	o, err := codec.NewSealer(s.Body, codec.Stretch(system))
	if err != nil {
		b.Fatal(err)
	}
	return o
}

// payloadAEAD and lengthAEAD are the bare primitives.
func (s *benchBody) payloadAEAD(b *testing.B) cipher.AEAD { return newAEAD(b, s.Security, s.Key[:]) }

func (s *benchBody) lengthAEAD(b *testing.B) cipher.AEAD {
	return newAEAD(b, s.Security, aead.KDF16(s.LengthKey[:], "auth_len"))
}

func newAEAD(b *testing.B, s codec.Security, key []byte) cipher.AEAD {
	var a cipher.AEAD
	var err error
	if s == codec.SecurityChaCha20Poly1305 {
		first := md5.Sum(key)
		second := md5.Sum(first[:])
		a, err = chacha20poly1305.New(append(first[:], second[:]...))
	} else {
		var block cipher.Block
		if block, err = aes.NewCipher(key); err == nil {
			a, err = cipher.NewGCM(block)
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	return a
}

// nonceOf makes the nonce of chunk k in n, which has the body's IV.
func nonceOf(n *[12]byte, k int) []byte {
	n[0], n[1] = byte(k>>8), byte(k)
	return n[:]
}

func eachBody(b *testing.B, f func(b *testing.B, s *benchBody)) {
	for _, body := range benchBodies {
		for _, size := range benchSizes {
			b.Run(fmt.Sprintf("%s/%dK", body.label, size>>10), func(b *testing.B) {
				f(b, newBenchBody(b, body.security, body.option, size))
			})
		}
	}
}

// BenchmarkOpen opens 4 MiB, set-up included. Beside it are the primitive over
// the same sealed payloads (x-raw), the same with the primitive over the sealed
// lengths (x-raws), which is the bound there, and Xray's reader of the same
// bytes (x-xray). Without a cipher we hand out parts of the input.
func BenchmarkOpen(b *testing.B) {
	eachBody(b, func(b *testing.B, s *benchBody) {
		dst := make([]byte, 0, codec.MaxChunk)
		ours := func() {
			o := s.opener(b)
			for src := s.wire; ; {
				var n int
				var err error
				if s.Security == codec.SecurityNone {
					_, n, err = o.OpenInPlace(src)
				} else {
					_, n, err = o.Open(dst, src)
				}
				if err == io.EOF {
					return
				} else if err != nil {
					b.Fatal(err)
				}
				src = src[n:]
			}
		}
		xray := func() {
			r, err := s.session.DecodeRequestBody(s.header, bytes.NewReader(s.wire))
			for err == nil {
				var mb buf.MultiBuffer
				mb, err = r.ReadMultiBuffer()
				buf.ReleaseMulti(mb)
			}
			if err != io.EOF {
				b.Fatal(err)
			}
		}
		others := []way{{"xray", xray}}
		if s.Security.AEAD() {
			others = append(others, way{"raw", s.rawOpen(b, dst, false)})
		}
		if s.Option.Has(codec.AuthenticatedLength) {
			others = append(others, way{"raws", s.rawOpen(b, dst, true)})
		}
		s.report(b, beside(b, ours, others...), xray)
	})
}

func (s *benchBody) rawOpen(b *testing.B, dst []byte, lengths bool) func() {
	payload, length := s.payloadAEAD(b), s.lengthAEAD(b)
	nonce, scratch := [12]byte(s.IV[:]), make([]byte, 0, 16)
	return func() {
		at := 0
		for k := range s.frames {
			f := &s.frames[k]
			n := nonceOf(&nonce, k)
			if lengths {
				if _, err := length.Open(scratch, n, s.wire[at:at+f.Head], nil); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := payload.Open(dst, n, s.wire[at+f.Head:at+f.Head+f.Sealed], nil); err != nil {
				b.Fatal(err)
			}
			at += f.Size()
		}
	}
}

// BenchmarkSeal seals 4 MiB, with padding from the system's randomness, which
// we stretch and Xray takes as it is. Xray makes chunks of 8 KB whatever ours are, so that only those are
// compared.
func BenchmarkSeal(b *testing.B) {
	eachBody(b, func(b *testing.B, s *benchBody) {
		dst := make([]byte, 0, codec.MaxChunk)
		ours := func() {
			sealer := s.sealer(b)
			s.eachChunk(func(p []byte) {
				if _, err := sealer.Seal(dst, p); err != nil {
					b.Fatal(err)
				}
			})
		}
		xray := func() {
			w, err := s.session.EncodeResponseBody(s.header, io.Discard)
			for p := s.plain; len(p) > 0 && err == nil; {
				var mb buf.MultiBuffer // 64 KB of what has been read elsewhere
				for range 8 {
					n := min(len(p), buf.Size)
					mb = append(mb, buf.FromBytes(p[:n]))
					p = p[n:]
				}
				err = w.WriteMultiBuffer(mb)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		var others []way
		if s.size == buf.Size {
			others = append(others, way{"xray", xray})
		}
		if s.Security.AEAD() {
			others = append(others, way{"raw", s.rawSeal(b, dst, false)})
		}
		if s.Option.Has(codec.AuthenticatedLength) {
			others = append(others, way{"raws", s.rawSeal(b, dst, true)})
		}
		s.report(b, beside(b, ours, others...), xray)
	})
}

func (s *benchBody) rawSeal(b *testing.B, dst []byte, lengths bool) func() {
	payload, length := s.payloadAEAD(b), s.lengthAEAD(b)
	nonce, two := [12]byte(s.IV[:]), make([]byte, 2)
	return func() {
		k := 0
		s.eachChunk(func(p []byte) {
			n := nonceOf(&nonce, k)
			if lengths {
				length.Seal(dst, n, two, nil)
			}
			payload.Seal(dst, n, p, nil)
			k++
		})
	}
}

// report adds what a chunk costs us, in time and allocations, and what Xray
// allocates for one of ours.
func (s *benchBody) report(b *testing.B, best float64, xray func()) {
	chunks := float64(len(s.frames))
	b.ReportMetric(best/chunks, "ns/chunk")
	b.ReportMetric(testing.AllocsPerRun(3, xray), "xray-allocs")
}
