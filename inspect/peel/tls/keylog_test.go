package tls

import (
	"errors"
	"strings"
	"testing"
)

const (
	hexRandom = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	hex32     = "202122232425262728292a2b2c2d2e2f303132333435363738393A3B3C3D3E3F"
	hex48     = hex32 + "404142434445464748494a4b4c4d4e4f"
)

var aRandom = random{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31}

// TestKeyLog reads what programs write.
func TestKeyLog(t *testing.T) {
	k := NewKeyLog()
	text := "# SSL/TLS secrets log file\r\n\r\n" +
		"CLIENT_RANDOM " + hexRandom + " " + hex48 + "\r\n" +
		"CLIENT_HANDSHAKE_TRAFFIC_SECRET " + hexRandom + " " + hex32 + "\n" +
		"SERVER_HANDSHAKE_TRAFFIC_SECRET\t" + hexRandom + " " + hex32 + "\n" + // not as it should be
		"  SERVER_TRAFFIC_SECRET_0 " + strings.ToUpper(hexRandom) + "  " + hex48 + " \n" +
		"EXPORTER_SECRET " + hexRandom + " " + hex32 + "\n" +
		"RSA 0102030405060708 " + hex48 + "\n" +
		"RSA Session-ID:0102 Master-Key:" + hex48 + "\n" +
		"CLIENT_TRAFFIC_SECRET_0 " + hexRandom + " " + hex32 + "\x00" // a block of Wireshark's, without a line's end
	n, err := k.Read([]byte(text))
	var line *LineError
	if n != 4 || !errors.As(err, &line) || line.Line != 5 || !errors.Is(err, errForm) {
		t.Errorf("%d lines, %v", n, err)
	}
	for which, size := range map[label]int{master: 48, clientHandshake: 32, serverHandshake: 0, serverTraffic: 48, clientTraffic: 32, clientEarly: 0} {
		if got := k.get(&aRandom, which); len(got) != size || size > 0 && got[31] != 0x3f {
			t.Errorf("%s: %x", labelNames[which], got)
		}
	}
	if k.Legacy() != 2 {
		t.Errorf("%d lines of RSA", k.Legacy())
	}
}

// TestKeyLogErrors names the line and what is wrong, and nothing of it.
func TestKeyLogErrors(t *testing.T) {
	for text, want := range map[string]string{
		"CLIENT_RANDOM " + hexRandom:                                  "want LABEL, a client random and a secret",
		"CLIENT_RANDOM " + hexRandom + " " + hex48 + " " + hex48:      "want LABEL, a client random and a secret",
		"CLIENT_RANDOM " + hexRandom[2:] + " " + hex48:                "the client random is not 64 hexadecimal digits",
		"CLIENT_RANDOM " + hexRandom + "00 " + hex48:                  "the client random is not 64 hexadecimal digits",
		"CLIENT_RANDOM x" + hexRandom[1:] + " " + hex48:               "the client random is not 64 hexadecimal digits",
		"CLIENT_RANDOM " + hexRandom + " " + hex32:                    "the secret is not 96 hexadecimal digits",
		"CLIENT_RANDOM " + hexRandom + " " + hex48 + "00":             "the secret is not 96 hexadecimal digits",
		"CLIENT_TRAFFIC_SECRET_0 " + hexRandom + " " + hex32[1:]:      "the secret is not 64 or 96 hexadecimal digits",
		"CLIENT_TRAFFIC_SECRET_0 " + hexRandom + " " + hex32[2:]:      "the secret is not 64 or 96 hexadecimal digits",
		"CLIENT_TRAFFIC_SECRET_0 " + hexRandom + " " + hex48 + "abab": "the secret is not 64 or 96 hexadecimal digits",
		strings.Repeat("A", maxLine+1):                                "more than 1024 bytes",
		"GET / HTTP/1.1":                                              "want LABEL, a client random and a secret",
		"\x1f\x8b\x08 \xff":                                           "want LABEL, a client random and a secret",
	} {
		k := NewKeyLog()
		n, err := k.Read([]byte("# one\n" + text + "\n\n"))
		if n != 0 || err == nil || err.Error() != "key log: line 2: "+want && !(strings.HasPrefix(text, "GET") && err != nil) {
			t.Errorf("%.40q: %d lines, %v, want %s", text, n, err, want)
		}
	}
}

// TestKeyLogFirst: of a secret that is told twice the first counts.
func TestKeyLogFirst(t *testing.T) {
	k := NewKeyLog()
	for _, secret := range []string{hex48, strings.Repeat("ee", 48)} {
		if n, err := k.Read([]byte("CLIENT_RANDOM " + hexRandom + " " + secret)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if got := k.get(&aRandom, master); got[0] != 0x20 {
		t.Errorf("got %x", got)
	}
}

// TestKeyLogLimit takes no more connections than it says, and goes on with
// those that it has.
func TestKeyLogLimit(t *testing.T) {
	k := NewKeyLog()
	var r random
	for i := range maxConnections {
		r[0], r[1], r[2] = byte(i), byte(i>>8), byte(i>>16)
		if ok, err := k.add(&r, clientTraffic, aRandom[:]); !ok || err != nil {
			t.Fatal(i, err)
		}
	}
	if ok, err := k.add(&r, serverTraffic, aRandom[:]); !ok || err != nil {
		t.Error(ok, err)
	}
	if n, err := k.Read([]byte("CLIENT_RANDOM ff" + hexRandom[2:] + " " + hex48)); n != 0 || !errors.Is(err, errFull) {
		t.Error(n, err)
	}
}

// TestLate: what was asked for in vain and came later is worth a second pass,
// and nothing else is.
func TestLate(t *testing.T) {
	k := NewKeyLog()
	line := func(label, random string) {
		t.Helper()
		secret := hex32
		if label == "CLIENT_RANDOM" {
			secret = hex48
		}
		if n, err := k.Read([]byte(label + " " + random + " " + secret)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if k.get(&aRandom, clientTraffic) != nil {
		t.Fatal("a secret of nothing")
	}
	line("CLIENT_RANDOM", "ff"+hexRandom[2:])
	line("SERVER_TRAFFIC_SECRET_0", hexRandom)
	if k.get(&aRandom, serverTraffic) == nil || k.Late() {
		t.Errorf("late: %v", k.Late())
	}
	line("CLIENT_TRAFFIC_SECRET_0", hexRandom)
	if !k.Late() {
		t.Error("not late")
	}
	k = NewKeyLog()
	for i := range maxMissed + 1 {
		k.get(&random{1: byte(i), 2: byte(i >> 8), 3: byte(i >> 16)}, master)
	}
	if line("CLIENT_RANDOM", hexRandom); len(k.missed) != maxMissed || !k.Late() {
		t.Errorf("%d are remembered, late: %v", len(k.missed), k.Late())
	}
}
