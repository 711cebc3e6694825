package explain

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"hash/crc32"

	"golang.org/x/crypto/chacha20poly1305"

	"vmesskit/codec"
)

// kdfRoot keys the innermost HMAC of the derivation.
const kdfRoot = "VMess AEAD KDF"

// sum is KDF(key, path...), the way these rules have it.
func (r *kdfRules) sum(key []byte, path ...[]byte) [32]byte {
	root := []byte(kdfRoot)
	if r.noRoot {
		root = nil
	}
	switch r.shape {
	case kdfCascade:
		out := r.innermost(key)
		for _, p := range path {
			out = mac(p, out)
		}
		return [32]byte(out)
	case kdfCascadeKeyed:
		out := r.innermost(key)
		for _, p := range path {
			out = mac(out, p)
		}
		return [32]byte(out)
	case kdfCascadeLast:
		for _, p := range path {
			root = mac(root, p)
		}
		return [32]byte(mac(root, key))
	case kdfSwapped:
		return r.nested(joined(path...), [][]byte{key})
	case kdfReversed:
		turned := make([][]byte, len(path))
		for i, p := range path {
			turned[len(path)-1-i] = p
		}
		return r.nested(key, turned)
	case kdfFlat:
		return [32]byte(r.innermost(joined(append([][]byte{key}, path...)...)))
	}
	return r.nested(key, path)
}

// nested is the derivation's right shape.
func (r *kdfRules) nested(key []byte, path [][]byte) (out [32]byte) {
	if !r.noRoot {
		return codec.KDF(key, path...)
	}
	level := sha256.New
	for _, p := range path {
		below := level
		level = func() hash.Hash { return hmac.New(below, p) }
	}
	h := level()
	h.Write(key)
	h.Sum(out[:0])
	return out
}

func (r *kdfRules) innermost(msg []byte) []byte {
	if r.noRoot {
		out := sha256.Sum256(msg)
		return out[:]
	}
	return mac([]byte(kdfRoot), msg)
}

// key derives a key, nonce a nonce.
func (r *kdfRules) key(key []byte, path ...[]byte) []byte {
	out := r.sum(key, path...)
	if r.longKeys {
		return out[:]
	}
	return out[:16]
}

func (r *kdfRules) nonce(key []byte, path ...[]byte) []byte {
	out := r.sum(key, path...)
	if r.nonceTail {
		return out[20:]
	}
	return out[:12]
}

func mac(key, msg []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(msg)
	return h.Sum(nil)
}

func joined(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// cmdKeySalt is what the command key is made with.
const cmdKeySalt = "c48619fe-8f02-49e0-b9e9-edf763e17e21"

// commandKey is the key of a user. used is the id that authenticates.
func (m *model) commandKey(id, used codec.ID) [16]byte {
	if m.cmdKey == cmdKeyOfAlter {
		id = used
	}
	id = m.id.bytes(id)
	switch m.cmdKey {
	case cmdKeyUnsalted:
		return md5.Sum(id[:])
	case cmdKeySaltFirst:
		return md5.Sum(append([]byte(cmdKeySalt), id[:]...))
	case cmdKeySaltBytes:
		salt, _ := codec.ParseUUID(cmdKeySalt)
		return md5.Sum(append(id[:], salt[:]...))
	case cmdKeyOfText:
		return md5.Sum([]byte(id.String() + cmdKeySalt))
	}
	return id.CmdKey()
}

// bytes are those of an id as the implementation has it.
func (r idRule) bytes(id codec.ID) codec.ID {
	if r == idAsGUID {
		id[0], id[1], id[2], id[3] = id[3], id[2], id[1], id[0]
		id[4], id[5], id[6], id[7] = id[5], id[4], id[7], id[6]
	}
	return id
}

// bytes writes a time.
func (r timeRule) bytes(t int64) []byte {
	switch r {
	case timeLE64:
		return binary.LittleEndian.AppendUint64(nil, uint64(t))
	case timeBE32:
		return binary.BigEndian.AppendUint32(nil, uint32(t))
	case timeMillis:
		t *= 1000
	}
	return binary.BigEndian.AppendUint64(nil, uint64(t))
}

// read reads the time of an auth id.
func (r timeRule) read(b []byte) int64 {
	t := int64(binary.BigEndian.Uint64(b))
	switch r {
	case timeLE64:
		return int64(binary.LittleEndian.Uint64(b))
	case timeMillis:
		return t / 1000
	}
	return t
}

// crc writes the checksum of an auth id, fnv that of anything else.
func (r sumRule) crc(b []byte) []byte {
	switch r {
	case sumOther:
		return be32(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	case sumSwapped:
		return be32(fnv1a(b))
	case sumLittle:
		return binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b))
	}
	return be32(crc32.ChecksumIEEE(b))
}

func (r sumRule) fnv(b []byte) []byte {
	switch r {
	case sumOther:
		h := uint32(0x811C9DC5)
		for _, c := range b {
			h = h*0x01000193 ^ uint32(c)
		}
		return be32(h)
	case sumSwapped:
		return be32(crc32.ChecksumIEEE(b))
	case sumLittle:
		return binary.LittleEndian.AppendUint32(nil, fnv1a(b))
	}
	return be32(fnv1a(b))
}

func be32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }

func fnv1a(b []byte) uint32 {
	h := uint32(0x811C9DC5)
	for _, c := range b {
		h = (h ^ uint32(c)) * 0x01000193
	}
	return h
}

// legacyAuth is the auth of a legacy request made at t.
func (m *model) legacyAuth(id codec.ID, cmdKey [16]byte, t int64) [16]byte {
	key := m.id.bytes(id)
	if m.legacy.keyed {
		key = cmdKey
	}
	k, msg := key[:], m.legacy.time.bytes(t)
	if m.legacy.swapped {
		k, msg = msg, k
	}
	h := hmac.New(md5.New, k)
	h.Write(msg)
	return [16]byte(h.Sum(nil))
}

// of is the IV of a legacy section made at t.
func (r ivRule) of(t int64) [16]byte {
	one := timeBE64.bytes(t)
	switch r {
	case ivOnce:
		return md5.Sum(one)
	case ivLittle:
		one = timeLE64.bytes(t)
	case ivShort:
		one = timeBE32.bytes(t)
	case ivRaw:
		return [16]byte(joined(one, one))
	}
	return md5.Sum(joined(one, one, one, one))
}

// stretch makes the key of ChaCha20 out of 16 bytes.
func (r chachaRule) stretch(key []byte) []byte {
	one := md5.Sum(key)
	two := md5.Sum(one[:])
	switch r {
	case chachaTwice:
		return joined(one[:], one[:])
	case chachaRaw:
		return joined(key, one[:])
	case chachaSHA256:
		out := sha256.Sum256(key)
		return out[:]
	case chachaDouble:
		return joined(key, key)
	}
	return joined(one[:], two[:])
}

// of is the nonce of chunk k.
func (r nonceRule) of(iv [16]byte, k uint64) [12]byte {
	n := [12]byte(iv[:12])
	switch r {
	case nonceXored:
		binary.BigEndian.PutUint16(n[:], binary.BigEndian.Uint16(iv[:])^uint16(k))
	case nonceLittle:
		binary.LittleEndian.PutUint16(n[:], uint16(k))
	case nonceFromOne:
		binary.BigEndian.PutUint16(n[:], uint16(k+1))
	case nonceFixed:
		n[0], n[1] = 0, 0
	case nonceIVStart:
		copy(n[2:], iv[:])
		binary.BigEndian.PutUint16(n[:], uint16(k))
	case nonceAtEnd:
		binary.BigEndian.PutUint16(n[10:], uint16(k))
	default:
		binary.BigEndian.PutUint16(n[:], uint16(k))
	}
	return n
}

// gcm makes the cipher of a key of 16 or 32 bytes.
func gcm(key []byte) cipher.AEAD {
	a, err := cipher.NewGCM(block(key))
	if err != nil {
		panic("internal error: GCM: " + err.Error())
	}
	return a
}

func block(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic("internal error: AES key: " + err.Error())
	}
	return b
}

func chacha(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.New(key)
	if err != nil {
		panic("internal error: ChaCha20-Poly1305: " + err.Error())
	}
	return a
}
