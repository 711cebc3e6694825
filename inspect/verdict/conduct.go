package verdict

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// conduct is what a server did with a request that it refused, and what that
// means in the programs whose habits are known.
type conduct struct{ id, means string }

// Servers of the v2ray family close at once what only a holder of the id can
// cause. What anybody could send they read on, up to a number of bytes of their
// own, or until their deadline, so that a probe learns nothing.
var (
	closedAtOnce = conduct{"closed-at-once",
		"v2ray and Xray do so where the header opens and they refuse it (a cipher, a session that they remember), or where what they read on a header that does not open (54 to 3383 bytes) was there already; sing-box and mihomo in every case"}
	readOn = conduct{"read-on",
		"v2ray and Xray do so where the header does not open to them: the user is unknown there, the server's clock is off, the header is legacy"}
	waited = conduct{"waited",
		"v2ray and Xray do so where the header does not open to them: the user is unknown there, the server's clock is off, the header is legacy; or where its end never came"}
)

const (
	promptly = flow.Time(500_000_000)   // a refusal within this is one at once
	patience = flow.Time(1_500_000_000) // silence beyond this is waiting
	drained  = 16 + 38                  // bytes that v2ray-type servers read at least
)

// conductOf tells what the server did.
func conductOf(f *session.Facts) conduct {
	idle := f.FirstOut.At - max(f.Up.Last, f.FirstByte)
	switch {
	case idle >= patience:
		return waited
	case f.FirstOut.At-f.FirstByte > promptly && f.Up.Wire > drained:
		return readOn
	}
	return closedAtOnce
}

// firstRead is what sing-box's server wants in its first read: a smaller one it
// refuses.
func firstRead(f *session.Facts) int64 {
	if legacy(f) {
		return 54
	}
	return 100
}

// shortFirst reports whether the client's first bytes came in too small a piece
// for sing-box.
func shortFirst(f *session.Facts) bool { return f.Up.First > 0 && f.Up.First < firstRead(f) }

// closing is the evidence of how a server refused.
func closing(f *session.Facts) []Item {
	c := conductOf(f)
	e := []Item{
		{"closed_by", f.FirstOut.How.String()},
		{"after_ms", int64(f.FirstOut.At-f.FirstByte) / 1_000_000},
		{"request_bytes", f.Up.Wire},
		{"did", c.id},
		{"means", c.means},
	}
	if shortFirst(f) {
		e = append(e, Item{"first_piece_bytes", f.Up.First})
	}
	return e
}
