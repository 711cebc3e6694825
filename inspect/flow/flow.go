// Package flow is the leaf that every stage of the inspector shares: what a
// conversation is (Record), how its bytes are pushed from one stage to the
// next (Sink), who receives a new one (Source), and how much may be held on
// the way (Limits).
//
// Bytes travel in one direction only:
//
//	capture -> flow -> peel* -> session
//
// Whoever finds a conversation in its input opens it at a Source and pushes
// into the Sink it gets. A stage in the middle is both: the Sink of what is
// outside and the opener of what is inside. All calls of one run come from
// one goroutine, in packet order.
package flow

// Sink receives one conversation. The calls come in packet order; Finish
// comes once and last.
type Sink interface {
	// Data brings the next bytes that from sent. p is valid in the call
	// only, and the sink may overwrite it (ciphers open in place). On a
	// datagram flow one call is one datagram.
	Data(from Side, at Time, p []byte)
	// Gap tells that n bytes from this side are missing at this point; -1
	// means that nobody knows how many.
	Gap(from Side, at Time, n int64)
	// Close tells how this side ended its direction. No Data of that side
	// follows.
	Close(from Side, at Time, how How)
	// Finish is the end of the conversation.
	Finish()
}

// Source receives conversations. The record belongs to the opener, which
// keeps it up to date while the flow lives; a stage may add what it learns.
type Source interface {
	Open(*Record) Sink
}

// Discard is the sink of a conversation that nobody reads.
var Discard Sink = discard{}

type discard struct{}

func (discard) Data(Side, Time, []byte) {}
func (discard) Gap(Side, Time, int64)   {}
func (discard) Close(Side, Time, How)   {}
func (discard) Finish()                 {}
