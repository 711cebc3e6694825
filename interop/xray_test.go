package interop

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/xtls/xray-core/common/bitmask"
	"github.com/xtls/xray-core/common/buf"
	"github.com/xtls/xray-core/common/net"
	"github.com/xtls/xray-core/common/protocol"
	"github.com/xtls/xray-core/common/uuid"
	"github.com/xtls/xray-core/proxy/vmess"
	"github.com/xtls/xray-core/proxy/vmess/encoding"

	"vmesskit/codec"
)

var testID = codec.ID{0xb8, 0x31, 0x38, 0x1d, 0x63, 0x24, 0x4d, 0x53, 0xad, 0x4f, 0x8c, 0xda, 0x48, 0xb3, 0x08, 0x11}

// xrayServer is what Xray's inbound keeps: its users, and the sessions it saw.
type xrayServer struct {
	users   *vmess.TimedUserValidator
	history *encoding.SessionHistory
}

func newXrayServer(tb testing.TB, ids ...codec.ID) *xrayServer {
	s := &xrayServer{vmess.NewTimedUserValidator(), encoding.NewSessionHistory()}
	tb.Cleanup(func() { s.history.Close() })
	for _, id := range ids {
		if err := s.users.Add(xrayUser(id)); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// session is for one connection.
func (s *xrayServer) session() *encoding.ServerSession {
	return encoding.NewServerSession(s.users, s.history)
}

func newXrayClient() *encoding.ClientSession {
	return encoding.NewClientSession(context.Background(), 0)
}

func xrayUser(id codec.ID) *protocol.MemoryUser {
	return &protocol.MemoryUser{Email: fmt.Sprintf("%x", id), Account: &vmess.MemoryAccount{ID: protocol.NewID(uuid.UUID(id))}}
}

// xrayHeader is h as Xray has it. Keys and the response's byte are its
// session's own.
func xrayHeader(h *codec.RequestHeader, id codec.ID) *protocol.RequestHeader {
	x := &protocol.RequestHeader{
		Version: 1, User: xrayUser(id), Command: protocol.RequestCommand(h.Command), Option: bitmask.Byte(h.Option),
		Security: protocol.SecurityType(h.Security), Port: net.Port(h.Address.Port),
	}
	switch {
	case h.Command == codec.CommandMux:
		x.Address, x.Port = net.DomainAddress("v1.mux.cool"), 0
	case h.Address.Type == codec.AddrDomain:
		x.Address = net.DomainAddress(h.Address.Domain)
	default:
		x.Address = net.IPAddress(h.Address.IP.AsSlice())
	}
	return x
}

// xrayRead reads a body to its end; of datagrams each by itself.
func xrayRead(r buf.Reader) (pieces [][]byte, err error) {
	for {
		mb, err := r.ReadMultiBuffer()
		for _, b := range mb {
			if b == nil { // where the stream has ended
				continue
			}
			pieces = append(pieces, bytes.Clone(b.Bytes()))
		}
		buf.ReleaseMulti(mb)
		if err == io.EOF {
			return pieces, nil
		}
		if err != nil {
			return pieces, err
		}
	}
}

// xrayWrite writes pieces as a body, with the end chunk where Xray's outbound
// and inbound send one.
func xrayWrite(w buf.Writer, h *codec.RequestHeader, pieces [][]byte) error {
	for _, p := range pieces {
		mb := buf.MergeBytes(nil, p)
		if h.Command == codec.CommandUDP {
			b := buf.New()
			b.Write(p)
			mb = buf.MultiBuffer{b}
		}
		if err := w.WriteMultiBuffer(mb); err != nil {
			return err
		}
	}
	if h.Option.Has(codec.ChunkStream) {
		return w.WriteMultiBuffer(buf.MultiBuffer{})
	}
	return nil
}

// random gives bytes that are the same in each run.
func random(seed uint64, n int) []byte {
	b := make([]byte, n)
	source(seed).Read(b)
	return b
}

func source(seed uint64) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}) }

func entropy(seed uint64) codec.Entropy {
	s := source(seed)
	return func(b []byte) error { s.Read(b); return nil }
}

// system is the randomness that peers use.
func system(b []byte) error {
	_, err := crand.Read(b)
	return err
}

// now is the time of all sessions: Xray reads the clock itself.
func now() int64 { return time.Now().Unix() }
