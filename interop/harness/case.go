package harness

import (
	"context"
	"net"
	"time"
)

// Case is what is to happen.
type Case struct {
	// Name seeds the plaintext, so that two cases do not say the same.
	Name string

	Server  Peer
	Clients []Peer

	// Service stands in for the server where something else is to answer.
	Service Service

	// Between are the hops from the clients to the server, in that order.
	Between []Hop

	// Proxy is dialled by the clients to get at the server.
	Proxy *Proxy

	// Leg says what is recorded: 0 is what leaves the clients, 1 what leaves the
	// first hop, and so on.
	Leg int

	// Ports are recorded besides those of the leg.
	Ports string

	Transfers []Transfer

	// Together starts all transfers at once. Otherwise each waits for the one
	// before.
	Together bool

	// Then goes on after the transfers, while everything still runs: leg is the
	// address where the recorded leg leads, seen what was recorded so far.
	Then func(ctx context.Context, leg string, seen []Packet) error

	// Linger is how long the recording goes on at most, after the last transfer,
	// for connections to close. Zero is a second.
	Linger time.Duration
}

// Program is a program that speaks VMess.
type Program string

// The programs.
const (
	V2Ray Program = "v2ray"
	Xray  Program = "Xray"
)

// Peer is one side.
type Peer struct {
	Program   Program
	Users     []User // a client uses the first
	Transport Transport

	// Clock is how far the peer's clock is ahead of this machine's. Only Xray's
	// can be moved.
	Clock time.Duration

	// Env is added to the environment.
	Env []string

	// Of a client.
	Security string // its default is aes-128-gcm
	Mux      int    // how many go into one connection
	XUDP     bool   // datagrams go into a mux of their own (Xray)

	// Of a server.
	SecureOnly    bool   // disableInsecureEncryption (v2ray)
	Dynamic       string // range of ports that clients are moved to (v2ray)
	ProxyProtocol bool   // a line or header of the PROXY protocol comes first
}

// User is an account.
type User struct {
	ID      string `json:"id"`
	AlterID int    `json:"alter_id"`
}

// Transport is what carries VMess. It is written to manifests as it is.
type Transport struct {
	Kind    string `json:"kind"` // tcp, http, ws, h2, grpc, kcp, httpupgrade, xhttp, quic
	Path    string `json:"path,omitempty"`
	Host    string `json:"host,omitempty"`
	Early   int    `json:"early,omitempty"`  // bytes of early data (ws)
	Header  string `json:"header,omitempty"` // the disguise of datagrams (kcp, quic)
	Seed    string `json:"seed,omitempty"`   // (kcp)
	Service string `json:"service,omitempty"`
	Multi   bool   `json:"multi,omitempty"` // TunMulti (grpc)
	Mode    string `json:"mode,omitempty"`  // (xhttp)
	TLS     *TLS   `json:"tls,omitempty"`

	// Outside names what stands in front of the transport on the recorded leg.
	Outside []string `json:"outside,omitempty"`
}

// TLS is around a transport.
type TLS struct {
	Version string   `json:"version,omitempty"` // "1.2" or "1.3"; else what the peers agree on
	Suite   string   `json:"suite,omitempty"`
	ALPN    []string `json:"alpn,omitempty"`
	On      bool     `json:"on,omitempty"` // nothing but the defaults
}

// Service answers a connection in the place of a server. It closes it.
type Service func(net.Conn)

// Transfer is what an application does over one connection, or with one UDP
// socket.
type Transfer struct {
	By     int    // the client it goes through
	Target string // host:port that it asks for

	// Up and Down are the lengths of a TCP connection's directions.
	Up, Down int
	Style    string // "http", "rand", "text" or "zero"; "rand" if empty
	Duplex   bool   // both directions at once; else the answer waits for all of the request
	Say      []byte // instead of Up
	Answer   []byte // instead of Down

	// Datagrams are the lengths of what is sent; each gets an answer 16 bytes
	// longer.
	Datagrams []int

	// Packets are datagrams with what they are to say.
	Packets [][]byte

	// Fails says that it is to come to nothing.
	Fails bool

	// After is how long a transfer waits before it begins.
	After time.Duration

	// Hold is how long the application keeps its connection open behind the
	// answer. The origin waits for it.
	Hold time.Duration

	// Wait is how long it may take until it is given up. Zero is ten seconds.
	Wait time.Duration
}
