package kcp_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"hash/fnv"
	"strings"
	"testing"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/kcp"
)

// Segments, made after the specification and not with the code under test.

func front(conv uint16, command, option byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, conv), command, option)
}

func numbers(p []byte, list ...uint32) []byte {
	for _, n := range list {
		p = binary.BigEndian.AppendUint32(p, n)
	}
	return p
}

// data has a number, the first number that its sender would resend, a payload.
func data(conv uint16, number, first uint32, payload string) []byte {
	p := numbers(front(conv, 1, 0), 7, number, first)
	return append(binary.BigEndian.AppendUint16(p, uint16(len(payload))), payload...)
}

// ack says that all before next is there, and the numbers.
func ack(conv uint16, next uint32, list ...uint32) []byte {
	return numbers(append(numbers(front(conv, 0, 0), 310, next, 7), byte(len(list))), list...)
}

func terminate(conv uint16, first, next uint32) []byte {
	return numbers(front(conv, 2, 0), first, next, 100)
}

func ping(conv uint16, first, next uint32) []byte {
	return numbers(front(conv, 3, 0), first, next, 100)
}

// closing sets the option of a segment.
func closing(p []byte) []byte {
	p[3] |= 1
	return p
}

// cover makes a datagram with v2ray's obfuscation.
func cover(segments ...[]byte) []byte {
	inner := join(segments)
	rest := append(binary.BigEndian.AppendUint16(nil, uint16(len(inner))), inner...)
	h := fnv.New32a()
	h.Write(rest)
	p := append(h.Sum(nil), rest...)
	for i := 4; i < len(p); i++ {
		p[i] ^= p[i-4]
	}
	return p
}

// seal makes a datagram with a seed.
func seal(seed string, segments ...[]byte) []byte {
	key := sha256.Sum256([]byte(seed))
	block, _ := aes.NewCipher(key[:16])
	aead, _ := cipher.NewGCM(block)
	nonce := []byte("twelve bytes")
	return aead.Seal(nonce, nonce, join(segments), nil)
}

func join(segments [][]byte) (out []byte) {
	for _, s := range segments {
		out = append(out, s...)
	}
	return out
}

// step is a datagram, or the close of a side.
type step struct {
	from flow.Side
	at   float64 // seconds
	p    []byte
	how  flow.How
}

func sent(from flow.Side, at float64, p []byte) step { return step{from: from, at: at, p: p} }

// play pushes steps through the stage and gives the conversations. It fails if
// the stage breaks a promise or keeps some of its room.
func play(t *testing.T, o kcp.Options, steps ...step) talks {
	t.Helper()
	var got talks
	const all = 1 << 20
	o.Meter = flow.NewMeter(all)
	rec := &flow.Record{Network: flow.UDP, Datagrams: true, Began: true}
	sink := kcp.Open(rec, flow.A, &got, o)
	for _, s := range steps {
		rec.Latest++
		rec.Packets[s.from]++
		if s.p == nil {
			sink.Close(s.from, seconds(s.at), s.how)
			continue
		}
		sink.Data(s.from, seconds(s.at), append([]byte(nil), s.p...))
	}
	sink.Finish()
	for _, k := range got {
		if k.broken != "" || !k.finished {
			t.Errorf("a promise was broken: %s, finished %v", k.broken, k.finished)
		}
	}
	if !o.Meter.Take(all) {
		t.Error("room is kept")
	}
	return got
}

func seconds(s float64) flow.Time { return flow.Time(s * 1e9) }

// text gives the calls of all conversations.
func (s talks) text() string {
	var out []string
	for _, k := range s {
		out = append(out, strings.Join(k.calls, ", "))
	}
	return strings.Join(out, " | ")
}

// many gives n pings of one side, a millisecond apart.
func many(n int, from flow.Side, at float64, p []byte) (out []step) {
	for i := range n {
		out = append(out, sent(from, at+float64(i)/1000, p))
	}
	return out
}

func steps(parts ...any) (out []step) {
	for _, p := range parts {
		switch p := p.(type) {
		case step:
			out = append(out, p)
		case []step:
			out = append(out, p...)
		}
	}
	return out
}
