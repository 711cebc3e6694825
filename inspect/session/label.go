package session

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// label names what a direction carries by its first plaintext: TLS with the name
// of its server, HTTP with its host, and so on. It is a label only; nothing is
// decided by it.
type label struct {
	ear  speech.Ear
	held *flow.Meter
}

// hear takes the next plaintext. Of datagrams the first one counts.
func (l *label) hear(p []byte, datagrams bool, held *flow.Meter) {
	if l.ear.Done() {
		return
	}
	l.held, l.ear.Datagrams = held, datagrams
	l.ear.Hear(p, held)
	if datagrams {
		l.ear.Leave(held)
	}
}

// speech gives the name, or nil if there is none, and ends the listening.
func (l *label) speech() *flow.Speech {
	if l.held != nil {
		l.ear.Leave(l.held)
	}
	if l.ear.Speech.Protocol == "" {
		return nil
	}
	s := l.ear.Speech
	s.Detail = "" // it quotes what was carried
	return &s
}
