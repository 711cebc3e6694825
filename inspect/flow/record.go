package flow

import (
	"net/netip"
	"slices"
	"time"
)

// Side names an end of a conversation. A sent the SYN or, where that was not
// seen, the first packet; who is the client is for the session to find out.
type Side uint8

const (
	A Side = iota
	B
)

// Other is the opposite end.
func (s Side) Other() Side { return s ^ 1 }

// String gives "a" or "b".
func (s Side) String() string {
	if s == A {
		return "a"
	}
	return "b"
}

// Time is a packet's time in nanoseconds since the Unix epoch. It comes from
// the capture only, never from this machine's clock.
type Time int64

// Unix gives the whole seconds, rounded down.
func (t Time) Unix() int64 {
	s := int64(t) / int64(time.Second)
	if int64(t)%int64(time.Second) < 0 {
		s--
	}
	return s
}

// UTC gives the same moment as a time.Time.
func (t Time) UTC() time.Time { return time.Unix(0, int64(t)).UTC() }

// How says how a direction ended.
type How uint8

const (
	Open    How = iota // no close was seen
	FIN                // the sender closed in order
	RST                // the sender reset the connection
	Cut                // the capture ended first
	Evicted            // a limit made the reader let go of it
)

var howNames = [...]string{Open: "open", FIN: "fin", RST: "rst", Cut: "cut", Evicted: "evicted"}

func (h How) String() string {
	if int(h) < len(howNames) {
		return howNames[h]
	}
	return "how?"
}

// Network is the kind of transport at the bottom of a conversation.
type Network uint8

const (
	TCP Network = iota
	UDP
)

// String gives "tcp" or "udp".
func (n Network) String() string {
	if n == UDP {
		return "udp"
	}
	return "tcp"
}

// Record describes one conversation. The opener fills it in; each stage adds
// what it learns.
type Record struct {
	Parent    *Record           // the conversation that this one was found in
	Network   Network           //
	Datagrams bool              // each Data is a datagram; not so a stream that a stage made of datagrams
	Ends      [2]netip.AddrPort // by Side
	Packet    int64             // number of its first packet in the run, from 1
	Latest    int64             // number of its latest packet
	Start     Time              // of its first packet
	End       Time              // of its latest packet
	Began     bool              // the beginning was seen (TCP: a SYN)
	Snapped   bool              // some packet of it was cut by the capture's snaplen
	Packets   [2]int64          // packets seen, by sender, those without payload included
	Layers    []*Layer          // what was understood above the network, outermost first
	Speaks    [2]Speech         // what the first bytes of each side look like, inside of all layers
	Handed    bool              // the sessions have it
	Limit     string            // name of the first limit that this conversation hit, else empty
	Panic     string            // a broken promise of a stage, which gave the conversation up; else empty
}

// Root gives the conversation of the capture that this one is in, at any depth.
func (r *Record) Root() *Record {
	for r.Parent != nil {
		r = r.Parent
	}
	return r
}

// Fault gives the broken promise that ended the reading of this conversation, or
// of one around it; else nothing.
func (r *Record) Fault() string {
	for ; r != nil; r = r.Parent {
		if r.Panic != "" {
			return r.Panic
		}
	}
	return ""
}

// Inside makes the record of a conversation that begins now in this one, one of
// several: a stream of HTTP/2, a conversation of mKCP. It has the layers that
// there are, and its client is side A. Who opens it keeps End up to date.
func (r *Record) Inside(client Side, at Time) *Record {
	root := r.Root()
	return &Record{
		Parent: r, Network: r.Network,
		Ends:    [2]netip.AddrPort{r.Ends[client], r.Ends[client.Other()]},
		Packets: [2]int64{root.Packets[client], root.Packets[client.Other()]},
		Packet:  root.Latest, Latest: root.Latest, Start: at, End: at,
		Began: true, Snapped: r.Snapped, Layers: slices.Clone(r.Layers),
	}
}

// Stack gives the words of the layers, the network first.
func (r *Record) Stack() []string {
	out := []string{r.Network.String()}
	for _, l := range r.Layers {
		if l.Name != "" {
			out = append(out, l.Name)
		}
	}
	return out
}

// Wrappings gives the layers around VMess.
func (r *Record) Wrappings() []*Layer {
	for i, l := range r.Layers {
		if l.Name == VMess {
			return r.Layers[:i]
		}
	}
	return r.Layers
}

// Add puts a layer inside of those that there are.
func (r *Record) Add(l *Layer) *Layer {
	r.Layers = append(r.Layers, l)
	return l
}

// Speech says what the first bytes of a side look like. The zero value means
// that they look like nothing known, as the bytes of VMess do.
type Speech struct {
	Protocol string // "http", "ws", "tls", "h2", "ssh", "socks5", "dns", "quic" and so on
	Detail   string // what shows it, short and printable: "GET /tide", "SSH-2.0-OpenSSH"
	Name     string // the host that it names: TLS's SNI, HTTP's Host, DNS's question; printable, may be empty
	Status   int    // of an HTTP response, else 0
	Opaque   bool   // bytes stand behind an HTTP head that the head does not account for
}
