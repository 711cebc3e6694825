package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/internal/corpus"
)

// compare lists how a result differs from what is known of the case.
func (c *testCase) compare(r *result) (diff []string) {
	say := func(format string, args ...any) { diff = append(diff, fmt.Sprintf(format, args...)) }
	c.compareVerdicts(r, say)
	c.compareHeaders(r, say)
	c.compareStacks(r, say)
	c.compareConnections(r, say)
	compareStatus(r, say)
	if c.OtherFlows != nil && r.others != *c.OtherFlows {
		say("other flows: got %d, want %d", r.others, *c.OtherFlows)
	}
	return diff
}

type sayer func(format string, args ...any)

// compareStatus wants 0 exactly where all is well.
func compareStatus(r *result, say sayer) {
	want := 0
	if slices.ContainsFunc(r.sessions, func(s session) bool { return s.Verdict != "ok" }) {
		want = 1
	}
	if r.status != want {
		say("exit status: got %d, want %d", r.status, want)
	}
}

// compareVerdicts holds the counts by verdict against the manifest's, each
// session taking one of the places that its verdict may fill.
func (c *testCase) compareVerdicts(r *result, say sayer) {
	var places []string
	for id, n := range c.Sessions {
		places = append(places, slices.Repeat([]string{id}, n)...)
	}
	slices.Sort(places)
	var got []string
	for _, s := range r.sessions {
		got = append(got, s.Verdict)
	}
	if !c.seat(slices.Clone(got), places) {
		slices.Sort(got)
		say("verdicts: got %v, want %v", got, places)
	}
	for i := range r.sessions {
		c.compareEvidence(&r.sessions[i], say)
	}
}

// seat finds a place for each verdict.
func (c *testCase) seat(got, places []string) bool {
	if len(got) != len(places) {
		return false
	}
	if len(got) == 0 {
		return true
	}
	for i, p := range places {
		if (got[0] == p || slices.Contains(c.Accept[p], got[0])) && (i == 0 || places[i-1] != p) &&
			c.seat(got[1:], slices.Delete(slices.Clone(places), i, i+1)) {
			return true
		}
	}
	return false
}

// compareEvidence holds what the manifest says behind a verdict's colon
// against the evidence.
func (c *testCase) compareEvidence(s *session, say sayer) {
	id, detail, _ := strings.Cut(strings.TrimPrefix(c.Expected[strings.LastIndex(c.Expected, ",")+1:], "mixed:"), ":")
	detail, _, _ = strings.Cut(detail, " ")
	switch {
	case id == s.Verdict && id == "clock-skew":
		s.compareClock("seconds", seconds(detail), 32, say)
	case id == s.Verdict && id == "corrupt" && s.Evidence["where"] != detail:
		say("session %d: corrupt at %v, want %s", s.Index, s.Evidence["where"], detail)
	case id == s.Verdict && id == "one-way" && s.Evidence["captured"] != detail:
		say("session %d: one-way, captured %v, want %s", s.Index, s.Evidence["captured"], detail)
	case s.Verdict == "replay" && s.Evidence["of"] == nil:
		say("session %d: replay of nothing", s.Index)
	}
	if note, ok := strings.CutPrefix(id, "ok-"); ok && s.Verdict == "ok" {
		s.compareNote(note, detail, say)
	}
}

// compareNote wants a note on a session that is ok. A capture's clock that is
// off by less than servers allow cannot be told.
func (s *session) compareNote(note, detail string, say sayer) {
	if note == "capture-clock" {
		off := seconds(detail)
		if math.Abs(off) <= 120 {
			return
		}
		within := 1.0
		if s.Scheme == "legacy" {
			within = 32 // as far as a legacy client may be off by its own choice
		}
		s.compareClock("capture_clock_s", off, within, say)
	}
	if notes, _ := s.Evidence["notes"].([]any); !slices.Contains(notes, any(note)) {
		say("session %d: notes %v, want %s", s.Index, notes, note)
	}
}

// compareClock wants a number of seconds in the evidence.
func (s *session) compareClock(key string, want, within float64, say sayer) {
	if got, ok := s.Evidence[key].(float64); !ok || math.Abs(got-want) > within {
		say("session %d: %s: got %v, want %v, give or take %v", s.Index, key, s.Evidence[key], want, within)
	}
}

// seconds reads "+600s".
func seconds(text string) float64 {
	n, _ := strconv.ParseFloat(strings.TrimSuffix(text, "s"), 64)
	return n
}

// compareHeaders holds each session against the header that an independent
// script read on the same client port.
func (c *testCase) compareHeaders(r *result, say sayer) {
	for _, h := range c.Headers {
		i := slices.IndexFunc(r.sessions, func(s session) bool {
			_, port, _ := net.SplitHostPort(s.Client)
			return port == strconv.Itoa(h.ClientPort)
		})
		if i < 0 {
			say("no session from client port %d", h.ClientPort)
			continue
		}
		if h.Header != "" && c.given(h.User) >= 0 {
			c.compareHeader(&r.sessions[i], &h, say)
		}
	}
}

func (c *testCase) given(id string) int {
	return slices.IndexFunc(c.Users, func(u corpus.User) bool { return u.ID == id })
}

func (c *testCase) compareHeader(s *session, h *corpus.Header, say sayer) {
	check := func(what, got, want string) {
		if got != want {
			say("session %d: %s: got %q, want %q", s.Index, what, got, want)
		}
	}
	check("scheme", s.Scheme, h.Header)
	check("user", s.User, "#"+strconv.Itoa(c.given(h.User)+1))
	if h.Header == "legacy" && h.IDUsed != "" {
		got := "none"
		if s.Alter != nil {
			got = strconv.Itoa(*s.Alter)
		}
		check("alter", got, alterIndex(h.IDUsed))
	}
	if h.ClockMinus != nil && math.Abs(float64(s.Skew)-*h.ClockMinus) > 1.1 {
		say("session %d: skew %d s, want %.1f", s.Index, s.Skew, *h.ClockMinus)
	}
	if h.Bad != "" || h.Security == "" {
		return
	}
	option, _ := strconv.ParseUint(h.Options, 0, 8)
	check("security", s.Security, h.Security)
	check("options", strings.Join(s.Options, " "), strings.Join(codec.Option(option).Names(nil), " "))
	check("command", s.Command, h.Command)
	check("target", s.Target, h.Destination)
}

// alterIndex turns "alter 1", the first, into the decoder's "0", and "main"
// into "-1".
func alterIndex(used string) string {
	n, err := strconv.Atoi(strings.TrimPrefix(used, "alter "))
	if err != nil {
		n = 0
	}
	return strconv.Itoa(n - 1)
}

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
