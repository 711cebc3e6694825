package inner

import (
	"io"
	"net/netip"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// Conversations writes what sessions carried as TCP and UDP to a pcapng file,
// between the client and the target, at the times at which it went through the
// server. Sub-connections are conversations of their own. TCP has its handshake,
// acknowledgements and the end that the session had; a name has an address that
// stands for it, and the file says for which.
type Conversations struct {
	w     *capture.Writer
	hosts hosts
	ports ports
	count int
}

// NewConversations begins a file for the sessions of a list.
func NewConversations(w io.Writer, application string, list []*report.Session) *Conversations {
	c := &Conversations{w: capture.NewPcapngWriter(w, capture.Origin{
		Application: application,
		Interface:   "vmess",
		Description: "what VMess sessions carried, as conversations of client and target",
	})}
	c.hosts = hosts{w: c.w, given: make(map[string]netip.Addr), taken: make(map[uint32]bool)}
	c.ports.owner = make(map[uint64]int)
	for _, s := range list {
		if f := s.Facts; f.Header != nil && f.Header.Command != codec.CommandMux {
			c.ports.reserve(s.Index, f.Header.Command == codec.CommandUDP, clientOf(s), c.hosts.endpoint(f.Header.Target))
		}
	}
	return c
}

// Count gives how many conversations were written.
func (c *Conversations) Count() int { return c.count }

// Flush writes what is still held, and tells the first error of all.
func (c *Conversations) Flush() error { return c.w.Flush() }

// Tap gives the tap of one of the sessions.
func (c *Conversations) Tap(s *report.Session) session.Tap { return &replay{c: c, s: s} }

func clientOf(s *report.Session) netip.AddrPort { return s.Facts.Flow.Ends[s.Facts.Client] }

// replay writes one session.
type replay struct {
	c    *Conversations
	s    *report.Session
	main *conversation   // nil if it is a carrier
	subs []*conversation // by index
}

// conversation is one of TCP or UDP that is being written.
type conversation struct {
	tcp    *capture.WriteConn // nil if it is of UDP
	client netip.AddrPort
	target netip.AddrPort
	about  string   // what is said of its first packet, until that is written
	lost   [2]bool  // something is missing here
	next   [2]int64 // where the next byte is in the direction's plaintext
	closed [2]bool
	reset  bool
}

func (r *replay) Header(from codec.Direction, at flow.Time) {
	h := r.s.Facts.Header
	if from == codec.Down || h.Command == codec.CommandMux {
		return
	}
	about := r.about("")
	if h.Command == codec.CommandUDP && !r.s.Facts.Up.Packets {
		about += "; where its datagrams begin and end is not on the wire"
	}
	r.main = r.open(at, h.Command == codec.CommandUDP, h.Target, about)
}

func (r *replay) Open(sub int, at flow.Time) {
	s := &r.s.Facts.Mux[sub]
	r.subs = append(r.subs, r.open(at, s.Network == "udp", s.Target, r.about(", sub-connection "+strconv.Itoa(sub+1))))
}

// about says where a conversation was found.
func (r *replay) about(sub string) string {
	f := r.s.Facts
	s := "VMess session " + strconv.Itoa(r.s.Index) + sub
	if r.s.User != "" {
		s += " of " + r.s.User
	}
	return s + ", " + clientOf(r.s).String() + " to " + f.Flow.Ends[f.Server()].String() + " by " + strings.Join(f.Flow.Stack(), " > ")
}

// open begins a conversation.
func (r *replay) open(at flow.Time, udp bool, target, about string) *conversation {
	v := &conversation{target: r.c.hosts.endpoint(target), about: about}
	v.client = r.c.ports.client(r.s.Index, udp, clientOf(r.s), v.target)
	r.c.count++
	if !udp {
		r.c.w.Comment(printable(about))
		n := uint32(ends(false, v.client, v.target)) ^ uint32(r.c.count)<<8
		v.tcp = r.c.w.Dial(at, v.client, v.target, [2]uint32{n, ^n})
	}
	return v
}

// of gives the conversation of a sub-connection, or the only one.
func (r *replay) of(sub int) *conversation {
	if sub == session.NoSub {
		return r.main
	}
	return r.subs[sub]
}

// side gives the side of a conversation that a direction comes from.
func side(from codec.Direction) flow.Side {
	if from == codec.Up {
		return flow.A
	}
	return flow.B
}

func (r *replay) Data(p *session.Carried) {
	v := r.of(p.Sub)
	if v.tcp == nil {
		r.datagram(v, p)
		return
	}
	v.tcp.At(p.At)
	if v.lost[p.From] {
		v.lost[p.From] = false
		v.tcp.Skip(side(p.From), missing(v.next[p.From], p.Offset))
	}
	v.tcp.Send(side(p.From), p.Data)
	v.next[p.From] = -1
	if p.Offset >= 0 {
		v.next[p.From] = p.Offset + int64(len(p.Data))
	}
}

// missing gives the size of a hole. Where nobody knows it, there is one all the
// same, and no reader takes a very large one for the same connection.
func missing(from, to int64) uint32 {
	const most = 1 << 28
	if from < 0 || to <= from || to-from > most {
		return 1
	}
	return uint32(to - from)
}

// datagram writes a datagram, to or from the far end that it has. What is longer
// than UDP has it comes in two.
func (r *replay) datagram(v *conversation, p *session.Carried) {
	from, to := v.client, v.target
	if p.Addr != "" {
		to = r.c.hosts.endpoint(p.Addr)
	}
	if p.From == codec.Down {
		from, to = to, from
	}
	for rest := p.Data; ; {
		n := min(len(rest), capture.MaxDatagram)
		r.c.w.Comment(printable(v.about))
		v.about = ""
		r.c.w.Datagram(p.At, from, to, rest[:n])
		if rest = rest[n:]; len(rest) == 0 {
			return
		}
	}
}

// each does something to the conversation, or to all those of a carrier.
func (r *replay) each(do func(v *conversation)) {
	if r.main != nil {
		do(r.main)
	}
	for _, v := range r.subs {
		do(v)
	}
}

func (r *replay) Hole(from codec.Direction, at flow.Time) {
	r.each(func(v *conversation) { v.lost[from] = true })
}

func (r *replay) Close(from codec.Direction, sub int, at flow.Time, how flow.How) {
	if sub != session.NoSub {
		r.subs[sub].close(from, at, how)
		return
	}
	r.each(func(v *conversation) { v.close(from, at, how) })
}

// close writes how a side ended, once.
func (v *conversation) close(from codec.Direction, at flow.Time, how flow.How) {
	over := v.reset || v.closed == [2]bool{true, true}
	if v.tcp == nil || over || v.closed[from] && how == flow.FIN {
		return
	}
	v.tcp.At(at)
	switch how {
	case flow.FIN:
		v.closed[from] = true
		v.tcp.Close(side(from))
	case flow.RST:
		v.reset = true
		v.tcp.Reset(side(from))
	}
}

func (r *replay) Finish() {}
