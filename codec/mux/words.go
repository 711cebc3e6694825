package mux

import (
	"strconv"

	"vmesskit/codec"
)

// Status says what a frame does to its sub-connection.
type Status uint8

const (
	New       Status = 1 // opens it; only a client sends that
	Keep      Status = 2 // goes on
	End       Status = 3 // closes both directions
	KeepAlive Status = 4 // nothing; its data is thrown away
)

var statusNames = [...]string{New: "new", Keep: "keep", End: "end", KeepAlive: "keep-alive"}

// String gives "new", "keep", "end", "keep-alive" or Status(9).
func (s Status) String() string { return name(statusNames[:], "Status", uint8(s)) }

// Option is the set of a frame's option bits.
type Option uint8

const (
	WithData  Option = 0x01 // data follows the metadata, though it may be empty
	WithError Option = 0x02 // the sub-connection ends for an error
)

var optionNames = [8]string{"data", "error", "reserved-2", "reserved-3", "reserved-4", "reserved-5", "reserved-6", "reserved-7"}

// Has reports whether all bits of o are set.
func (o Option) Has(bits Option) bool { return o&bits == bits }

// Names appends the words for the set bits to dst, lowest first.
func (o Option) Names(dst []string) []string {
	for i, word := range optionNames {
		if o.Has(1 << i) {
			dst = append(dst, word)
		}
	}
	return dst
}

// Network says what a sub-connection carries.
type Network uint8

const (
	TCP Network = 1 // a stream
	UDP Network = 2 // datagrams, one in each frame
)

var networkNames = [...]string{TCP: "tcp", UDP: "udp"}

// String gives "tcp", "udp" or Network(9).
func (n Network) String() string { return name(networkNames[:], "Network", uint8(n)) }

// Target is where a sub-connection goes, or one datagram of it. The zero
// Target is none.
type Target struct {
	Network Network
	Address codec.Address
}

// String gives "udp:192.0.2.7:53", or nothing for no target, or the network
// alone where the address is not known.
func (t Target) String() string {
	switch {
	case t.Network == 0:
		return ""
	case t.Address == (codec.Address{}):
		return t.Network.String()
	}
	return t.Network.String() + ":" + t.Address.String()
}

// Ender says who ended a sub-connection.
type Ender uint8

const (
	EndedByNone Ender = iota
	EndedByClient
	EndedByServer
	EndedByBoth // the usual case: v2ray and Xray send an End of their own behind the other's
)

var enderNames = [...]string{EndedByNone: "open", EndedByClient: "client", EndedByServer: "server", EndedByBoth: "both"}

// String gives "open", "client", "server" or "both".
func (e Ender) String() string { return name(enderNames[:], "Ender", uint8(e)) }

// name looks v up, or writes it as Type(9).
func name(names []string, kind string, v uint8) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return kind + "(" + strconv.Itoa(int(v)) + ")"
}
