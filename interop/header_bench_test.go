package interop

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/xtls/xray-core/proxy/vmess/aead"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// headerFloor is what a request header cannot do without: the blocks of its
// derivations and the keys of two ciphers.
func headerFloor(blocks int) func() {
	h := sha256.New()
	in, key := make([]byte, blocks*sha256.BlockSize), make([]byte, 16)
	return func() {
		h.Write(in)
		for range 2 {
			block, _ := aes.NewCipher(key)
			cipher.NewGCM(block)
		}
	}
}

// BenchmarkOpenHeader opens a request header whose user is known. Beside it
// are what that cannot do without (x-raw) and Xray's (x-xray), which leaves the
// command section as bytes.
func BenchmarkOpenHeader(b *testing.B) {
	key, wire := testID.CmdKey(), sealedHeader(b, now(), 1)
	from := codec.Sender{Scheme: codec.AEAD, Key: key, Time: now(), Alter: codec.Primary}
	beside(b, func() {
		if _, _, err := codec.NewRequestOpener(from).Open(wire); err != nil {
			b.Fatal(err)
		}
	}, way{"raw", headerFloor(80)}, way{"xray", func() {
		if _, _, _, err := aead.OpenVMessAEADHeader(key, [16]byte(wire), bytes.NewReader(wire[16:])); err != nil {
			b.Fatal(err)
		}
	}})
}

// BenchmarkSealHeader seals one, with randomness from the system; Xray's client
// draws its session's keys as well.
func BenchmarkSealHeader(b *testing.B) {
	h, key, at := benchHeader(), testID.CmdKey(), now()
	dst := make([]byte, 0, 512)
	x := xrayHeader(h, testID)
	beside(b, func() {
		if _, err := codec.SealRequest(dst, key, h, at, system); err != nil {
			b.Fatal(err)
		}
	}, way{"raw", headerFloor(84)}, way{"xray", func() {
		if err := newXrayClient().EncodeRequestHeader(x, io.Discard); err != nil {
			b.Fatal(err)
		}
	}})
}

// BenchmarkServe is all that a server does with the header of a new
// connection: it finds the user, asks its memory for a replay, opens, judges,
// remembers. Each header comes once to each server.
func BenchmarkServe(b *testing.B) {
	// A long run has more handshakes than a memory of the usual size takes.
	ours, err := handshake.NewServer(handshake.Policy{Memory: 1 << 22}, codec.Account{ID: testID})
	if err != nil {
		b.Fatal(err)
	}
	xray := newXrayServer(b, testID)
	serve := []func([]byte) error{
		func(w []byte) error {
			conn, err := ours.NewConn(system)
			if err != nil {
				return err
			}
			return conn.Feed(w, now()).Err()
		},
		func(w []byte) error {
			_, err := xray.session().DecodeRequestHeader(bytes.NewReader(w), true)
			return err
		},
	}
	sealed := uint64(0)
	fresh := func() (wires [][]byte) {
		for range 256 {
			sealed++
			wires = append(wires, sealedHeader(b, now(), sealed))
		}
		return wires
	}
	all := func(who int, wires [][]byte) time.Duration {
		start := time.Now()
		for _, w := range wires {
			if err := serve[who](w); err != nil {
				b.Fatal(err)
			}
		}
		return time.Since(start) / time.Duration(len(wires))
	}
	b.ReportAllocs()
	var left [][]byte
	for b.Loop() {
		if len(left) == 0 {
			b.StopTimer()
			left = fresh()
			b.StartTimer()
		}
		all(0, left[:1])
		left = left[1:]
	}

	best := [2]time.Duration{time.Hour, time.Hour}
	for range 30 {
		wires := fresh()
		for who := range best {
			best[who] = min(best[who], all(who, wires))
		}
	}
	b.ReportMetric(float64(best[0]), "best-ns")
	b.ReportMetric(float64(best[1])/float64(best[0]), "x-xray")
}

func benchHeader() *codec.RequestHeader {
	h := &codec.RequestHeader{Security: codec.SecurityAES128GCM, Option: codec.ChunkStream | codec.ChunkMasking,
		Command: codec.CommandTCP, Address: codec.HostPort("example.com", 443), Padding: make([]byte, 7)}
	copy(h.BodyKey[:], random(1, 16))
	return h
}

// sealedHeader is a request that was not sent before.
func sealedHeader(b *testing.B, at int64, number uint64) []byte {
	h := benchHeader()
	binary.BigEndian.PutUint64(h.BodyIV[:], number)
	wire, err := codec.SealRequest(nil, testID.CmdKey(), h, at, system)
	if err != nil {
		b.Fatal(err)
	}
	return wire
}

// BenchmarkMatch looks for a user who is not there: every key is tried. The
// codec's own BenchmarkMatchMiss has the primitive beside it, over the same
// keys in the same memory.
func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{1, 100, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			users, xray := codec.NewUsers(), newXrayServer(b)
			for i := range n {
				id := codec.ID(random(uint64(i), 16))
				binary.BigEndian.PutUint32(id[:], uint32(i))
				users.Add(codec.Account{ID: id})
				xray.users.Add(xrayUser(id))
			}
			auth := [16]byte(sealedHeader(b, now(), 1))
			window := codec.Around(now(), 120)
			best := beside(b, func() {
				if _, ok := users.Match(auth, window); ok {
					b.Fatal("a stranger matched")
				}
			}, way{"xray", func() {
				if _, ok, _ := xray.users.GetAEAD(auth[:]); ok {
					b.Fatal("a stranger matched")
				}
			}})
			b.ReportMetric(best/float64(n), "ns/user")
		})
	}
}
