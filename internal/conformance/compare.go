package main

import (
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
