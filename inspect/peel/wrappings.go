package peel

import (
	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// wrapping takes a conversation over: it adds its layer to the record and opens
// what is inside at p.
type wrapping func(p *peeler, rec *flow.Record, client flow.Side) flow.Sink

// wrappings has what is taken off, by the word for how the client speaks.
var wrappings map[string]wrapping

func init() { // not where it is declared: each wrapping leads back here
	wrappings = map[string]wrapping{
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
		return nil
	case client.Protocol == "http" && client.Opaque:
		return wrappings["camouflage"]
	case client.Protocol == "http" && speech.Connects(client):
		return wrappings["connect"]
	}
	return wrappings[client.Protocol]
}
