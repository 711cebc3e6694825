package peel

import (
	"encoding/base64"
	"strconv"
	"strings"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// openWebSocket takes off WebSocket (RFC 6455): an upgrade request and its
// answer, and frames behind them. Some clients send the first bytes of the
// stream in the request already.
func openWebSocket(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	f := openFront(p, rec, client, "ws")
	inside := p.Open(rec)
	w := newFrames(p, f, inside)
	f.to = w
	f.steps(
		f.request(func(at flow.Time, h *speech.Head) {
			if early := p.earlyData(f.layer, h, at); len(early) > 0 {
				f.layer.Set("early_data", strconv.Itoa(len(early))+" bytes")
				inside.Data(client, at, early)
			}
		}),
		f.response(func(h *speech.Head) bool {
			ok := switches(h) && h.Get("sec-websocket-accept") != ""
			if ok {
				w.negotiate(h.Get("sec-websocket-extensions"))
			}
			return ok
		}),
	)
	return f
}

// What a text has to have to be tried as early data, and to be taken for it
// where nobody knows its beginning.
const (
	leastEarly  = 16
	likelyEarly = 96 // more than any token; the smallest request has 61
)

// earlyData finds the first bytes of the stream in an upgrade request: base64 in
// Sec-WebSocket-Protocol, in another header that client and server agreed on, or
// behind the configured path, whose end is not marked.
func (p *peeler) earlyData(l *flow.Layer, h *speech.Head, at flow.Time) []byte {
	const usual = "sec-websocket-protocol"
	for _, line := range h.Fields {
		name, value := speech.Field(line)
		if early := decodeEarly(value); len(early) >= leastEarly && p.Begins(early, at) {
			l.Set("early_in", speech.Path(name))
			return early
		}
	}
	path, _, _ := strings.Cut(h.Target(), "?")
	if early, configured := p.earlyPath(path, at); early != nil {
		l.Set("early_in", "path")
		l.Set("path", speech.Path(configured))
		return early
	}
	if early := decodeEarly(h.Get(usual)); len(early) >= likelyEarly {
		l.Set("early_in", usual)
		return early
	}
	if early := decodeEarly(path[strings.LastIndexByte(path, '/')+1:]); len(early) >= likelyEarly {
		l.Set("early_in", "path")
		return early
	}
	return nil
}

// Bounds of what is tried as early data.
const (
	longestEarly = longestStep // of a text
	earlySample  = 24          // of its characters, to see whether it is any
	mostSlashes  = 16          // places in a path, from its end,
	mostPlaces   = 128         // and behind the last slash
)

// earlyPath tries the ends of a path, those behind a slash first, until one
// begins what is looked for. It gives the configured path in front, too.
func (p *peeler) earlyPath(path string, at flow.Time) (early []byte, configured string) {
	try := func(i int) bool {
		sample := decodeEarly(path[i:min(i+earlySample, len(path))])
		if len(sample) < leastEarly || !p.Begins(sample, at) {
			return false
		}
		early = decodeEarly(path[i:])
		return early != nil
	}
	last := strings.LastIndexByte(path, '/')
	for i, n := last, 0; i >= 0 && n < mostSlashes; i, n = strings.LastIndexByte(path[:i], '/'), n+1 {
		if try(i + 1) {
			return early, path[:i+1]
		}
	}
	for i := last + 2; i < min(len(path), last+2+mostPlaces); i++ {
		if try(i) {
			return early, path[:i]
		}
	}
	return nil, ""
}

// decodeEarly reads the alphabet of URLs without padding, as clients write it;
// nil if s is something else.
func decodeEarly(s string) []byte {
	if len(s) > longestEarly {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return nil
	}
	return b
}
