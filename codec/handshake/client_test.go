package handshake_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

func gcm(t testing.TB, key []byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// answer runs a handshake with the server and gives the client behind it.
func answer(t testing.TB, s *handshake.Server, cfg handshake.Config) *handshake.Client {
	t.Helper()
	c := newClient(t, cfg, now, 77)
	b, err := c.Request(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := wantAccepted(t, "request", s, b, now).Respond(nil, []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Feed(reply); d.Action != handshake.Accept {
		t.Fatalf("answer: got %s, because of %s", d.Action, c.Reason())
	}
	return c
}

// Whole sessions: every header, cipher, option and command, several chunks
// each way.
func TestSessions(t *testing.T) {
	up, down := bytes.Repeat([]byte("request "), 3000), bytes.Repeat([]byte("response "), 4000)
	options := []codec.Option{
		codec.ChunkStream, codec.ChunkStream | codec.ChunkMasking,
		codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding,
		codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding | codec.AuthenticatedLength, 0,
	}
	for form := range handshake.HeaderPrimaryID + 1 {
		for _, security := range []codec.Security{codec.SecurityAES128CFB, codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityNone} {
			for _, option := range options {
				for command := codec.CommandTCP; command <= codec.CommandMux; command++ {
					for dialect := codec.DialectV2Ray; dialect <= codec.DialectSing; dialect++ {
						if command == codec.CommandUDP && option == 0 && !security.AEAD() {
							continue
						}
						cfg := handshake.Config{
							ID: alice, Header: form, AlterIDs: 4, Security: security, Option: option,
							Command: command, Target: web, Dialect: dialect,
						}
						name := fmt.Sprint(form, security, option.Names(nil), command, dialect)
						p := handshake.Policy{Legacy: handshake.LegacyAnyID, Dialect: dialect}
						if security == codec.SecurityAES128CFB {
							p.Switch = &codec.SwitchAccount{Port: 4711, ID: bob, Minutes: 2} // which the CFB stream runs through
						}
						checkSession(t, name, cfg, p, up, down)
					}
				}
			}
		}
	}
}

func checkSession(t *testing.T, name string, cfg handshake.Config, p handshake.Policy, up, down []byte) {
	t.Helper()
	client := newClient(t, cfg, now, 5)
	b, err := client.Request([]byte("dst"), up)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	b = b[len("dst"):]
	if b, err = client.Sealer().Seal(b, []byte("and more")); err != nil {
		t.Fatal(err)
	}
	c, d := try(t, aliceAndBob(t, p), b, now)
	if d.Action != handshake.Accept {
		t.Fatalf("%s: got %s, because of %s", name, d.Action, c.Reason())
	}
	if got := openAll(t, c.Opener(), b[d.Body:]); string(got) != string(up)+"and more" {
		t.Fatalf("%s: the request is another", name)
	}
	if cfg.Command != codec.CommandMux {
		same(t, name, c.Target(), web)
	} else {
		same(t, name, c.Target(), codec.Address{})
	}
	reply, err := c.Respond([]byte("dst"), down)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	reply = reply[len("dst"):]
	if reply, err = c.Sealer().Seal(reply, []byte("and the rest")); err != nil {
		t.Fatal(err)
	}
	if reply, err = c.Sealer().End(reply); err != nil {
		t.Fatal(err)
	}
	for n := range 100 { // the header comes byte by byte
		if d = client.Feed(reply[:n]); d.Action != handshake.More {
			break
		}
	}
	if d.Action != handshake.Accept {
		t.Fatalf("%s: answer: got %s, because of %s", name, d.Action, client.Reason())
	}
	same(t, name, client.Feed(reply), d)
	if got := openAll(t, client.Opener(), reply[d.Body:]); string(got) != string(down)+"and the rest" {
		t.Fatalf("%s: the response is another", name)
	}
	if got := client.Response().Header.Switch; (got == nil) != (p.Switch == nil) || got != nil && *got != *p.Switch {
		t.Errorf("%s: announced: got %+v, want %+v", name, got, p.Switch)
	}
	same(t, name, client.Reason().Cause, handshake.CauseNone)
}

// A server announces an account at another port, and the client goes there: the
// account has its own id and takes CFB.
func TestSwitchAccountEndToEnd(t *testing.T) {
	for _, scheme := range schemes {
		for _, alterIDs := range []uint16{0, 3} {
			account := codec.SwitchAccount{Host: "192.0.2.1", Port: 32001, ID: carol, AlterIDs: alterIDs, Level: 1, Minutes: 5}
			p := legacyPolicy
			p.Switch = &account
			first := answer(t, aliceAndBob(t, p), configOf(scheme))
			got := first.Response().Header.Switch
			if got == nil || *got != account {
				t.Fatalf("announced: got %+v, want %+v", got, account)
			}
			cfg := configOf(scheme).Follow(*got)
			there := newServer(t, legacyPolicy, codec.Account{ID: carol, AlterIDs: int(alterIDs)})
			second := answer(t, there, cfg)
			h := second.Header()
			same(t, "security", h.Security, codec.SecurityAES128CFB)
			same(t, "options", h.Option, codec.ChunkStream)
			same(t, "target", h.Address, web)
			same(t, "as AEAD", there.Remembered(now).AuthIDs, map[uint16]int{0: 1, 3: 0}[alterIDs])
			if second.Response().Header.Switch != nil {
				t.Error("announced once more")
			}
		}
	}
}

// What a client draws: the padding is of every length, times go from now to 29
// seconds ahead for legacy and nowhere for AEAD, each alter id has its turn.
func TestClientsDiffer(t *testing.T) {
	for _, form := range []handshake.HeaderForm{handshake.HeaderAEAD, handshake.HeaderAnyAlterID} {
		cfg := aead()
		cfg.Header, cfg.AlterIDs = form, 4
		s := newServer(t, legacyPolicy, codec.Account{ID: alice, AlterIDs: 4})
		paddings, times, alters := map[int]int{}, map[int64]int{}, map[int]int{}
		for seed := range uint64(600) {
			b, err := newClient(t, cfg, now, seed).Request(nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := wantAccepted(t, "request", s, b, now).Request()
			paddings[len(r.Header.Padding)]++
			times[r.Sender.Time-now]++
			alters[r.Sender.Alter]++
		}
		same(t, "paddings", len(paddings), 16)
		if form == handshake.HeaderAEAD {
			same(t, "times", len(times), 1)
			same(t, "exactly now", times[0], 600)
			continue
		}
		same(t, "times", len(times), 30)
		same(t, "now and the last", times[0] > 0 && times[29] > 0, true)
		same(t, "alter ids", len(alters), 4)
	}
	cfg := aead()
	cfg.NoPadding, cfg.Command = true, codec.CommandMux
	same(t, "the smallest AEAD header", len(request(t, cfg, now, 1, "")), 100)
}

func TestConfigsThatMakeNoSense(t *testing.T) {
	with := func(change func(*handshake.Config)) handshake.Config {
		c := aead()
		change(&c)
		return c
	}
	for want, cfg := range map[string]handshake.Config{
		"no security":    with(func(c *handshake.Config) { c.Security = codec.SecurityUnknown }),
		"security":       with(func(c *handshake.Config) { c.Security = codec.SecurityAuto }),
		"no alter ids":   with(func(c *handshake.Config) { c.Header = handshake.HeaderAnyAlterID }),
		"HeaderForm(9)":  with(func(c *handshake.Config) { c.Header = 9 }),
		"command":        with(func(c *handshake.Config) { c.Command = 4 }),
		"domain":         with(func(c *handshake.Config) { c.Target.Domain = "not a name" }),
		"option":         with(func(c *handshake.Config) { c.Option = codec.GlobalPadding }),
		"address-type":   with(func(c *handshake.Config) { c.Target = codec.Address{} }),
		"without chunks": with(func(c *handshake.Config) { c.Command, c.Security, c.Option = codec.CommandUDP, codec.SecurityNone, 0 }),
	} {
		if _, err := handshake.NewClient(cfg, now, entropy(1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error about %s", err, want)
		}
	}
	many := with(func(c *handshake.Config) { c.Header, c.AlterIDs = handshake.HeaderAnyAlterID, codec.MaxAlterIDs+1 })
	if _, err := handshake.NewClient(many, now, entropy(1)); err == nil {
		t.Error("65536 alter ids were taken")
	}
}

// An error leaves dst as it was, and the state such that one can try again.
func TestErrorsCanBeTriedAgain(t *testing.T) {
	dst := []byte("dst")
	failed := false
	for n := 1; ; n++ {
		left := n
		good := entropy(3)
		e := func(b []byte) error {
			if left--; left == 0 {
				return errNoEntropy
			}
			return good(b)
		}
		c, err := handshake.NewClient(aead(), now, e)
		if err != nil {
			same(t, "call", n, 1)
			continue
		}
		b, err := c.Request(dst, []byte("payload"))
		if err == nil {
			break
		}
		failed = true
		if !errors.Is(err, errNoEntropy) || string(b) != "dst" || c.Sealer() != nil {
			t.Fatalf("call %d failed: got %q, %v", n, b, err)
		}
		if b, err = c.Request(dst, []byte("payload")); err != nil {
			t.Fatalf("second try: %v", err)
		}
		conn, d := try(t, aliceAndBob(t, handshake.Policy{}), b[3:], now)
		if d.Action != handshake.Accept || string(openAll(t, conn.Opener(), b[3+d.Body:])) != "payload" {
			t.Fatalf("second try: %s, because of %s", d.Action, conn.Reason())
		}
		if b, err = c.Request(dst, nil); err == nil || string(b) != "dst" {
			t.Errorf("a second request: got %q, %v", b, err)
		}
	}
	same(t, "something failed", failed, true)

	s := aliceAndBob(t, handshake.Policy{})
	left := 2 // the total, then the padding
	good := entropy(3)
	c, err := s.NewConn(func(b []byte) error {
		if left--; left == 0 {
			return errNoEntropy
		}
		return good(b)
	})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := c.Respond(dst, nil); err == nil || string(b) != "dst" {
		t.Errorf("an answer to nothing: got %q, %v", b, err)
	}
	if c.Request() != nil || c.Opener() != nil || c.Sealer() != nil || c.Target() != (codec.Address{}) {
		t.Error("there is something of a request before it was there")
	}
	c.Feed(request(t, aead(), now, 1, ""), now)
	if b, err := c.Respond(dst, []byte("payload")); err != errNoEntropy || string(b) != "dst" || c.Sealer() != nil {
		t.Errorf("an answer without entropy: got %q, %v", b, err)
	}
	if _, err := c.Respond(dst, []byte("payload")); err != nil {
		t.Errorf("second try: %v", err)
	}
	if b, err := c.Respond(dst, nil); err == nil || string(b) != "dst" {
		t.Errorf("a second answer: got %q, %v", b, err)
	}
}

// A datagram is one chunk, or none.
func TestFirstDatagram(t *testing.T) {
	cfg := handshake.Recommended(alice, codec.CommandUDP, web)
	big := make([]byte, 20000)
	b, err := newClient(t, cfg, now, 1).Request(nil, big)
	if err != nil {
		t.Fatal(err)
	}
	c, d := try(t, aliceAndBob(t, handshake.Policy{}), b, now)
	got, n, err := c.Opener().Open(nil, b[d.Body:])
	if err != nil || len(got) != len(big) || d.Body+n != len(b) {
		t.Errorf("got %d of %d bytes in the first chunk, %v", len(got), len(big), err)
	}
	if b, err = newClient(t, cfg, now, 1).Request([]byte("dst"), make([]byte, 70000)); !errors.Is(err, codec.ErrLimit) || string(b) != "dst" {
		t.Errorf("70000 bytes: got %d bytes, %v", len(b), err)
	}
}

// A wrong answer is drained to a total of the account's own, whatever was wrong
// and wherever.
func TestWrongAnswers(t *testing.T) {
	totals := map[int]bool{}
	for _, scheme := range schemes {
		p := legacyPolicy
		p.Switch = &codec.SwitchAccount{Host: strings.Repeat("h", 200), Port: 1}
		c := newClient(t, configOf(scheme), now, 9)
		b, _ := c.Request(nil, nil)
		reply, err := wantAccepted(t, "request", aliceAndBob(t, p), b, now).Respond(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		damaged := len(reply)
		if scheme == codec.Legacy {
			damaged = 1 // V; nothing else is protected
		}
		for i := range damaged {
			wrong := append(bytes.Clone(reply), make([]byte, handshake.MaxHandshake)...)
			wrong[i] ^= 1
			c := newClient(t, configOf(scheme), now, 9)
			d := handshake.Decision{}
			n := 0
			for ; d.Action != handshake.Close; n++ {
				if d = c.Feed(wrong[:n]); d.Action == handshake.Accept {
					t.Fatalf("%s: byte %d flipped: accepted", scheme, i)
				}
				if d.Action == handshake.Drain {
					same(t, "cause", c.Reason().Cause, handshake.CauseNotAnswer)
				}
			}
			totals[n] = true
			cfg := configOf(scheme)
			cfg.NoDrain = true
			same(t, "without draining", newClient(t, cfg, now, 9).Feed(wrong[:len(reply)]).Action, handshake.Close)
		}
	}
	if len(totals) != 1 {
		t.Errorf("wrong answers are closed at %v bytes", totals)
	}
}

func TestClientEnds(t *testing.T) {
	c := newClient(t, aead(), now, 1)
	same(t, "nothing yet", c.Feed(nil).Action, handshake.More)
	if c.Response() != nil || c.Opener() != nil {
		t.Error("there is an answer before it came")
	}
	c.End()
	same(t, "ended", c.Feed(make([]byte, 100)).Action, handshake.Close)
	same(t, "cause", c.Reason(), handshake.Reason{Cause: handshake.CauseCut, User: handshake.Nobody})

	c = answer(t, aliceAndBob(t, handshake.Policy{}), aead())
	c.End()
	same(t, "accepted and ended", c.Feed(nil).Action, handshake.Accept)

	c = newClient(t, aead(), now, 1)
	same(t, "noise", c.Feed(make([]byte, 100)).Action, handshake.Drain)
	c.End()
	same(t, "noise, ended", c.Feed(make([]byte, 101)).Action, handshake.Close)
	same(t, "the cause stays", c.Reason().Cause, handshake.CauseNotAnswer)
}

// The totals of clients: counted from the start of the answer, longer than any
// honest header, and of the account.
func TestClientTotals(t *testing.T) {
	least, most := 1<<30, 0
	for i := range 3000 {
		cfg := aead()
		cfg.ID = codec.MapID(fmt.Sprint("somebody ", i))
		first := newClient(t, cfg, now, 1).Feed(make([]byte, 18)).Total
		second := newClient(t, cfg, now, 2).Feed(make([]byte, 18)).Total
		if d := first - second; d <= -64 || d >= 64 {
			t.Fatalf("one account drains to %d and to %d", first, second)
		}
		least, most = min(least, first), max(most, first)
	}
	// 18 + base + r, base from 320 to 3265, r up to 63
	if least < 18+320 || least > 18+320+20 || most > 18+3265+63 || most < 18+3265-20 {
		t.Errorf("clients drain to totals from %d to %d", least, most)
	}
}
