package build

import (
	"fmt"
	"io"
	"net/netip"
	"time"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

// Capture writes sessions to a pcap file, each as a TCP connection.
type Capture struct{ w *capture.Writer }

// NewCapture begins a file. Flush ends it.
func NewCapture(w io.Writer) *Capture { return &Capture{capture.NewWriter(w)} }

// Connection says where and when a session takes place.
type Connection struct {
	Client, Server netip.AddrPort // both IPv4 or both IPv6
	Start          flow.Time
}

// Check tells what is wrong with c, or nil.
func (c *Connection) Check() error {
	switch {
	case !c.Client.IsValid() || !c.Server.IsValid():
		return fmt.Errorf("an end without an address")
	case c.Client.Addr().Unmap().Is4() != c.Server.Addr().Unmap().Is4():
		return fmt.Errorf("client %v and server %v, want both IPv4 or both IPv6", c.Client, c.Server)
	}
	return nil
}

// Add writes a session and gives when its connection was over.
func (c *Capture) Add(s *Session, seed Seed, at Connection) (flow.Time, error) {
	if err := at.Check(); err != nil {
		return at.Start, err
	}
	if err := s.Check(); err != nil {
		return at.Start, err
	}
	first := seed.draw("sequence numbers")
	conn := c.w.Dial(at.Start, at.Client, at.Server, [2]uint32{uint32(first.Uint64()), uint32(first.Uint64())})
	err := s.Write(seed, &captured{conn: conn})
	return conn.Now(), err
}

// Flush writes what is still held.
func (c *Capture) Flush() error { return c.w.Flush() }

// captured is the sink of one session.
type captured struct {
	conn *capture.WriteConn
	last codec.Direction
}

// thinking is how long the server waits for the target's answer.
const thinking = 5 * time.Millisecond

func (c *captured) Send(from codec.Direction, p []byte) error {
	if from != c.last {
		c.last = from
		c.conn.Wait(thinking)
	}
	return c.conn.Send(side(from), p)
}

func (c *captured) Close(from codec.Direction) error { return c.conn.Close(side(from)) }

func side(from codec.Direction) flow.Side {
	if from == codec.Up {
		return flow.A
	}
	return flow.B
}
