package codec_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"vmesskit/codec"
)

type primitives struct {
	Key, IV hexBlock
	Masks   []uint16 `json:"shake_masks_no_padding"`
	Both    []struct {
		Padding int `json:"padding_len"`
		Mask    uint16
	} `json:"shake_padding_then_mask"`
	Paddings []int `json:"shake_padding_only_with_authenticated_length"`
	FNV1a    []struct {
		Input hexBytes
		Sum   uint32 `json:"fnv1a32"`
	}
	Nonces []struct {
		Chunk uint64
		Nonce hexBytes
	} `json:"chunk_nonce"`
	LengthKey       hexBlock `json:"auth_len_key16"`
	ChaChaKey       hexBytes `json:"chacha20_key_of_key"`
	ChaChaLengthKey hexBytes `json:"chacha20_key_of_auth_len"`
	CFB             hexBytes `json:"aes128_cfb_encrypt_00_to_27"`
	Lengths         []struct {
		Chunk    uint64
		Security string
		Total    int `json:"total_len"`
		Wire     hexBytes
	} `json:"authenticated_length_fields"`
}

func testPrimitives(t *testing.T, f primitives) {
	body := func(s codec.Security, o codec.Option) codec.Body {
		return codec.Body{Security: s, Option: o, Key: f.Key, IV: f.IV, LengthKey: f.Key, LengthIV: f.IV}
	}
	const (
		masked = codec.ChunkStream | codec.ChunkMasking
		padded = masked | codec.GlobalPadding
	)

	t.Run("draws", func(t *testing.T) {
		if got := codec.MaskDraws(f.IV, len(f.Masks)); !slices.Equal(got, f.Masks) {
			t.Errorf("SHAKE128: got %v, want %v", got, f.Masks)
		}
		for i, d := range codec.ChunkDraws(body(codec.SecurityAES128GCM, masked), len(f.Masks)) {
			same(t, fmt.Sprintf("masking, chunk %d", i), d, codec.ChunkDraw{Mask: f.Masks[i]})
		}
		for i, d := range codec.ChunkDraws(body(codec.SecurityAES128GCM, padded), len(f.Both)) {
			same(t, fmt.Sprintf("padding and masking, chunk %d", i), d, codec.ChunkDraw{Padding: f.Both[i].Padding, Mask: f.Both[i].Mask})
		}
		for i, d := range codec.ChunkDraws(body(codec.SecurityAES128GCM, padded|codec.AuthenticatedLength), len(f.Paddings)) {
			same(t, fmt.Sprintf("padding with sealed lengths, chunk %d", i), d, codec.ChunkDraw{Padding: f.Paddings[i]})
		}
	})

	t.Run("checksums", func(t *testing.T) {
		for _, v := range f.FNV1a {
			same(t, fmt.Sprintf("FNV-1a of %x", v.Input), codec.FNV1a(v.Input), v.Sum)
		}
	})

	t.Run("keys", func(t *testing.T) {
		for _, v := range f.Nonces {
			sameBytes(t, fmt.Sprintf("nonce of chunk %d", v.Chunk), codec.ChunkNonce(f.IV, v.Chunk), v.Nonce)
		}
		length := codec.KDF(f.Key[:], []byte("auth_len"))
		sameBytes(t, "key of sealed lengths", length[:16], f.LengthKey[:])
		for key, want := range map[hexBlock]hexBytes{f.Key: f.ChaChaKey, f.LengthKey: f.ChaChaLengthKey} {
			long := codec.ChaChaKey(key)
			sameBytes(t, "ChaCha20 key", long[:], want)
		}
	})

	t.Run("lengths", func(t *testing.T) {
		securities := map[string]codec.Security{
			codec.SecurityAES128GCM.String():        codec.SecurityAES128GCM,
			codec.SecurityChaCha20Poly1305.String(): codec.SecurityChaCha20Poly1305,
		}
		for _, v := range f.Lengths {
			name := fmt.Sprintf("%s, chunk %d", v.Security, v.Chunk)
			s, ok := securities[v.Security]
			if !ok {
				t.Fatalf("%s: unknown security", name)
			}
			b := body(s, codec.ChunkStream|codec.AuthenticatedLength)
			sameBytes(t, name, codec.AppendLengthField(b, v.Chunk, v.Total), v.Wire)
			total, end, err := codec.ReadLengthField(b, v.Chunk, v.Wire)
			noError(t, name, err)
			same(t, name+": length", total, v.Total)
			same(t, name+": end", end, v.Total == 16)
		}
	})

	t.Run("cfb", func(t *testing.T) {
		plain := make([]byte, len(f.CFB))
		for i := range plain {
			plain[i] = byte(i)
		}
		for _, step := range []int{1, 3, 16, 17, len(plain)} {
			encrypt, decrypt := codec.NewCFBStream(f.Key[:], f.IV[:]), codec.NewCFBStream(f.Key[:], f.IV[:])
			sealed, opened := bytes.Clone(plain), bytes.Clone(f.CFB)
			for at := 0; at < len(plain); at += step {
				end := min(at+step, len(plain))
				encrypt.Encrypt(sealed[at:end], sealed[at:end])
				ahead := make([]byte, len(plain)-at)
				decrypt.Peek(ahead, opened[at:])
				sameBytes(t, fmt.Sprintf("CFB by %d bytes, peeked at %d", step, at), ahead, plain[at:])
				decrypt.Decrypt(opened[at:end], opened[at:end])
			}
			sameBytes(t, fmt.Sprintf("CFB by %d bytes, encrypted", step), sealed, f.CFB)
			sameBytes(t, fmt.Sprintf("CFB by %d bytes, decrypted", step), opened, plain)
		}
	})
}
