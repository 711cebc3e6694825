package peel

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/h2"
	"vmesskit/inspect/peel/kcp"
	"vmesskit/inspect/peel/tls"
	"vmesskit/inspect/speech"
)

// wrapping takes a conversation over: it adds its layer to the record and opens
// what is inside at p.
type wrapping func(p *peeler, rec *flow.Record, client flow.Side) flow.Sink

// wrappings has what is taken off, by the word for how the client speaks.
var wrappings map[string]wrapping

func init() { // not where it is declared: each wrapping leads back here
	wrappings = map[string]wrapping{
		"tls":         openTLS,
		"h2":          openH2,
		"ws":          openWebSocket,
		"httpupgrade": openHTTPUpgrade,
		"camouflage":  openCamouflage,
		"connect":     openConnect,
		"socks5":      openSOCKS5,
		"socks4":      openSOCKS4,
		"proxy":       openProxy,
	}
}

// wrapping finds who takes a conversation over: by how the client speaks, or by
// the bytes p that came now, where no word says it.
func (p *peeler) wrapping(rec *flow.Record, client *flow.Speech, now []byte) wrapping {
	switch {
	case rec.Datagrams:
		if _, ok := kcp.Recognise(now, p.Seeds); ok || kcp.Disguise(now) != kcp.Bare {
			return openKCP
		}
		return nil
	case client.Status != 0:
		return nil // a response: who was taken for the client is the server, and the request is not there
	case client.Protocol == "http" && client.Opaque:
		return wrappings["camouflage"]
	case client.Protocol == "http" && speech.Connects(client):
		return wrappings["connect"]
	case client.Protocol == "" && !rec.Began && h2.Frames(now):
		return openH2
	}
	return wrappings[client.Protocol]
}

func openTLS(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	return tls.Open(rec, client, p, tls.Options{Keys: p.Keys, Meter: p.memory, Hold: p.Limits.Hold, Name: speech.Of})
}

func openH2(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	return h2.Open(rec, client, p, h2.Options{Meter: p.memory, Hold: p.Limits.Hold, Name: speech.Of})
}

func openKCP(p *peeler, rec *flow.Record, client flow.Side) flow.Sink {
	return kcp.Open(rec, client, p, kcp.Options{Seeds: p.Seeds, Meter: p.memory, Hold: p.Limits.Reorder})
}
