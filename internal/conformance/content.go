package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strconv"

	"vmesskit/internal/corpus"
)

// compareConnections finds for each transfer of the application what carried
// it: a session, or a sub-connection in one. Transfers overlap, so that they
// are known by destination and content. No sub-connection may be left over.
func (c *testCase) compareConnections(r *result, say sayer) {
	c.compareInside(r, say)
	talks := r.talks()
	for i := range c.Connections {
		want := wants(&c.Connections[i])
		if want.nothing() {
			continue
		}
		found := slices.IndexFunc(talks, func(t talk) bool { return want.carriedBy(&t) == "" })
		if found < 0 {
			say("connection %d to %s: %s", c.Connections[i].N, want.target, want.nearest(talks))
			continue
		}
		talks = slices.Delete(talks, found, found+1)
	}
	for _, t := range talks {
		if t.inside {
			say("%s: a sub-connection to %s that nobody made", t.name, t.target)
		}
	}
}

// inside has the layer that each command of the manifest puts into a body.
var inside = map[string]string{"mux": "mux", "mux (xudp)": "xudp", "udp (packetaddr)": "packetaddr"}

// compareInside wants that layer in the stack of all sessions that are ok.
func (c *testCase) compareInside(r *result, say sayer) {
	if len(c.Commands) != 1 || inside[c.Commands[0]] == "" {
		return
	}
	for _, s := range r.sessions {
		if s.Verdict == "ok" && s.Stack[len(s.Stack)-1] != inside[c.Commands[0]] {
			say("session %d: stack %v, want %s at its end", s.Index, s.Stack, inside[c.Commands[0]])
		}
	}
}

// talk is what can carry a transfer: a session, or a sub-connection in one.
type talk struct {
	name     string
	network  string // of a sub-connection
	target   string
	up, down *stream
	inside   bool // it is a sub-connection
	peers    bool // its datagrams have addresses
}

// talks lists the sessions, and of carriers their sub-connections. What goes
// over packetaddr goes to where its datagrams say.
func (r *result) talks() (list []talk) {
	for i := range r.sessions {
		s := &r.sessions[i]
		t := talk{name: fmt.Sprintf("session %d", s.Index), target: s.Target, up: s.Up, down: s.Down}
		if slices.Contains(s.Stack, "packetaddr") && s.Up != nil && len(s.Up.Datagrams) > 0 {
			t.target, t.peers = s.Up.Datagrams[0].Addr, true
		}
		if len(s.Mux) == 0 {
			list = append(list, t)
		}
		for n, m := range s.Mux {
			list = append(list, talk{fmt.Sprintf("session %d, %d in it", s.Index, n+1), m.Network, m.Target, m.Up, m.Down, true, m.Network == "udp"})
		}
	}
	return list
}

// wanted is what a talk has to show for one transfer.
type wanted struct {
	network  string
	target   string
	up, down flowWanted
}

// flowWanted is one direction: datagrams one by one, or at least need bytes
// from the beginning of all.
type flowWanted struct {
	packets []corpus.BytesOf
	all     []byte
	need    int64
}

// wants gives what a talk that carried the transfer shows.
func wants(c *corpus.Connection) wanted {
	w := wanted{network: c.Command}
	if c.Command == "xudp" {
		w.network = "udp"
	}
	if len(c.Destinations) > 0 {
		d := c.Destinations[0]
		w.target = net.JoinHostPort(d.Host, strconv.Itoa(d.Port))
	}
	if json.Unmarshal(c.Up, &w.up.packets) == nil {
		json.Unmarshal(c.Down, &w.down.packets)
		return w
	}
	var up, down corpus.BytesOf
	json.Unmarshal(c.Up, &up)
	json.Unmarshal(c.Down, &down)
	w.up.all, w.down.all = c.Streams()
	w.up.need, w.down.need = up.Len, down.Len
	if c.OriginSent != nil {
		w.down.need = c.OriginSent.Len
	}
	if c.InCapture != nil {
		w.up.need, w.down.need = c.InCapture.Up, c.InCapture.Down
	}
	return w
}

// nothing reports whether the capture need not show the transfer at all.
func (w *wanted) nothing() bool {
	return len(w.up.packets)+len(w.down.packets) == 0 && w.up.need == 0 && w.down.need == 0
}

// carriedBy says why a talk is not this transfer; nothing if it is.
func (w *wanted) carriedBy(t *talk) string {
	if t.target != w.target {
		return "another target: " + t.target
	}
	if t.inside && t.network != w.network {
		return "another network: " + t.network
	}
	for _, d := range []struct {
		way  string
		want *flowWanted
		got  *stream
	}{{"up", &w.up, t.up}, {"down", &w.down, t.down}} {
		if why := d.want.shownBy(d.got); why != "" {
			return d.way + ": " + why
		}
		if t.peers && !d.got.allOf(w.target) {
			return d.way + ": a datagram has another address"
		}
	}
	return ""
}

// allOf reports whether all datagrams have this address.
func (s *stream) allOf(addr string) bool {
	return s == nil || !slices.ContainsFunc(s.Datagrams, func(d datagram) bool { return d.Addr != addr })
}

func (w *flowWanted) shownBy(s *stream) string {
	if s == nil {
		if w.need == 0 && len(w.packets) == 0 {
			return ""
		}
		return "nothing decoded"
	}
	if w.packets != nil {
		return w.sameDatagrams(s)
	}
	if s.Bytes < w.need || s.Bytes > int64(len(w.all)) {
		return fmt.Sprintf("%d bytes, want %d to %d", s.Bytes, w.need, len(w.all))
	}
	sum := sha256.Sum256(w.all[:s.Bytes])
	if s.SHA256 != hex.EncodeToString(sum[:]) {
		return fmt.Sprintf("other bytes (%d of %d)", s.Bytes, len(w.all))
	}
	return w.hasPieces(s)
}

func (w *flowWanted) sameDatagrams(s *stream) string {
	if len(s.Datagrams) != len(w.packets) {
		return fmt.Sprintf("%d datagrams, want %d", len(s.Datagrams), len(w.packets))
	}
	for i, p := range w.packets {
		if d := s.Datagrams[i]; d.Bytes != p.Len || d.SHA256 != p.SHA256 {
			return fmt.Sprintf("datagram %d differs: %d bytes, want %d", i, d.Bytes, p.Len)
		}
	}
	return ""
}

// nearest tells why no talk is the transfer, by the one that comes closest.
func (w *wanted) nearest(talks []talk) string {
	why := "nothing left with this target"
	for i := range talks {
		if talks[i].target == w.target {
			why = talks[i].name + ": " + w.carriedBy(&talks[i])
		}
	}
	return why
}
