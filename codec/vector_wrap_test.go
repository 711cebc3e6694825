package codec_test

import (
	"fmt"
	"testing"

	"vmesskit/codec"
)

type nonceWrap struct {
	bodySecrets
	Vectors []struct {
		Security codec.Security
		Option   codec.Option
		Chunk    uint64 `json:"chunk_index"`
		Payload  hexBytes
		Wire     hexBytes
	}
}

// testNonceWrap runs each stream past its 65536th chunk, where the nonces
// begin again.
func testNonceWrap(t *testing.T, f nonceWrap) {
	type stream struct {
		security codec.Security
		option   codec.Option
	}
	want := map[stream]map[uint64][]byte{}
	last := map[stream]uint64{}
	for _, v := range f.Vectors {
		s := stream{v.Security, v.Option}
		if want[s] == nil {
			want[s] = map[uint64][]byte{}
		}
		want[s][v.Chunk] = v.Wire
		last[s] = max(last[s], v.Chunk)
		sameBytes(t, "payload", v.Payload, f.Vectors[0].Payload)
	}
	payload := f.Vectors[0].Payload
	for s, chunks := range want {
		t.Run(bodyName(s.security, s.option, codec.CommandTCP), func(t *testing.T) {
			h := codec.RequestHeader{BodyKey: f.Key, BodyIV: f.IV, Security: s.security, Option: s.option, Command: codec.CommandTCP}
			sealer, err := codec.NewSealer(h.RequestBody(), filled(recorded))
			noError(t, "sealer", err)
			opener, err := codec.NewOpener(h.RequestBody())
			noError(t, "opener", err)
			var wire []byte
			for k := range last[s] + 1 {
				wire, err = sealer.Seal(wire[:0], payload)
				noError(t, "sealing", err)
				if recorded, ok := chunks[k]; ok {
					sameBytes(t, fmt.Sprintf("chunk %d", k), wire, recorded)
				}
				got, n, err := opener.OpenInPlace(wire)
				if err != nil || n != len(wire) || string(got) != string(payload) {
					t.Fatalf("chunk %d: opened %x, %d bytes used, %v, want %x", k, got, n, err, payload)
				}
			}
			same(t, "chunks", opener.Chunks(), last[s]+1)
		})
	}
}
