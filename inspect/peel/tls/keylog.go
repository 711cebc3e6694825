package tls

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strconv"
)

// Bounds of a key log, which may be a stranger's: captures can bring their own.
const (
	maxLine        = 1024    // bytes of a line; the longest that means something has 230
	maxConnections = 1 << 18 // client randoms with secrets
	maxMissed      = 1 << 16 // client randoms that were asked for and not there
)

// label is the kind of a secret.
type label uint8

const (
	master label = iota // of TLS 1.2 and before
	clientEarly
	clientHandshake
	serverHandshake
	clientTraffic
	serverTraffic
	labels
)

// labelNames are the words of the NSS key log format.
var labelNames = [labels]string{
	master:          "CLIENT_RANDOM",
	clientEarly:     "CLIENT_EARLY_TRAFFIC_SECRET",
	clientHandshake: "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
	serverHandshake: "SERVER_HANDSHAKE_TRAFFIC_SECRET",
	clientTraffic:   "CLIENT_TRAFFIC_SECRET_0",
	serverTraffic:   "SERVER_TRAFFIC_SECRET_0",
}

// random is a client random, by which secrets are found.
type random [32]byte

func (r *random) String() string { return hex.EncodeToString(r[:]) }

// entry has the secrets of one connection.
type entry struct {
	random random
	of     [labels][]byte
}

// KeyLog holds the secrets of connections, as browsers, servers and
// SSLKEYLOGFILE write them. It may grow while it is used. It belongs to one run
// at a time: it also remembers what was asked for in vain, and how much work
// searches have done.
type KeyLog struct {
	entries  map[random]*entry
	order    []*entry // as they came
	missed   map[random]uint8
	sessions map[mark]random // where a ticket or a session id came from
	lost     bool            // more was missed than is remembered
	late     bool
	legacy   int
	tries    int
}

// NewKeyLog makes an empty key log.
func NewKeyLog() *KeyLog {
	return &KeyLog{entries: map[random]*entry{}, missed: map[random]uint8{}, sessions: map[mark]random{}, tries: runTries}
}

// Late reports whether a secret came after it was asked for in vain. A second
// pass over the same input opens more then.
func (k *KeyLog) Late() bool { return k.late }

// Legacy counts the lines of the form "RSA …", which name a session by its
// encrypted premaster secret. They are not used.
func (k *KeyLog) Legacy() int { return k.legacy }

// LineError is what is wrong with a line of a key log. It holds nothing of
// the line.
type LineError struct {
	Line int // from 1
	Err  error
}

func (e *LineError) Error() string {
	return "key log: line " + strconv.Itoa(e.Line) + ": " + e.Err.Error()
}
func (e *LineError) Unwrap() error { return e.Err }

var (
	errLong   = errors.New("more than " + strconv.Itoa(maxLine) + " bytes")
	errForm   = errors.New("want LABEL, a client random and a secret")
	errRandom = errors.New("the client random is not 64 hexadecimal digits")
	errMaster = errors.New("the secret is not 96 hexadecimal digits")
	errSecret = errors.New("the secret is not 64 or 96 hexadecimal digits")
	errFull   = errors.New("more than " + strconv.Itoa(maxConnections) + " connections")
)

// Read adds the secrets of a text in the NSS key log format, and gives the
// number of lines that brought one. Lines that are wrong are passed over; the
// error is a *LineError of the first of them. Where a secret is told twice, the
// first counts.
func (k *KeyLog) Read(text []byte) (int, error) {
	taken := 0
	var first error
	for n := 1; len(text) > 0; n++ {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		ok, err := k.line(line)
		if ok {
			taken++
		}
		if err != nil && first == nil {
			first = &LineError{n, err}
		}
	}
	return taken, first
}

// line reads one, and reports whether it brought a secret.
func (k *KeyLog) line(b []byte) (bool, error) {
	b = bytes.Trim(b, " \t\r\x00") // Wireshark may end a block of secrets with a zero
	if len(b) == 0 || b[0] == '#' {
		return false, nil
	}
	if len(b) > maxLine {
		return false, errLong
	}
	word, values, ok := bytes.Cut(b, []byte{' '})
	if string(word) == "RSA" {
		k.legacy++
		return false, nil
	}
	which, known := labelOf(word)
	if !known {
		if !ok || !isLabel(word) {
			return false, errForm
		}
		return false, nil // EXPORTER_SECRET, those of ECH and QUIC: nothing here needs them
	}
	return k.secret(which, values)
}

func labelOf(word []byte) (label, bool) {
	for i, name := range labelNames {
		if string(word) == name {
			return label(i), true
		}
	}
	return 0, false
}

// isLabel tells a word that could be a label from what is no key log.
func isLabel(word []byte) bool {
	for _, c := range word {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return bytes.IndexByte(word, '_') > 0
}

// secret reads the two values behind a label.
func (k *KeyLog) secret(which label, values []byte) (bool, error) {
	f := bytes.Fields(values)
	if len(f) != 2 {
		return false, errForm
	}
	var r random
	if n, err := decodeHex(r[:], f[0]); err != nil || n != len(r) {
		return false, errRandom
	}
	var secret [48]byte
	n, err := decodeHex(secret[:], f[1])
	switch {
	case which == master && (err != nil || n != 48):
		return false, errMaster
	case err != nil || n != 32 && n != 48:
		return false, errSecret
	}
	return k.add(&r, which, secret[:n])
}

// decodeHex reads no more than there is room for. It does so without
// hex.Decode, whose errors would bring fmt into the WebAssembly module.
func decodeHex(dst, src []byte) (int, error) {
	n := len(src) / 2
	if len(src)%2 != 0 || n > len(dst) {
		return 0, errForm
	}
	for i := range n {
		b, err := strconv.ParseUint(string(src[2*i:2*i+2]), 16, 8)
		if err != nil {
			return 0, errForm
		}
		dst[i] = byte(b)
	}
	return n, nil
}

// add keeps a secret.
func (k *KeyLog) add(r *random, which label, secret []byte) (bool, error) {
	e := k.entries[*r]
	if e == nil {
		if len(k.order) >= maxConnections {
			return false, errFull
		}
		e = &entry{random: *r}
		k.entries[*r] = e
		k.order = append(k.order, e)
	}
	if e.of[which] == nil {
		e.of[which] = bytes.Clone(secret)
		k.late = k.late || k.lost || k.missed[*r]&(1<<which) != 0
	}
	return true, nil
}

// get gives a secret, or nil, which is remembered.
func (k *KeyLog) get(r *random, which label) []byte {
	if e := k.entries[*r]; e != nil && e.of[which] != nil {
		return e.of[which]
	}
	if _, known := k.missed[*r]; !known && len(k.missed) >= maxMissed {
		k.lost = true
		return nil
	}
	k.missed[*r] |= 1 << which
	return nil
}

// has reports whether a secret is there, without asking for it.
func (k *KeyLog) has(r *random, which label) bool {
	e := k.entries[*r]
	return e != nil && e.of[which] != nil
}

// spend takes n tries from what the searches of a run may use.
func (k *KeyLog) spend(n int) bool {
	if k.tries < n {
		return false
	}
	k.tries -= n
	return true
}
