package handshake_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// The people and the time of all tests.
var (
	alice = mustID("66ad4540-b58c-4ad2-9926-ea63445a9b57")
	bob   = mustID("b831381d-6324-4d53-ad4f-8cda48b30811")
	carol = mustID("27848739-7e62-4138-9fd3-098a63964b6b")
)

const now = 1700000000

func mustID(text string) codec.ID {
	id, err := codec.ParseUUID(text)
	if err != nil {
		panic(err)
	}
	return id
}

// entropy is reproducible randomness.
func entropy(seed uint64) codec.Entropy {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	s := rand.NewChaCha8(key)
	return func(b []byte) error { s.Read(b); return nil }
}

// scripted is entropy that gives these bytes, and afterwards one byte again
// and again, as the recordings' did.
func scripted(script []byte, then byte) codec.Entropy {
	return func(b []byte) error {
		n := copy(b, script)
		script = script[n:]
		for i := range b[n:] {
			b[n+i] = then
		}
		return nil
	}
}

var errNoEntropy = errors.New("no entropy left")

// failing is entropy that fails at its nth call.
func failing(n int) codec.Entropy {
	good := entropy(99)
	return func(b []byte) error {
		if n--; n <= 0 {
			return errNoEntropy
		}
		return good(b)
	}
}

var web = codec.HostPort("example.com", 443)

// legacyPolicy takes what v2ray takes.
var legacyPolicy = handshake.Policy{Legacy: handshake.LegacyAnyID}

func newServer(t testing.TB, p handshake.Policy, accounts ...codec.Account) *handshake.Server {
	t.Helper()
	s, err := handshake.NewServer(p, accounts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// aliceAndBob is a server for the two, with alter ids.
func aliceAndBob(t testing.TB, p handshake.Policy) *handshake.Server {
	return newServer(t, p, codec.Account{ID: bob, AlterIDs: 2}, codec.Account{ID: alice, AlterIDs: 4})
}

func newConn(t testing.TB, s *handshake.Server, seed uint64) *handshake.Conn {
	t.Helper()
	c, err := s.NewConn(entropy(seed))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newClient(t testing.TB, cfg handshake.Config, at int64, seed uint64) *handshake.Client {
	t.Helper()
	c, err := handshake.NewClient(cfg, at, entropy(seed))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// aead and legacy are what Alice asks for.
func aead() handshake.Config { return handshake.Recommended(alice, codec.CommandTCP, web) }

func legacy() handshake.Config {
	c := aead()
	c.Header = handshake.HeaderFirstAlterID
	return c
}

func configOf(s codec.Scheme) handshake.Config {
	if s == codec.Legacy {
		return legacy()
	}
	return aead()
}

var schemes = []codec.Scheme{codec.AEAD, codec.Legacy}

// request makes a request whose entropy has the seed: another one, another
// session.
func request(t testing.TB, cfg handshake.Config, at int64, seed uint64, payload string) []byte {
	t.Helper()
	b, err := newClient(t, cfg, at, seed).Request(nil, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// legacyAt makes a legacy header of a chosen second and id, which a client
// would leave to chance.
func legacyAt(t testing.TB, id codec.ID, at int64, seed uint64) []byte {
	t.Helper()
	h := newClient(t, legacy(), at, seed).Header()
	b, err := codec.SealLegacyRequest(nil, alice.CmdKey(), id, h, at)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var aliceAlter = codec.NextAlterID(alice)

// try feeds a new connection of the server with all of b.
func try(t testing.TB, s *handshake.Server, b []byte, at int64) (*handshake.Conn, handshake.Decision) {
	t.Helper()
	c := newConn(t, s, 7)
	return c, c.Feed(b, at)
}

// wantAccepted and wantRejected try b and say what should come of it.
func wantAccepted(t testing.TB, what string, s *handshake.Server, b []byte, at int64) *handshake.Conn {
	t.Helper()
	c, d := try(t, s, b, at)
	if d.Action != handshake.Accept || c.Reason().Cause != handshake.CauseNone || d.Err() != nil {
		t.Errorf("%s: got %s, because of %s, want accept", what, d.Action, c.Reason())
	}
	return c
}

func wantRejected(t testing.TB, what string, s *handshake.Server, b []byte, at int64, want handshake.Cause) *handshake.Conn {
	t.Helper()
	c, d := try(t, s, b, at)
	if (d.Action != handshake.Drain && d.Action != handshake.Close) || c.Reason().Cause != want || d.Err() != handshake.ErrRejected {
		t.Errorf("%s: got %s, because of %s, want it rejected because of %s", what, d.Action, c.Reason(), want)
	}
	return c
}

// closesAt feeds zeros behind b, a byte at a time, and gives how many bytes
// the connection takes before it is closed.
func closesAt(t testing.TB, c *handshake.Conn, b []byte, at int64) int {
	t.Helper()
	b = append(bytes.Clone(b), make([]byte, handshake.MaxHandshake)...)
	for n := range b {
		switch d := c.Feed(b[:n], at); d.Action {
		case handshake.Close:
			return n
		case handshake.Accept:
			t.Fatalf("accepted at %d bytes", n)
		}
	}
	t.Fatalf("still open behind %d bytes", len(b))
	return 0
}

// openAll opens a body.
func openAll(t testing.TB, o *codec.Opener, b []byte) (out []byte) {
	t.Helper()
	for len(b) > 0 {
		var n int
		var err error
		out, n, err = o.Open(out, b)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("body: %v", err)
		}
		b = b[n:]
	}
	return out
}

// vectors reads a file of recordings.
func vectors[T any](t *testing.T, name string) (v T) {
	t.Helper()
	file, err := os.ReadFile("../../testdata/vectors/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// hexBytes is a binary value.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func same[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
