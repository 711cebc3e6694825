package tls

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"testing"

	"vmesskit/inspect/flow"
)

// sealer makes application records of TLS 1.3, as a peer does.
type sealer struct {
	aead cipher.AEAD
	iv   [12]byte
	seq  uint64
}

var benchSecret = []byte("0123456789abcdef0123456789abcdef")

func newSealer(t testing.TB, secret []byte) *sealer {
	s := suites13[0]
	block, err := aes.NewCipher(expandLabel(s, secret, "key", s.keySize))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	out := &sealer{aead: aead}
	copy(out.iv[:], expandLabel(s, secret, "iv", 12))
	return out
}

// seal appends a record with n bytes.
func (s *sealer) seal(dst []byte, n int) []byte {
	plain := make([]byte, n+1)
	plain[n] = byte(application)
	head := binary.BigEndian.AppendUint16([]byte{byte(application), 3, 3}, uint16(n+1+16))
	var nonce [12]byte
	xorSequence(&nonce, &s.iv, s.seq)
	s.seq++
	return s.aead.Seal(append(dst, head...), nonce[:], plain, head)
}

// openedStage gives a stage at the first application record of both directions,
// and its server's.
func openedStage() (*stage, *direction) {
	s := Open(record(), flow.A, nothing{}, Options{}).(*stage)
	s.settled, s.hello = true, &clientHello{}
	s.answer = &serverHello{version: tls13, suite: suites13[0]}
	g := &guess{suite: suites13[0]}
	s.guesses = []*guess{g}
	for side := range s.sides {
		d := &s.sides[side]
		d.phase, d.sealed, d.sure = running, true, true
		d.epoch = epoch13(applicationKeys, g, g.suite, benchSecret)
		d.epochs = []*epoch{d.epoch}
	}
	return s, s.of(false)
}

type nothing struct{}

func (nothing) Open(*flow.Record) flow.Sink { return flow.Discard }

// benchRecords is what the benchmarks open again and again: one MB of records.
func benchRecords(b *testing.B, size int) (wire []byte, n int) {
	s := newSealer(b, benchSecret)
	for len(wire) < 1<<20 {
		wire = s.seal(wire, size)
		n++
	}
	return wire, n
}

// BenchmarkStage opens records that lie whole in what comes: no copy, and no
// allocation. Beside it stands the bare cipher over the same records, and the
// stage where they come in TCP segments, so that each is put together first.
func BenchmarkStage(b *testing.B) {
	for _, size := range []struct {
		name string
		n    int
	}{{"1400", 1400}, {"16384", 16384}} {
		wire, n := benchRecords(b, size.n)
		buf := make([]byte, len(wire))
		b.Run("gcm/"+size.name, func(b *testing.B) { benchBare(b, wire, buf, headerSize+size.n+17) })
		b.Run("whole/"+size.name, func(b *testing.B) { benchStage(b, wire, buf, len(wire), n) })
		b.Run("segments/"+size.name, func(b *testing.B) { benchStage(b, wire, buf, 1448, n) })
	}
}

func benchBare(b *testing.B, wire, buf []byte, size int) {
	s := newSealer(b, benchSecret)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		copy(buf, wire)
		s.seq = 0
		for p := buf; len(p) > 0; p = p[size:] {
			var nonce [12]byte
			xorSequence(&nonce, &s.iv, s.seq)
			s.seq++
			if _, err := s.aead.Open(p[headerSize:headerSize], nonce[:], p[headerSize:size], p[:headerSize]); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchStage(b *testing.B, wire, buf []byte, size, records int) {
	s, d := openedStage()
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		copy(buf, wire)
		d.epoch.seq = 0
		for p := buf; len(p) > 0; {
			n := min(size, len(p))
			s.Data(flow.B, 0, p[:n:n])
			p = p[n:]
		}
		if d.epoch.seq != uint64(records) || s.layer.Halt != flow.Running {
			b.Fatalf("%d of %d records: %s", d.epoch.seq, records, s.layer.Why)
		}
	}
}

// TestNoAllocation opens a record of each form again and again. One that lies
// whole in what comes needs no memory.
func TestNoAllocation(t *testing.T) {
	all, measured := victims(t), 0
	for name, r := range all {
		s := Open(record(), flow.A, nothing{}, r.options(t)).(*stage)
		d := s.of(false)
		for _, x := range r.steps {
			if x.from == flow.A || !d.spoke { // the server's first words are not among the last
				s.Data(x.from, 0, bytes.Clone(x.p))
				continue
			}
			buf, e := bytes.Clone(x.p), *d.epoch
			c, chained := e.protection.(*cbcHMAC)
			var last [blockSize]byte
			if chained {
				last = c.last
			}
			n := testing.AllocsPerRun(50, func() {
				if d.epoch.seq = e.seq; chained {
					c.last = last
				}
				copy(buf, x.p)
				s.Data(flow.B, 0, buf)
			})
			if n != 0 || s.layer.Halt != flow.Running || d.epoch.seq == e.seq {
				t.Errorf("%s: %v allocations, %d records, %s", name, n, d.epoch.seq-e.seq, s.layer.Why)
			}
			measured++
			break
		}
	}
	if measured != len(all) {
		t.Errorf("%d of %d were measured", measured, len(all))
	}
}
