package capture

import (
	"cmp"
	"container/list"
	"net/netip"
	"slices"
	"time"

	"vmesskit/inspect/flow"
)

const (
	protoTCP = 6
	protoUDP = 17

	udpPatience    = flow.Time(180 * time.Second) // a UDP flow ends after that much silence
	closedPatience = flow.Time(10 * time.Second)  // a closed connection still takes retransmissions
	resetPatience  = flow.Time(2 * time.Minute)   // one that was reset, perhaps by somebody else, may go on
)

// key is the same for both directions of a conversation: the lower endpoint
// stands first. It has no padding, so it hashes in one go.
type key struct {
	low, high address
	ports     uint32 // of low, of high
	kind      uint32 // protocol, and 1<<8 for IPv6
}

// keyOf also tells whether the sender is the higher endpoint.
func keyOf(p *pair, src, dst uint16, proto uint32) (k key, swapped bool) {
	k.kind = proto
	if p.v6 {
		k.kind |= 1 << 8
	}
	if p.dst.less(p.src) || p.src == p.dst && dst < src {
		k.low, k.high, k.ports = p.dst, p.src, uint32(dst)<<16|uint32(src)
		return k, true
	}
	k.low, k.high, k.ports = p.src, p.dst, uint32(src)<<16|uint32(dst)
	return k, false
}

// conv is a conversation in the table.
type conv struct {
	key    key
	rec    *flow.Record
	sink   flow.Sink
	tcp    *conn // nil for UDP
	high   flow.Side
	latest flow.Time // the run's time when it was last seen
	list   *list.List
	place  *list.Element
}

// sender is the side that sent a packet.
func (v *conv) sender(swapped bool) flow.Side {
	if swapped {
		return v.high
	}
	return v.high.Other()
}

// seen notes a packet in the record.
func (v *conv) seen(r *reader, from flow.Side, snapped bool) {
	v.rec.Packets[from]++
	v.rec.Latest = r.sum.Packets
	v.rec.End = max(v.rec.End, r.at)
	if snapped {
		v.rec.Snapped = true
	}
	v.latest = r.now
	v.list.MoveToBack(v.place)
}

// table has all conversations. Each list is in the order of the latest
// packet, so the one to let go of is in front.
type table struct {
	convs             map[key]*conv
	last              *conv // found last
	tcp, udp, closing list.List
	reset             list.List // those with bytes that were reset
}

func (r *reader) find(k key) *conv {
	t := &r.table
	if t.last != nil && t.last.key == k {
		return t.last
	}
	v := t.convs[k]
	if v != nil {
		t.last = v
	}
	return v
}

// newConv makes a conversation between a and b, of which a is side A.
func (r *reader) newConv(k key, aIsHigh bool, a, b address, ports [2]uint16) *conv {
	v := &conv{key: k, high: flow.B}
	if aIsHigh {
		v.high = flow.A
	}
	v.rec = &flow.Record{
		Ends: [2]netip.AddrPort{
			netip.AddrPortFrom(a.netip(r.ends.v6), ports[0]),
			netip.AddrPortFrom(b.netip(r.ends.v6), ports[1]),
		},
		Packet: r.sum.Packets,
		Start:  r.at,
		End:    r.at,
	}
	return v
}

// launch opens the sink and enters v into the table.
func (r *reader) launch(v *conv) {
	t := &r.table
	if len(t.convs) >= r.o.Limits.Flows {
		r.evict()
	}
	v.rec.Network, v.list = flow.TCP, &t.tcp
	if v.tcp == nil {
		v.rec.Network, v.rec.Datagrams, v.list = flow.UDP, true, &t.udp
	}
	v.latest = r.now
	v.sink = r.to.Open(v.rec)
	v.place = v.list.PushBack(v)
	t.convs[v.key], t.last = v, v
}

// evict makes room for one more: a connection that is over, else the one
// that was silent for the longest time.
func (r *reader) evict() {
	t := &r.table
	for _, over := range []*list.List{&t.closing, &t.reset} {
		if v := front(over); v != nil {
			r.end(v, flow.Open)
			return
		}
	}
	v, u := front(&t.tcp), front(&t.udp)
	if v == nil || u != nil && u.latest < v.latest {
		v = u
	}
	if v != nil {
		r.sum.limit(v.rec, limitFlows)
		r.end(v, flow.Evicted)
	}
}

func front(l *list.List) *conv {
	if e := l.Front(); e != nil {
		return e.Value.(*conv)
	}
	return nil
}

// limit notes a limit that a conversation hit.
func (s *Summary) limit(rec *flow.Record, name string) {
	s.hit(name)
	if rec.Limit == "" {
		rec.Limit = name
	}
}

// expireConvs ends the conversations whose time is over.
func (r *reader) expireConvs() {
	r.expireList(&r.table.udp, udpPatience)
	r.expireList(&r.table.closing, closedPatience)
	r.expireList(&r.table.reset, resetPatience)
}

func (r *reader) expireList(l *list.List, patience flow.Time) {
	for v := front(l); v != nil && r.now-v.latest > patience; v = front(l) {
		r.end(v, flow.Open)
	}
}

func (t *table) move(v *conv, l *list.List) {
	if v.list != l {
		v.list.Remove(v.place)
		v.list, v.place = l, l.PushBack(v)
	}
}

// end closes what is still open of v and takes it out of the table.
func (r *reader) end(v *conv, how flow.How) {
	if v.tcp != nil {
		if v.tcp.over() {
			r.gone.remember(v, r.now)
		}
		v.tcp.end(how)
	} else {
		v.sink.Close(flow.A, v.rec.End, how)
		v.sink.Close(flow.B, v.rec.End, how)
	}
	v.sink.Finish()
	v.list.Remove(v.place)
	delete(r.table.convs, v.key)
	if r.table.last == v {
		r.table.last = nil
	}
}

// endAll ends what is left, in the order in which it began.
func (r *reader) endAll() {
	left := make([]*conv, 0, len(r.table.convs))
	for _, v := range r.table.convs {
		left = append(left, v)
	}
	slices.SortFunc(left, func(a, b *conv) int { return cmp.Compare(a.rec.Packet, b.rec.Packet) })
	for _, v := range left {
		r.end(v, flow.Cut)
	}
}
