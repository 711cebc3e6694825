package handshake_test

import (
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// sealSection seals a command section as it is, which the codec's encoder
// would refuse to do. It takes the codec's own header and exchanges the two
// sealed parts, with the keys of specification 5.3.
func sealSection(t testing.TB, section []byte, at int64, rnd byte) []byte {
	t.Helper()
	key := alice.CmdKey()
	auth := codec.SealAuthID(key, codec.AuthID{Time: at, Rand: [4]byte{rnd, 0xEE}})
	nonce := []byte{rnd, 2, 3, 4, 5, 6, 7, 8}
	seal := func(label string, plain []byte) []byte {
		k := codec.KDF(key[:], []byte("VMess Header AEAD Key"+label), auth[:], nonce)
		n := codec.KDF(key[:], []byte("VMess Header AEAD Nonce"+label), auth[:], nonce)
		return gcm(t, k[:16]).Seal(nil, n[:12], plain, auth[:])
	}
	b := append(auth[:], seal("_Length", []byte{byte(len(section) >> 8), byte(len(section))})...)
	return append(append(b, nonce...), seal("", section)...)
}

// section makes a command section of h with the given change, and a checksum
// that is right.
func section(t testing.TB, h *codec.RequestHeader, change func(b []byte) []byte) []byte {
	t.Helper()
	b, err := h.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	b = change(b[:len(b)-4])
	sum := uint32(0x811C9DC5)
	for _, c := range b {
		sum = (sum ^ uint32(c)) * 0x01000193
	}
	return append(b, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
}

func TestHeaderRules(t *testing.T) {
	udp := aead()
	udp.Command = codec.CommandUDP
	set := func(i int, v byte) func([]byte) []byte { return func(b []byte) []byte { b[i] = v; return b } }
	for name, c := range map[string]struct {
		cfg    handshake.Config
		change func([]byte) []byte
		allow  handshake.Policy // lets it pass; the zero policy where nothing does
		always bool
	}{
		"version 0":                {aead(), set(0, 0), handshake.Policy{Tolerate: handshake.OddVersion}, false},
		"version 2":                {aead(), set(0, 2), handshake.Policy{Tolerate: handshake.OddVersion}, false},
		"domain with a space":      {aead(), set(45, ' '), handshake.Policy{Tolerate: handshake.OddDomain}, false},
		"datagrams without chunks": {udp, func(b []byte) []byte { b[34], b[35] = 0, b[35]&0xF0|5; return b }, handshake.Policy{Tolerate: handshake.OddDatagrams}, false},
		"padding without masking":  {aead(), set(34, 0x09), handshake.Policy{Dialect: codec.DialectSing}, false},
		"security auto":            {aead(), func(b []byte) []byte { b[35] = b[35]&0xF0 | 2; return b }, handshake.Policy{}, false},
		"security zero":            {aead(), func(b []byte) []byte { b[35] = b[35]&0xF0 | 6; return b }, handshake.Policy{}, false},
		"command 4":                {aead(), set(37, 4), handshake.Policy{}, false},
		"address type 4":           {aead(), set(40, 4), handshake.Policy{}, false},
		"reserved byte":            {aead(), set(36, 9), handshake.Policy{}, true},
		"reserved options":         {aead(), set(34, 0xE7|0x08), handshake.Policy{}, true},
		"security unknown":         {aead(), func(b []byte) []byte { b[34], b[35] = 1, b[35]&0xF0; return b }, handshake.Policy{}, true},
		"port 0":                   {aead(), func(b []byte) []byte { b[38], b[39] = 0, 0; return b }, handshake.Policy{}, true},
	} {
		b := sealSection(t, section(t, newClient(t, c.cfg, now, 1).Header(), c.change), now, 1)
		careful := newServer(t, handshake.Policy{}, codec.Account{ID: alice})
		if c.always {
			wantAccepted(t, name, careful, b, now)
			continue
		}
		conn := wantRejected(t, name, careful, b, now, handshake.CauseHeader)
		if _, ok := conn.Reason().Err.(*codec.Error); !ok {
			t.Errorf("%s: the reason has the error %v", name, conn.Reason().Err)
		}
		tolerant := newServer(t, handshake.Policy{
			Tolerate: handshake.OddVersion | handshake.OddDomain | handshake.OddDatagrams, Dialect: codec.DialectSing,
		}, codec.Account{ID: alice})
		if c.allow == (handshake.Policy{}) {
			wantRejected(t, name+", tolerated", tolerant, b, now, handshake.CauseHeader)
			continue
		}
		wantAccepted(t, name+", tolerated", tolerant, b, now)
		wantAccepted(t, name+", tolerated by itself", newServer(t, c.allow, codec.Account{ID: alice}), b, now)
	}

	// No policy lets a wrong checksum pass: sing does.
	wrong := section(t, newClient(t, aead(), now, 1).Header(), func(b []byte) []byte { return b })
	wrong[len(wrong)-1] ^= 1
	wantRejected(t, "checksum", newServer(t, handshake.Policy{Tolerate: 0xFF}, codec.Account{ID: alice}),
		sealSection(t, wrong, now, 1), now, handshake.CauseHeader)
}

func TestRefuseInsecure(t *testing.T) {
	for _, scheme := range schemes {
		for _, refuse := range []bool{false, true} {
			for security, insecure := range map[codec.Security]bool{
				codec.SecurityAES128CFB: true, codec.SecurityNone: true,
				codec.SecurityAES128GCM: false, codec.SecurityChaCha20Poly1305: false,
			} {
				p := legacyPolicy
				p.RefuseInsecure = refuse
				s := aliceAndBob(t, p)
				cfg := configOf(scheme)
				cfg.Security, cfg.Option = security, codec.ChunkStream
				b := request(t, cfg, now, 1, "")
				if refuse && insecure {
					wantRejected(t, security.String(), s, b, now, handshake.CauseInsecure)
				} else {
					wantAccepted(t, security.String(), s, b, now)
				}
			}
		}
	}
}

func TestNoDrain(t *testing.T) {
	s := aliceAndBob(t, handshake.Policy{NoDrain: true})
	same(t, "noise", closesAt(t, newConn(t, s, 1), nil, now), 16)
	b := request(t, aead(), now, 1, "")
	b[20] ^= 1
	same(t, "wrong length", closesAt(t, newConn(t, s, 1), b, now), 42)
	wantAccepted(t, "good", s, request(t, aead(), now, 2, ""), now)
}

// A full memory turns new ones away, of its own kind only, and lets them in
// again when its entries have had their time. It never lets a copy in.
func TestMemoryIsBounded(t *testing.T) {
	p := legacyPolicy
	p.Memory = 3
	t.Run("AEAD", func(t *testing.T) {
		s := aliceAndBob(t, p)
		var in [][]byte
		for i := range 3 {
			in = append(in, request(t, aead(), now+int64(i), uint64(i), ""))
			wantAccepted(t, "room", s, in[i], now+int64(i))
		}
		for i := range 50 {
			wantRejected(t, "no room", s, request(t, aead(), now+3, uint64(10+i), ""), now+3, handshake.CauseFull)
		}
		same(t, "remembered", s.Remembered(now+3), handshake.Remembered{AuthIDs: 3, Sessions: 3})
		for _, b := range in {
			wantRejected(t, "copy", s, b, now+100, handshake.CauseReplay)
		}
		wantRejected(t, "no room", s, request(t, aead(), now+240, 90, ""), now+240, handshake.CauseFull)
		wantAccepted(t, "the oldest is gone", s, request(t, aead(), now+241, 91, ""), now+241)
		wantRejected(t, "and that was its room", s, request(t, aead(), now+241, 92, ""), now+241, handshake.CauseFull)
	})
	t.Run("legacy", func(t *testing.T) {
		s := aliceAndBob(t, p)
		for i := range 3 {
			b := legacyAt(t, aliceAlter, now+int64(i), uint64(i))
			wantRejected(t, "burning", s, append(b[:60], make([]byte, 400)...), now, handshake.CauseHeader)
		}
		wantRejected(t, "no room for a fuse", s, legacyAt(t, aliceAlter, now+9, 9), now, handshake.CauseFull)
		for i := range 3 {
			wantRejected(t, "burnt", s, legacyAt(t, aliceAlter, now+int64(i), uint64(10+i)), now, handshake.CauseBurnt)
		}
		same(t, "remembered", s.Remembered(now), handshake.Remembered{LegacyAuths: 3, Sessions: 3})
		wantRejected(t, "AEAD has room, but not for its session", s, request(t, aead(), now, 20, ""), now, handshake.CauseFull)
		wantAccepted(t, "all are gone", s, legacyAt(t, aliceAlter, now+241, 30), now+241)
		// Sessions with an auth that has a fuse need no more of them.
		wantAccepted(t, "the same auth", s, legacyAt(t, aliceAlter, now+241, 31), now+241)
		wantAccepted(t, "the same auth", s, legacyAt(t, aliceAlter, now+241, 32), now+241)
		same(t, "remembered", s.Remembered(now+241), handshake.Remembered{LegacyAuths: 1, Sessions: 3})
	})
}

// A wider window makes the memory longer: an auth is remembered for as long as
// it can come back.
func TestMemoryFollowsTheWindow(t *testing.T) {
	s := aliceAndBob(t, handshake.Policy{Window: 1000})
	b := request(t, aead(), now+1000, 1, "")
	wantAccepted(t, "first", s, b, now)
	wantRejected(t, "last chance", s, b, now+2000, handshake.CauseReplay)
	wantRejected(t, "too late", s, b, now+2001, handshake.CauseTime)
	same(t, "remembered", s.Remembered(now+2001), handshake.Remembered{})

	s = aliceAndBob(t, handshake.Policy{Window: 1}) // and a narrow one not shorter
	b = request(t, aead(), now, 1, "")
	wantAccepted(t, "first", s, b, now)
	same(t, "remembered", s.Remembered(now+240).AuthIDs, 1)
	same(t, "remembered", s.Remembered(now+241).AuthIDs, 0)
}

// A clock that jumps ahead and comes back has forgotten; what it forgot
// stays out, and what is new comes in.
func TestClockGoesBack(t *testing.T) {
	for _, scheme := range schemes {
		s := aliceAndBob(t, legacyPolicy)
		at := func(made int64, seed uint64) []byte {
			if scheme == codec.Legacy {
				return legacyAt(t, aliceAlter, made, seed)
			}
			return request(t, aead(), made, seed, "")
		}
		b := at(now, 1)
		wantAccepted(t, "first", s, b, now)
		same(t, "an hour ahead", s.Remembered(now+3600), handshake.Remembered{})
		wantRejected(t, "copy when the clock is back", s, b, now, handshake.CauseClock)
		wantRejected(t, "what is as old", s, at(now, 2), now, handshake.CauseClock)
		wantAccepted(t, "what is newer", s, at(now+1, 3), now+1)
		wantRejected(t, "a copy of that", s, at(now+1, 3), now+2,
			map[codec.Scheme]handshake.Cause{codec.AEAD: handshake.CauseReplay, codec.Legacy: handshake.CauseSession}[scheme])
	}
}

func TestPoliciesThatMakeNoSense(t *testing.T) {
	long := &codec.SwitchAccount{Host: strings.Repeat("x", 229)}
	for want, p := range map[string]handshake.Policy{
		"window of -1 s":   {Window: -1},
		"window of 3601 s": {LegacyWindow: 3601},
		"memory of -1":     {Memory: -1},
		"LegacyAccess(9)":  {Legacy: 9},
		"switch":           {Switch: long},
	} {
		if _, err := handshake.NewServer(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error about %s", err, want)
		}
	}
}

// The policy is a value: what becomes of the caller's does not matter.
func TestPolicyIsCopied(t *testing.T) {
	account := &codec.SwitchAccount{Port: 1}
	s := newServer(t, handshake.Policy{Switch: account}, codec.Account{ID: alice})
	account.Port = 2
	same(t, "port", answer(t, s, aead()).Response().Header.Switch.Port, 1)
}
