package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"vmesskit/internal/corpus"
)

// Result is what happened.
type Result struct {
	Packets []Packet // of the recorded leg, with Ethernet headers
	KeyLog  []byte   // TLS secrets, in the form of NSS

	ServerPort   int // where the recorded leg leads
	ServerLog    string
	ClientLogs   []string
	ServerConfig []byte
	ClientConfig [][]byte

	Transfers []Done
}

// Done is what became of a transfer.
type Done struct {
	Transfer
	Recipe  map[string]any // the plaintext, as the manifest has it
	Started time.Time

	Up, Down       []byte // what was meant
	Sent, Got      []byte // what the application sent and got
	Reached, Given []byte // what the origin got and gave

	Datagrams []Datagram
	Err       error // what the application saw
}

// Datagram is one that an application sent.
type Datagram struct {
	Up, Down []byte // what was meant
	Reached  bool   // the origin got it
	Answered bool   // the answer came back
}

// Whole reports whether every byte arrived, both ways.
func (d *Done) Whole() bool {
	for _, g := range d.Datagrams {
		if !g.Reached || !g.Answered {
			return false
		}
	}
	return string(d.Reached) == string(d.Up) && string(d.Got) == string(d.Down)
}

// Check compares the transfers with what was meant: those that fail have given
// nothing to the application, all others everything.
func (r *Result) Check() error {
	for i := range r.Transfers {
		d := &r.Transfers[i]
		switch {
		case d.Fails && len(d.Got) > 0:
			return fmt.Errorf("transfer %d to %s: %d bytes came back, and none should", i, d.Target, len(d.Got))
		case !d.Fails && d.Err != nil:
			return fmt.Errorf("transfer %d to %s: %w", i, d.Target, d.Err)
		case !d.Fails && !d.Whole():
			return fmt.Errorf("transfer %d to %s: the origin got %d bytes of %d, the application %d of %d; %d datagrams without an answer",
				i, d.Target, len(d.Reached), len(d.Up), len(d.Got), len(d.Down), d.unanswered())
		}
	}
	return nil
}

// unanswered counts the datagrams whose answer did not come.
func (d *Done) unanswered() (n int) {
	for _, g := range d.Datagrams {
		if !g.Answered {
			n++
		}
	}
	return n
}

// Sum is the length and hash of bytes.
func Sum(p []byte) corpus.BytesOf {
	h := sha256.Sum256(p)
	return corpus.BytesOf{Len: int64(len(p)), SHA256: hex.EncodeToString(h[:])}
}
