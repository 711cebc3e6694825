package handshake_test

import (
	"encoding/binary"
	"runtime"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// crowd is a server with n accounts, Alice the last.
func crowd(b *testing.B, n int) *handshake.Server {
	accounts := make([]codec.Account, n)
	for i := range accounts {
		binary.BigEndian.PutUint32(accounts[i].ID[:], uint32(i))
	}
	accounts[n-1] = codec.Account{ID: alice, AlterIDs: 4}
	return newServer(b, legacyPolicy, accounts...)
}

// A second has a thousand connections, so that the memory is as full as it
// gets: with all that were accepted in 241 seconds.
func benchAccept(b *testing.B, cfg handshake.Config, users int) {
	s := crowd(b, users)
	requests := make([][]byte, 1000)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		at := int64(now + i/1000)
		if i%1000 == 0 {
			b.StopTimer()
			for j := range requests {
				requests[j] = request(b, cfg, at, uint64(i+j), "")
			}
			b.StartTimer()
		}
		c, d := try(b, s, requests[i%1000], at)
		if d.Action != handshake.Accept {
			b.Fatal(c.Reason())
		}
		i++
	}
}

func BenchmarkAcceptAEAD(b *testing.B)        { benchAccept(b, aead(), 1) }
func BenchmarkAcceptAEADof1000(b *testing.B)  { benchAccept(b, aead(), 1000) }
func BenchmarkAcceptLegacy(b *testing.B)      { benchAccept(b, legacy(), 1) }
func BenchmarkRejectNoiseOf1(b *testing.B)    { benchNoise(b, 1) }
func BenchmarkRejectNoiseOf1000(b *testing.B) { benchNoise(b, 1000) }
func BenchmarkRequestAEAD(b *testing.B)       { benchRequest(b, aead()) }
func BenchmarkRequestLegacy(b *testing.B)     { benchRequest(b, legacy()) }

func benchNoise(b *testing.B, users int) {
	s := crowd(b, users)
	noise := make([]byte, 16)
	try(b, s, noise, now)
	b.ReportAllocs()
	for b.Loop() {
		try(b, s, noise, now)
	}
}

func benchRequest(b *testing.B, cfg handshake.Config) {
	e := entropy(1)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		c, err := handshake.NewClient(cfg, now, e)
		if err != nil {
			b.Fatal(err)
		}
		if dst, err = c.Request(dst[:0], nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFullMemory tells how much DefaultMemory is in bytes.
func BenchmarkFullMemory(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		held := handshake.FillMemory(handshake.DefaultMemory)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		runtime.KeepAlive(held)
	}
}
