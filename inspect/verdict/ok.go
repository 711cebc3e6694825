package verdict

import (
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/session"
)

var okKind = Kind{
	ID:    "ok",
	Title: "the session works",
	Sure:  Certain,
}

// Notes on a session that works.
const (
	noteCut                = "cut"
	noteNoAnswer           = "no-answer"
	noteEndMarkerFirst     = "end-marker-first"
	noteDynamicAccount     = "dynamic-account"
	noteDestinationRefused = "destination-refused"
	noteCaptureClock       = "capture-clock"
)

// okAnswered: the server took the request and everything there is opened.
func okAnswered(j *judge, f *session.Facts) (Verdict, bool) {
	if f.Response == nil {
		return Verdict{}, false
	}
	var notes, reason []string
	note := func(id, words string) {
		notes = append(notes, id)
		reason = append(reason, words)
	}
	if cut(f) {
		note(noteCut, "it ends early, in mid-transfer or in mid-capture")
	}
	if f.Down.EndFirst {
		note(noteEndMarkerFirst, "the server wrote an end mark in front of its data, so that v2ray and Xray clients deliver nothing")
	}
	if f.Announced != nil || f.Auth.From != nil {
		note(noteDynamicAccount, dynamicAccount(f))
	}
	if refusedByTarget(f) {
		note(noteDestinationRefused, "the target did not answer the server")
	}
	if j.clock != 0 {
		note(noteCaptureClock, "the capture's clock is off")
	}
	words := "request and answer decode"
	if len(reason) > 0 {
		words += "; " + strings.Join(reason, "; ")
	}
	return okKind.verdict(words, j.okEvidence(f, notes)...), true
}

// okNoAnswer: a good request without an answer is no refusal as long as it was
// not the server that hung up: servers send their header only with the
// target's first bytes.
func okNoAnswer(j *judge, f *session.Facts) (Verdict, bool) {
	if serverClosedFirst(f) {
		return Verdict{}, false
	}
	notes := []string{noteNoAnswer}
	words := "the request decodes; no answer came before the client or the capture ended, which servers do where the target is silent"
	switch {
	case answered(f):
		notes = []string{noteCut}
		words = "the request decodes; the answer ends within its header"
	case f.Header == nil || f.Up.End == "cut":
		notes = append([]string{noteCut}, notes...)
		words = "the request decodes as far as it goes; it ends early"
	}
	return okKind.verdict(words, j.okEvidence(f, notes)...), true
}

// okEvidence is the evidence of a session that works.
func (j *judge) okEvidence(f *session.Facts, notes []string) []Item {
	if notes == nil {
		notes = []string{}
	}
	e := Evidence{{"notes", notes}}
	if a := f.Announced; a != nil {
		e = append(e, Item{"announced", Evidence{{"port", int(a.Port)}, {"host", a.Host}, {"alterId", a.AlterIDs}, {"minutes", a.Minutes}}})
	}
	if f.Auth.From != nil {
		e = append(e, Item{"announced_by", j.index[f.Auth.From]})
	}
	if j.clock != 0 {
		e = append(e, Item{"capture_clock_s", -j.clock})
	}
	if f.Header != nil && len(f.Header.Oddities) > 0 {
		e = append(e, Item{"oddities", f.Header.Oddities})
	}
	return e
}

// cut reports whether a direction stops where it should not: inside a chunk, or
// a TCP stream by a reset or without any close. Carriers of datagrams and mux
// stay open when there is nothing to send, and so do the conversations of
// HTTP/2 and mKCP, whose ends often come much later or never.
func cut(f *session.Facts) bool {
	stays := f.Header.Command != codec.CommandTCP || f.Flow.Parent != nil
	for _, end := range []string{f.Up.End, f.Down.End} {
		if end == "cut" || !stays && (end == "rst" || end == "open") {
			return true
		}
	}
	return false
}

// dynamicAccount says what the server announced; of the id, that there is one.
func dynamicAccount(f *session.Facts) string {
	a := f.Announced
	if a == nil {
		return "its account is one that the server announced"
	}
	where := ""
	if a.Host != "" {
		where = a.Host + ", "
	}
	return "the server tells the client to go on at " + where + "port " + strconv.Itoa(int(a.Port)) + " for " + count(int64(a.Minutes), "minute") + ", with another id"
}

// refusedByTarget: v2ray sends its response header alone and closes.
func refusedByTarget(f *session.Facts) bool {
	return f.Header.Command == codec.CommandTCP && f.Down.Bytes == 0 && f.Down.End != "end-chunk" && serverClosedFirst(f)
}
