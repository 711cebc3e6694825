package peel

import (
	"strconv"
	"strings"
	"time"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// request gives a step that reads the head of an HTTP request, notes it, and
// hands it to then for what stands in it besides.
func (f *front) request(then func(at flow.Time, h *speech.Head)) step {
	return func(at flow.Time, p []byte) stepped {
		h, _, whole := speech.ParseHead(p)
		if !whole {
			return stepped{more: true}
		}
		f.layer.Set("method", h.Method())
		f.layer.Set("path", speech.Path(h.Target()))
		f.layer.Set("host", speech.Host(h.Get("host")))
		f.layer.Set("headers", fieldNames(&h))
		then(at, &h)
		return stepped{n: h.Size}
	}
}

// nothing is what a plain head holds besides.
func nothing(flow.Time, *speech.Head) {}

// response gives a step that reads the head of an HTTP response. agrees says
// whether the server takes the wrapping by it.
func (f *front) response(agrees func(h *speech.Head) bool) step {
	const least = "HTTP/1.1 200"
	return func(at flow.Time, p []byte) stepped {
		if n := min(len(p), len("HTTP/1.")); string(p[:n]) != "HTTP/1."[:n] {
			return f.foreign(p)
		}
		h, _, whole := speech.ParseHead(p)
		if !whole && len(p) >= len(least) {
			f.layer.Says = speech.Of(p) // in case that no more comes
		}
		if !whole {
			return stepped{more: true}
		}
		f.layer.Says = flow.Speech{}
		f.layer.Clock = clockOf(&h, at)
		if !agrees(&h) {
			return f.turnedDown(speech.Of(p[:h.Size]))
		}
		f.layer.Answer = flow.Agreed
		return stepped{n: h.Size}
	}
}

// clockOf reads the server's clock off its Date (RFC 9110, 6.6.1).
func clockOf(h *speech.Head, at flow.Time) *flow.Clock {
	seconds, ok := parseDate(h.Get("date"))
	if !ok {
		return nil
	}
	return &flow.Clock{Says: seconds, At: at}
}

// parseDate reads the form "Sun, 06 Nov 1994 08:49:37 GMT". time.Parse knows so
// many others that it would be a hundredth of the WebAssembly module.
func parseDate(s string) (seconds int64, ok bool) {
	const form, months = "Sun, 06 Nov 1994 08:49:37 GMT", "JanFebMarAprMayJunJulAugSepOctNovDec"
	if len(s) != len(form) {
		return 0, false
	}
	for _, i := range []int{3, 4, 7, 11, 16, 19, 22, 25, 26, 27, 28} {
		if s[i] != form[i] {
			return 0, false
		}
	}
	month := strings.Index(months, s[8:11])
	ok = month >= 0 && month%3 == 0
	number := func(text string, least, most int) int {
		n, err := strconv.ParseUint(text, 10, 16)
		ok = ok && err == nil && int(n) >= least && int(n) <= most
		return int(n)
	}
	year, day := number(s[12:16], 0, 9999), number(s[5:7], 1, 31)
	hour, minute, second := number(s[17:19], 0, 23), number(s[20:22], 0, 59), number(s[23:25], 0, 59)
	date := time.Date(year, time.Month(month/3+1), day, hour, minute, second, 0, time.UTC)
	return date.Unix(), ok && date.Day() == day
}

// mostFields is how many names of headers are told.
const mostFields = 24

// fieldNames lists the names of the headers. Their values may be secret.
func fieldNames(h *speech.Head) string {
	var names []string
	for _, line := range h.Fields {
		name, _ := speech.Field(line)
		if len(names) == mostFields {
			names = append(names, "...")
			break
		}
		names = append(names, speech.Path(name))
	}
	return strings.Join(names, ", ")
}

// openCamouflage takes off the HTTP camouflage of the TCP transport: a request
// head and a response head, once in each direction, with the stream behind
// them. The response may claim to be chunked; its bytes are not.
func openCamouflage(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	f := openFront(p, rec, client, "http")
	f.steps(f.request(nothing), f.response(func(h *speech.Head) bool { return h.Status() < 300 }))
	f.to = p.Open(rec)
	return f
}

// openHTTPUpgrade takes off an upgrade request without WebSocket's key: behind
// the answer the bytes are bare.
func openHTTPUpgrade(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	f := openFront(p, rec, client, "httpupgrade")
	f.steps(f.request(nothing), f.response(switches))
	f.to = p.Open(rec)
	return f
}

// switches reports whether a response grants an upgrade.
func switches(h *speech.Head) bool { return h.Status() == 101 && h.Upgrade("websocket") }

// openConnect takes off the dialogue with an HTTP proxy in front.
func openConnect(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	f := openFront(p, rec, client, "connect")
	f.steps(f.request(func(_ flow.Time, h *speech.Head) { f.layer.Set("target", speech.Host(h.Target())) }),
		f.response(func(h *speech.Head) bool { return h.Status()/100 == 2 }))
	f.to = p.Open(rec)
	return f
}

// kib writes a number of bytes that is whole KiB.
func kib(n int) string { return strconv.Itoa(n>>10) + " KiB" }
