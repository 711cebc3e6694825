package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"vmesskit/codec"
)

// A formula is computed as it is printed, with nothing of the codec: names are
// looked up in a trace, functions are those of the standard library. So what
// FORMAT.md says is what the codec does.

// formula computes one, token by token.
type formula struct {
	rest []string
	vars func(name string) ([]byte, bool)
	aead codec.Security
	draw map[string]*sha3.SHAKE // streams under way, by what they were started with
}

var tokens = regexp.MustCompile(`"[^"]*"|\|\||[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*|-?[0-9]+|[()\[\]:,]`)

// compute gives the bytes of a formula.
func (f formula) compute(text string) (out []byte, err error) {
	text, _, _ = strings.Cut(text, ";")
	f.rest = tokens.FindAllString(text, -1)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %v", text, p)
		}
	}()
	out = f.sum()
	if len(f.rest) > 0 {
		panic(fmt.Sprint("left over: ", f.rest))
	}
	return out, nil
}

func (f *formula) next() string {
	if len(f.rest) == 0 {
		return ""
	}
	t := f.rest[0]
	f.rest = f.rest[1:]
	return t
}

// take uses up a token if it is there.
func (f *formula) take(t string) bool {
	if len(f.rest) == 0 || f.rest[0] != t {
		return false
	}
	f.rest = f.rest[1:]
	return true
}

func (f *formula) sum() []byte {
	out := f.term()
	for {
		switch {
		case f.take("||"):
			out = slices.Concat(out, f.term())
		case f.take("XOR"):
			b := f.term()
			for i := range out {
				out[i] ^= b[i]
			}
		default:
			return out
		}
	}
}

func (f *formula) term() []byte {
	if f.take("next") { // next 2 bytes of SHAKE128(iv)
		n, _ := strconv.Atoi(f.next())
		f.rest = f.rest[3:] // bytes of SHAKE128
		return f.shake(f.args()[0], n)
	}
	f.take("request") // request body-key is the same in both directions
	name := f.next()
	out, ok := f.vars(name)
	switch {
	case strings.HasPrefix(name, `"`):
		out = []byte(strings.Trim(name, `"`))
	case len(f.rest) > 0 && f.rest[0] == "(":
		out = f.call(name, f.args())
	case !ok:
		panic("no value of " + name)
	}
	out = bytes.Clone(out)
	if f.take("[") {
		out = f.slice(out)
	}
	return out
}

func (f *formula) slice(b []byte) []byte {
	from, to := 0, len(b)
	if n, err := strconv.Atoi(f.rest[0]); err == nil {
		from = n
		f.next()
	}
	f.take(":")
	if n, err := strconv.Atoi(f.rest[0]); err == nil {
		if to = n; n < 0 {
			to = len(b) + n
		}
		f.next()
	}
	f.take("]")
	return b[from:to]
}

func (f *formula) args() (out [][]byte) {
	f.take("(")
	for !f.take(")") {
		out = append(out, f.sum())
		f.take(",")
	}
	return out
}

func (f *formula) shake(seed []byte, n int) []byte {
	s := f.draw[string(seed)]
	if s == nil {
		s = sha3.NewSHAKE128()
		s.Write(seed)
		f.draw[string(seed)] = s
	}
	out := make([]byte, n)
	s.Read(out)
	return out
}

func (f *formula) call(name string, a [][]byte) []byte {
	switch name {
	case "BE16":
		return a[0]
	case "MD5":
		sum := md5.Sum(a[0])
		return sum[:]
	case "SHA256":
		sum := sha256.Sum256(a[0])
		return sum[:]
	case "CRC32":
		return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(a[0]))
	case "FNV1a":
		return hashed(fnv.New32a(), a[0])
	case "HMAC-MD5":
		return hashed(hmac.New(md5.New, a[0]), a[1])
	case "KDF":
		return kdf(a[0], a[1:])
	case "KDF16":
		return kdf(a[0], a[1:])[:16]
	case "AES":
		out := make([]byte, 16)
		block(a[0]).Encrypt(out, a[1])
		return out
	case "CFB":
		return cfb(a[0], a[1], a[2])
	case "GCM":
		return sealed(cipher.NewGCM, block(a[0]), a[1:])
	case "AEAD":
		if f.aead == codec.SecurityChaCha20Poly1305 {
			first := md5.Sum(a[0])
			second := md5.Sum(first[:])
			return sealed(chacha20poly1305.New, append(first[:], second[:]...), a[1:])
		}
		return sealed(cipher.NewGCM, block(a[0]), a[1:])
	}
	panic("no function " + name)
}

func hashed(h hash.Hash, b []byte) []byte {
	h.Write(b)
	return h.Sum(nil)
}

// kdf nests one HMAC in the other, as FORMAT.md tells it.
func kdf(key []byte, labels [][]byte) []byte {
	level := func() hash.Hash { return hmac.New(sha256.New, []byte("VMess AEAD KDF")) }
	for _, label := range labels {
		below := level
		level = func() hash.Hash { return hmac.New(below, label) }
	}
	return hashed(level(), key)
}

func block(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	return b
}

func sealed[K any](of func(K) (cipher.AEAD, error), key K, a [][]byte) []byte {
	c, err := of(key)
	if err != nil {
		panic(err)
	}
	var data []byte
	if len(a) > 2 {
		data = a[2]
	}
	return c.Seal(nil, a[0], a[1], data)
}

// cfb encrypts byte by byte: the block that is fed back is the last 16 bytes
// of the output, or of the IV.
func cfb(key, iv, text []byte) []byte {
	b, out := block(key), bytes.Clone(iv)
	stream := make([]byte, 16)
	for i := range text {
		if i%16 == 0 {
			b.Encrypt(stream, out[i:])
		}
		out = append(out, text[i]^stream[i%16])
	}
	return out[16:]
}

// Each derived value of each session is what its formula gives.
func TestFormulasOfDerivedValues(t *testing.T) {
	for i, talk := range exampleTalks() {
		e, err := talk.run()
		if err != nil {
			t.Fatal(err)
		}
		f := formula{aead: talk.header.Security, draw: map[string]*sha3.SHAKE{}}
		for _, b := range e.trace.Buffers {
			if !b.Derived() {
				continue
			}
			if !slices.ContainsFunc(surroundings(e.trace, &b), func(vars func(string) ([]byte, bool)) bool {
				f.vars = vars
				got, err := f.compute(b.Formula)
				return err == nil && bytes.Equal(got, b.Data)
			}) {
				t.Errorf("session %d: %s is %x, which is not %s", i, b.Field, b.Data, b.Formula)
			}
		}
	}
}

// surroundings gives what the names in a formula can stand for: a derived value
// knows its chunk, and with it the direction, or may belong to any key.
func surroundings(trace *codec.Trace, b *codec.Buffer) (out []func(string) ([]byte, bool)) {
	down, chunk := false, 0
	if b.From >= 0 {
		at := trace.Spans[b.From]
		down = trace.Buffers[at.Buffer].Field == codec.FieldServerWire
		for _, s := range trace.Spans[:b.From] {
			if s.Field == codec.FieldChunk && s.Buffer == at.Buffer {
				chunk++
			}
		}
	}
	for _, key := range []string{"body-key", "response-key", "length-key"} {
		alias := map[string]string{"key": key, "iv": "body-iv", "time": "auth-time"}
		if down {
			alias["iv"] = "response-iv"
		}
		out = append(out, func(name string) ([]byte, bool) {
			if name == "chunk" {
				return binary.BigEndian.AppendUint16(nil, uint16(chunk)), true
			}
			return lookup(trace, alias, name)
		})
	}
	return out
}

// lookup finds the first bytes with a name.
func lookup(trace *codec.Trace, alias map[string]string, name string) ([]byte, bool) {
	if to := alias[name]; to != "" {
		name = to
	}
	switch name {
	case "id":
		return sampleID[:], true
	case "auth-time":
		return binary.BigEndian.AppendUint64(nil, sampleTime), true
	}
	for i := range trace.Buffers {
		if b := &trace.Buffers[i]; b.Field.String() == name {
			return b.Data, true
		}
	}
	for _, s := range trace.Spans {
		if s.Field.String() == name {
			return trace.Buffers[s.Buffer].Data[s.Off : s.Off+s.Len], true
		}
	}
	for _, s := range trace.Spans {
		if s.Field == codec.FieldChunk && name == "chunk-length" { // under a mask it is on no wire
			return binary.BigEndian.AppendUint16(nil, uint16(s.Len-2)), true
		}
	}
	return nil, false
}

// Each sealed, hashed or masked value is what its formula gives, in all
// sessions that have it.
func TestFormulasOfSeals(t *testing.T) {
	talks := exampleTalks()
	to := codec.SwitchAccount{Port: 4433, ID: sampleID, Host: "192.0.2.7"}
	for _, s := range []codec.Scheme{codec.AEAD, codec.Legacy} {
		talks = append(talks, talk{scheme: s, header: exampleHeader(), answer: codec.ResponseHeader{Switch: &to}})
	}
	seen := map[string]int{}
	for i, talk := range talks {
		e, err := talk.run()
		if err != nil {
			t.Fatal(err)
		}
		f := formula{aead: talk.header.Security, vars: func(name string) ([]byte, bool) {
			return lookup(e.trace, map[string]string{"key": "body-key", "iv": "body-iv", "time": "auth-time"}, name)
		}}
		for _, s := range slices.Concat(seals...) {
			made, err := f.compute(s.made)
			if err != nil {
				continue // not in this session
			}
			seen[s.made]++
			if of, err := f.compute(s.of); err != nil || !bytes.Equal(of, made) {
				t.Errorf("session %d: %s is %x, but %s is %x, %v", i, s.made, made, s.of, of, err)
			}
		}
	}
	for _, s := range slices.Concat(seals...) {
		if seen[s.made] == 0 {
			t.Errorf("no session has %s", s.made)
		}
	}
}

func TestFormulaOfAlterIDs(t *testing.T) {
	f := formula{vars: func(string) ([]byte, bool) { return sampleID[:], true }}
	got, err := f.compute(alterIDs)
	if want := codec.NextAlterID(sampleID); err != nil || !bytes.Equal(got, want[:]) {
		t.Errorf("got %x, %v, want %x", got, err, want)
	}
}
