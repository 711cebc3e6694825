package session

import (
	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/flow"
)

// Facts is what one session showed, without judgement. It is small: counts
// and hashes, never bodies.
type Facts struct {
	Flow      *flow.Record
	Ordinal   int       // number of its opening in the run, from 1: the same each time that an input is read
	Client    flow.Side // who speaks as the client
	FirstByte flow.Time // of the client's first byte; 0 if it sent none

	Auth      *Auth         // nil where no id matched
	Header    *Header       // nil where the request header did not open
	Response  *Response     // nil where no response header opened
	Faults    []Fault       // what refused to open, at most one a direction
	Up, Down  Stream        //
	Mux       []Sub         // what a mux carried, in the order of the New frames
	Odd       []string      // frames inside the bodies that a reader refuses; what is in front of them counts
	Dialect   codec.Dialect // in which the bodies were read
	Announced *Announced    // a SwitchAccount in the response
	Tried     int           // ids that the first bytes were tried with, alter ids included
	Searched  int64         // HMACs that were spent on times and alter ids beyond the given ones
	Exhausted bool          // the search ended because its budget did
	FirstOut  Closing       // who closed first
}

// Auth says who authenticated, and when by its own clock.
type Auth struct {
	Scheme codec.Scheme
	User   int      // index in the accounts given; -1 for an announced one
	Alter  int      // codec.Primary or the alter id's index
	Given  bool     // the alter id is one that the account has
	Has    int      // alter ids that the account has
	Time   int64    // Unix seconds in the auth field
	Skew   int64    // Time minus the capture's time of the first byte
	Bytes  [16]byte // the auth field itself
	From   *Facts   // the session whose response announced the account, or nil
}

// Header holds what the request header says.
type Header struct {
	Security codec.Security
	Option   codec.Option
	Command  codec.Command
	Target   string   // "host:port"; empty for mux
	Sum      [32]byte // SHA-256 of the header's bytes on the wire
	Size     int      // their number
	Keys     [16]byte // a hash of the body's key and IV: the session's own
	Oddities []string // what a strict reader would refuse
}

// Response holds what the response header says.
type Response struct {
	Option  codec.Option
	Command codec.ResponseCommand
	Size    int // bytes on the wire
}

// Announced is an account that a server told the client to go on with. Its id
// stays inside the decoder.
type Announced struct {
	Host     string // empty: the same host
	Port     uint16
	AlterIDs int
	Minutes  int
}

// Fault is the layer that refused, and where.
type Fault struct {
	Where  string // "header-length", "header", "request-body", "response-header", "response-body"
	Chunk  int64  // number of the chunk; -1 outside a body
	Offset int64  // in the direction's bytes on the wire
	Kind   codec.Kind
	Text   string // the codec's words
}

// Stream is what one direction showed.
type Stream struct {
	Wire     int64     // bytes that its sender sent, as far as the capture shows
	First    int64     // of them, those that came in the first piece
	Last     flow.Time // when the latest of them came
	Gaps     []Gap     // what the capture lacks of them, the first few
	GapCount int
	Lost     bool     // the first bytes are missing
	Close    flow.How // how its sender ended it

	Opened    bool  // its header opened: what follows counts
	Bytes     int64 // of plaintext, up to the first hole or damage; behind that it is in Pieces
	Chunks    int64 // with payload; 0 where there are none on the wire
	Hashed    bool
	Sum       [32]byte     // SHA-256 of the plaintext
	Speaks    *flow.Speech // what its first bytes look like; nil for nothing known
	Packets   bool         // datagrams with borders on the wire
	Datagrams []Datagram
	End       string // "end-chunk", "fin", "rst", "open" or "cut"
	EndFirst  bool   // an end chunk stood in front of the data
	Broken    bool   // all of this ends at a hole or at damage
	Pieces    []Piece
}

// Piece is plaintext behind a hole or behind damage.
type Piece struct {
	Offset    int64 // in the direction's plaintext; -1 where that is not known
	Bytes     int64
	Chunks    int64    // 0 where there are none on the wire
	Sum       [32]byte // SHA-256, if the stream is hashed
	Datagrams []Datagram

	At      int64 // in the direction's bytes on the wire
	Chunk   int64 // number of its first chunk; -1 without chunks, and where that is not known
	Skipped int64 // bytes on the wire in front of it that were not decoded, missing ones included; -1 where that is not known
	Lost    int64 // chunks in front of it that were not decoded; -1 as Chunk
}

// Sub is one sub-connection of Mux.Cool, or the one of XUDP.
type Sub struct {
	ID       uint16
	Network  string       // "tcp" or "udp"; empty, as Target, where the New frame is missing
	Target   string       // "host:port"
	Up, Down Stream       // Chunks counts frames with data; End is also "end", its side's End frame
	Ended    string       // who sent such a frame: "client", "server", "both" or "open"
	GlobalID mux.GlobalID // names the client's UDP socket, whatever the carrier; zero for none
}

// Datagram is one packet of a UDP session.
type Datagram struct {
	Bytes int
	Sum   [32]byte
	Addr  string // its far end, where it has one of its own or is inside a mux
}

// Gap is a hole in a direction: Len bytes at Offset are not in the capture;
// -1 where nobody knows how many.
type Gap struct{ Offset, Len int64 }

// Closing tells which side ended the conversation first.
type Closing struct {
	Seen bool
	By   flow.Side
	How  flow.How
	At   flow.Time
}

// Server gives the side that speaks as the server.
func (f *Facts) Server() flow.Side { return f.Client.Other() }

// Fault gives the fault of a layer, or nil.
func (f *Facts) Fault(where ...string) *Fault {
	for i := range f.Faults {
		for _, w := range where {
			if f.Faults[i].Where == w {
				return &f.Faults[i]
			}
		}
	}
	return nil
}

// Reverse makes the other side the client. It is for a session without its
// beginning, where something else tells which end the server is.
func (f *Facts) Reverse() {
	f.Client = f.Client.Other()
	f.Up, f.Down = f.Down, f.Up
}
