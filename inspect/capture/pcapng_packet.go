package capture

import (
	"math/bits"

	"vmesskit/inspect/flow"
)

// iface is an interface of a pcapng section.
type iface struct {
	link    *link
	snaplen uint32
	clock   clock
}

// Options of an interface block that matter here.
const (
	optEnd        = 0
	optResolution = 9  // if_tsresol
	optOffset     = 14 // if_tsoffset
)

func (g *ng) addInterface(b []byte) error {
	if len(b) < 8 {
		return g.buf.damage("interface block before this", num(len(b))+" bytes", "at least 8")
	}
	if len(g.ifaces) == maxInterfaces {
		return g.buf.damage("interface block before this", "one more interface", "at most "+num(maxInterfaces))
	}
	i := iface{link: linkOf(g.order.u16(b)), snaplen: g.order.u32(b[4:]), clock: microseconds}
	g.info.sawLink(i.link, i.snaplen)
	g.options(b[8:], func(code uint16, v []byte) {
		switch {
		case code == optResolution && len(v) == 1:
			i.clock.resolution(v[0])
		case code == optOffset && len(v) == 8:
			i.clock.offset = int64(g.order.u64(v)) * 1e9
		}
	})
	g.ifaces = append(g.ifaces, i)
	return nil
}

// options calls visit for each option of a block.
func (g *ng) options(b []byte, visit func(code uint16, v []byte)) {
	for len(b) >= 4 {
		code, n := g.order.u16(b), int(g.order.u16(b[2:]))
		b = b[4:]
		if code == optEnd || n > len(b) {
			return
		}
		visit(code, b[:n])
		b = b[min((n+3)&^3, len(b)):]
	}
}

// packet fills p from the body of a packet block and tells whether that
// worked. The frame of a block was checked before, so a body that makes no
// sense does not end the reading.
func (g *ng) packet(kind uint32, b []byte, p *packet) bool {
	const head = 20
	if kind == blockSimple {
		return g.simple(b, p)
	}
	if len(b) < head {
		return g.badPacket(num(len(b))+" bytes", "at least 20")
	}
	id := g.order.u32(b)
	if kind == blockPacket {
		id = uint32(g.order.u16(b)) // behind it is a count of drops
	}
	if int64(id) >= int64(len(g.ifaces)) {
		return g.badPacket("interface "+num(id), "one of "+num(len(g.ifaces)))
	}
	i := &g.ifaces[id]
	captured := g.order.u32(b[12:])
	if int64(captured) > int64(len(b)-head) {
		return g.badPacket("captured length "+num(captured), "at most "+num(len(b)-head))
	}
	ticks := uint64(g.order.u32(b[4:]))<<32 | uint64(g.order.u32(b[8:]))
	g.latest = i.clock.time(ticks)
	p.at = g.latest
	p.set(b[head:head+captured:head+captured], g.order.u32(b[16:]), i.link)
	return true
}

// simple packets belong to the section's first interface and have no time.
func (g *ng) simple(b []byte, p *packet) bool {
	if len(b) < 4 || len(g.ifaces) == 0 {
		return g.badPacket("a simple packet", "an interface and 4 bytes")
	}
	i := &g.ifaces[0]
	orig := g.order.u32(b)
	captured := orig
	if i.snaplen != 0 {
		captured = min(captured, i.snaplen)
	}
	data := b[4:]
	if int64(captured) < int64(len(data)) {
		data = data[:captured:captured]
	}
	p.at = g.latest
	p.set(data, orig, i.link)
	return true
}

func (g *ng) badPacket(seen, want string) bool {
	g.info.problem(g.buf.damage("packet block before this", seen, want))
	return false
}

// clock turns the ticks of an interface into nanoseconds.
type clock struct {
	mul, div uint64 // powers of ten
	shift    uint   // ticks are 2^-shift seconds, if binary
	binary   bool
	offset   int64 // nanoseconds to add
}

var microseconds = clock{mul: 1000, div: 1}

// resolution takes if_tsresol: the top bit chooses powers of 2 or of 10.
func (c *clock) resolution(v byte) {
	n := uint(v & 0x7f)
	if v&0x80 != 0 {
		c.binary, c.shift = true, n
		return
	}
	c.mul, c.div = pow10(9-int(n)), pow10(int(n)-9)
}

// pow10 is 10^n, 1 for a negative n, and the largest power that fits for a
// large one.
func pow10(n int) uint64 {
	v := uint64(1)
	for range min(n, 19) {
		v *= 10
	}
	return v
}

func (c *clock) time(ticks uint64) flow.Time {
	if !c.binary {
		return flow.Time(int64(ticks/c.div*c.mul) + c.offset)
	}
	hi, lo := bits.Mul64(ticks, 1e9)
	if c.shift > 64 {
		return flow.Time(int64(hi>>(c.shift-64)) + c.offset)
	}
	return flow.Time(int64(hi<<(64-c.shift)|lo>>c.shift) + c.offset)
}
