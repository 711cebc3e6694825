package handshake

import (
	"strconv"

	"vmesskit/codec"
)

// Policy is what a server takes and how it refuses. The zero value is a
// careful server for the open network: AEAD headers of the last and the next
// two minutes, every cipher, strict headers, refusals that drain.
type Policy struct {
	Window       int64 // seconds that an auth id may be off, either way; 0 is DefaultWindow
	LegacyWindow int64 // the same for legacy auths
	Legacy       LegacyAccess

	// RefuseInsecure refuses bodies without a tag on each chunk: aes-128-cfb
	// and none. v2ray has it as disableInsecureEncryption.
	RefuseInsecure bool

	// Tolerate lets odd headers pass that some peers take.
	Tolerate Oddity

	// Dialect is how options are read that the peers disagree about.
	Dialect codec.Dialect

	// NoDrain closes rejected connections at once. It belongs behind TLS,
	// where only who knows the way in gets as far as here, and never in front
	// of legacy users on the open network: there it gives away header fields
	// by how many bytes were read.
	NoDrain bool

	// Switch, if not nil, is sent in every response: go on at another port.
	Switch *codec.SwitchAccount

	// Memory is how many auth ids, legacy auths and sessions are remembered,
	// each; 0 is DefaultMemory. Where one is full, new requests of its kind are
	// refused until its oldest entry has had its time: nothing is forgotten
	// early.
	Memory int
}

const (
	// DefaultWindow is the 120 seconds that all peers have.
	DefaultWindow = 120
	// MaxWindow is the largest window that a policy can have.
	MaxWindow = 3600
	// MinRemembered is how many seconds everything is remembered at least: an
	// auth from 120 seconds ahead can come back for 240.
	MinRemembered = 241
	// DefaultMemory suits a server with a thousand new connections a second,
	// day and night. A full one takes about 80 MB (BenchmarkFullMemory).
	DefaultMemory = 1 << 18
)

// LegacyAccess is whose legacy headers are taken. They are protected by
// nothing but a 32-bit checksum, and by what this package remembers.
type LegacyAccess uint8

const (
	LegacyNever    LegacyAccess = iota // nobody's, as Xray
	LegacyAlterIDs                     // those made with a user's alter id, as sing
	LegacyAnyID                        // those made with the user's own id too, as v2ray
)

var legacyNames = [...]string{LegacyNever: "never", LegacyAlterIDs: "alter-ids", LegacyAnyID: "any-id"}

// String gives "never", "alter-ids" or "any-id".
func (l LegacyAccess) String() string { return name(legacyNames[:], "LegacyAccess", uint8(l)) }

// Oddity is a set of things that can be odd about a header and that one peer
// or another lets pass. A wrong checksum or cipher is never let pass.
type Oddity uint8

const (
	OddVersion   Oddity = 1 << iota // not 1: v2ray does not look
	OddDomain                       // a name with strange characters, or an empty one: sing does not look
	OddDatagrams                    // datagrams without chunks, whose borders are lost: v2ray does not look
)

// lets reports whether the policy lets an oddity of h pass.
func (p *Policy) lets(e *codec.Error, h *codec.RequestHeader) bool {
	switch e.Field {
	case codec.FieldVersion:
		return p.Tolerate&OddVersion != 0
	case codec.FieldAddrDomain:
		return p.Tolerate&OddDomain != 0
	case codec.FieldOption:
		if h.Option.Has(codec.GlobalPadding) && !h.Option.Has(codec.ChunkMasking) {
			return p.Dialect == codec.DialectSing // which has a body for it
		}
		return p.Tolerate&OddDatagrams != 0
	}
	return false
}

// insecure reports whether the policy refuses the cipher.
func (p *Policy) insecure(s codec.Security) bool { return p.RefuseInsecure && !s.AEAD() }

// settled gives the policy with its defaults filled in, and why it makes no
// sense.
func (p Policy) settled() (Policy, error) {
	for _, w := range []*int64{&p.Window, &p.LegacyWindow} {
		if *w == 0 {
			*w = DefaultWindow
		}
		if *w < 0 || *w > MaxWindow {
			return p, badPolicy("window of " + strconv.FormatInt(*w, 10) + " s, want 1 to " + strconv.Itoa(MaxWindow))
		}
	}
	if p.Memory == 0 {
		p.Memory = DefaultMemory
	}
	if p.Memory < 0 {
		return p, badPolicy("memory of " + strconv.Itoa(p.Memory) + " entries")
	}
	if p.Legacy > LegacyAnyID {
		return p, badPolicy(p.Legacy.String())
	}
	if p.Switch != nil {
		own := *p.Switch
		p.Switch = &own
		if _, err := own.Append(nil); err != nil {
			return p, err
		}
	}
	return p, nil
}

// remembered is how many seconds an auth can come back for, and one more.
func (p *Policy) remembered() int64 {
	return max(MinRemembered, 2*max(p.Window, p.LegacyWindow)+1)
}

// badPolicy is the error for a policy that makes no sense.
type badPolicy string

func (e badPolicy) Error() string { return "vmess: policy: " + string(e) }
