package codec_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmesskit/codec"
)

// The vectors were recorded from other implementations. They are what keeps
// reader and writer, which share each layout, from sharing a mistake.
const vectorDir = "../testdata/vectors"

// vectorTests has the test of each file.
var vectorTests = map[string]func(*testing.T, []byte){
	"worked_example":   reads(testWorkedExample),
	"v2fly_primitives": reads(testPrimitives),

	"v2fly_ids": reads(testV2flyIDs),
	"xray_ids":  reads(testXrayIDs),
	"sing_ids":  reads(testSingIDs),

	"v2fly_kdf":         reads(testKDF),
	"xray_kdf_authid":   reads(testXrayKDF),
	"v2fly_authid":      reads(testAuthID),
	"v2fly_legacy_auth": reads(testLegacyAuth),

	"v2fly_request_headers":   reads(testRequestHeaders),
	"sing_requests":           reads(testSingRequests),
	"v2fly_header_acceptance": reads(testHeaderAcceptance),
	"v2fly_response_headers":  reads(testResponseHeaders),

	"v2fly_bodies_aead_header":   reads(testBodies),
	"v2fly_bodies_legacy_header": reads(testBodies),
	"xray_bodies_aead_header":    reads(testBodies),
	"sing_body_writers":          reads(testSingBodies),
	"v2fly_body_acceptance":      reads(testBodyAcceptance),
	"v2fly_nonce_wrap":           reads(testNonceWrap),

	"v2ray434_captures": reads(testCaptures),
	"sing_sessions":     reads(testSingSessions),
}

// muxVectors are of what a body carries: the tests in muxTests read them.
var muxVectors = map[string]bool{
	"v2fly_mux": true, "xray_mux_xudp": true, "sing_mux_server": true, "sing_mux_xudp": true, "v2fly_packetaddr": true,
}

const muxTests = "mux/vectors_test.go"

// reads makes a test of a file's content out of one of its values.
func reads[T any](test func(*testing.T, T)) func(*testing.T, []byte) {
	return func(t *testing.T, file []byte) {
		var v T
		if err := json.Unmarshal(file, &v); err != nil {
			t.Fatal(err)
		}
		test(t, v)
	}
}

// TestVectors runs the test of every file in the directory; a file that
// nobody reads fails.
func TestVectors(t *testing.T) {
	paths, err := filepath.Glob(vectorDir + "/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors in %s: %v", vectorDir, err)
	}
	elsewhere, err := os.ReadFile(muxTests)
	noError(t, "tests of mux", err)
	found := map[string]bool{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		found[name] = true
		if muxVectors[name] {
			if !bytes.Contains(elsewhere, []byte(`"`+name+`"`)) {
				t.Errorf("%s: not read in %s", name, muxTests)
			}
			continue
		}
		t.Run(name, func(t *testing.T) {
			test, ok := vectorTests[name]
			if !ok {
				t.Fatal("no test reads this file")
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			test(t, file)
		})
	}
	for name := range muxVectors {
		if !found[name] {
			t.Errorf("%s: is gone", name)
		}
	}
	for name := range vectorTests {
		if !found[name] {
			t.Errorf("%s: is gone", name)
		}
	}
}

// hexBytes is a binary value of any length.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// hexBlock is a binary value of 16 bytes.
type hexBlock [16]byte

func (h *hexBlock) UnmarshalText(text []byte) error {
	if len(text) != 32 {
		return errors.New("want 16 bytes of hex")
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// idText is an id as a UUID.
type idText struct{ codec.ID }

func (i *idText) UnmarshalText(text []byte) (err error) {
	i.ID, err = codec.ParseUUID(string(text))
	return err
}

// bodySecrets are the inputs that most vectors share.
type bodySecrets struct {
	Key hexBlock `json:"request_key"`
	IV  hexBlock `json:"request_iv"`
}

// filled is the entropy of the recordings, where every random byte was the
// same.
func filled(with byte) codec.Entropy {
	return func(b []byte) error {
		for i := range b {
			b[i] = with
		}
		return nil
	}
}

const recorded = 0xaa // that byte

func sameBytes(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func noError(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// refusal is what an error says: of which kind, at which field.
type refusal struct {
	kind  codec.Kind
	field string
}

// refusalOf gives the refusal of an error of this package, or nothing.
func refusalOf(err error) refusal {
	var e *codec.Error
	if !errors.As(err, &e) {
		return refusal{}
	}
	return refusal{e.Kind, e.Field.String()}
}

// traceBuffer gives the first buffer of a field, opened or derived.
func traceBuffer(t *testing.T, tr *codec.Trace, field string) []byte {
	t.Helper()
	for i := range tr.Buffers {
		if tr.Buffers[i].Field.String() == field {
			return tr.Buffers[i].Data
		}
	}
	t.Errorf("%s: not in the trace", field)
	return nil
}

// traceSpan gives the bytes of the first span of a field.
func traceSpan(t *testing.T, tr *codec.Trace, field string) []byte {
	t.Helper()
	for _, s := range tr.Spans {
		if s.Field.String() == field {
			return tr.Buffers[s.Buffer].Data[s.Off : s.Off+s.Len]
		}
	}
	t.Errorf("%s: not in the trace", field)
	return nil
}
