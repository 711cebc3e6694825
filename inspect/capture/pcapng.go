package capture

import (
	"io"
	"strconv"

	"vmesskit/inspect/flow"
)

// Block types of pcapng.
const (
	blockSection   = 0x0a0d0d0a // reads the same in both byte orders
	blockInterface = 1
	blockPacket    = 2 // obsolete, but old files have it
	blockSimple    = 3
	blockEnhanced  = 6
	blockSecrets   = 10
)

const (
	blockFrame    = 12         // type and length in front, length again behind
	blockExtra    = 64 << 10   // what a packet's block may have besides the packet
	maxSecrets    = 64 << 20   // bytes of one secrets block
	maxInterfaces = 1 << 16    // of one section
	orderMagic    = 0x1a2b3c4d // as the section's writer orders it
)

// ng reads pcapng. A file is a row of sections, each with its own byte order
// and interfaces; the section's stated length is of no use to a reader that
// goes from block to block.
type ng struct {
	buf     *buffer
	info    *File
	secrets func(kind uint32, data []byte)
	order   order
	ifaces  []iface
	max     int       // longest packet
	latest  flow.Time // simple packets have no time of their own
}

func newNG(b *buffer, info *File, o *Options) (format, error) {
	g := &ng{buf: b, info: info, secrets: o.Secrets, max: o.Limits.PacketSize}
	if _, err := g.block(nil); err != nil {
		if err == io.EOF {
			err = b.damage("section header", "the file ends", "a block")
		}
		return nil, err
	}
	info.Format = "pcapng"
	return g, nil
}

func (g *ng) next(p *packet) error {
	for {
		if found, err := g.block(p); found || err != nil {
			return err
		}
	}
}

// block reads one block and tells whether it was a packet.
func (g *ng) block(p *packet) (bool, error) {
	h, err := g.buf.peek(8)
	if err != nil {
		return false, g.buf.short("block", h, 8, err)
	}
	if order(true).u32(h) == blockSection {
		return false, g.section()
	}
	kind, size := g.order.u32(h), g.order.u32(h[4:])
	switch kind {
	case blockEnhanced, blockSimple, blockPacket:
		b, err := g.body(kind, size, g.max+blockExtra)
		if err != nil {
			return false, err
		}
		return g.packet(kind, b, p), nil
	case blockInterface:
		b, err := g.body(kind, size, g.max+blockExtra)
		if err != nil {
			return false, err
		}
		return false, g.addInterface(b)
	case blockSecrets:
		b, err := g.body(kind, size, maxSecrets)
		if err != nil {
			return false, err
		}
		g.secret(b)
		return false, nil
	}
	return false, g.pass(kind, size)
}

// section starts a new section: the byte order may change, and interfaces
// are counted anew.
func (g *ng) section() error {
	h, err := g.buf.peek(blockFrame)
	if err != nil {
		return g.buf.short("section header", h, blockFrame, err)
	}
	switch magic := order(true).u32(h[8:]); magic {
	case orderMagic:
		g.order = true
	case 0x4d3c2b1a:
		g.order = false
	default:
		return g.buf.damage("section header", "byte order 0x"+strconv.FormatUint(1<<32|uint64(magic), 16)[1:], "0x1a2b3c4d in one of both orders")
	}
	b, err := g.body(blockSection, g.order.u32(h[4:]), g.max+blockExtra)
	if err != nil {
		return err
	}
	if len(b) < 16 {
		return g.buf.damage("section header", num(len(b))+" bytes", "at least 16")
	}
	if major := g.order.u16(b[4:]); major != 1 {
		return g.buf.damage("section header", "version "+num(major), "1")
	}
	g.ifaces = g.ifaces[:0]
	g.info.sawOrder(g.order)
	return nil
}

// body consumes a block of at most limit bytes and gives what is in it.
func (g *ng) body(kind, size uint32, limit int) ([]byte, error) {
	if err := g.checkSize(kind, size); err != nil {
		return nil, err
	}
	if int64(size) > int64(limit) {
		return nil, g.buf.damage(blockName(kind), "length "+num(size), "at most "+num(limit))
	}
	b, err := g.buf.peek(int(size))
	if err != nil {
		return nil, g.buf.short(blockName(kind), b, int64(size), err)
	}
	if again := g.order.u32(b[size-4:]); again != size {
		return nil, g.buf.damage(blockName(kind), "lengths "+num(size)+" in front and "+num(again)+" behind", "the same")
	}
	g.buf.skip(int(size))
	return b[8 : size-4], nil
}

// pass skips a block that says nothing to us, however long it is.
func (g *ng) pass(kind, size uint32) error {
	if err := g.checkSize(kind, size); err != nil {
		return err
	}
	got, err := g.buf.discard(int64(size))
	if err != nil {
		return g.buf.damage(blockName(kind), num(got)+" bytes up to here", num(size))
	}
	return nil
}

func (g *ng) checkSize(kind, size uint32) error {
	if size < blockFrame || size%4 != 0 {
		return g.buf.damage(blockName(kind), "length "+num(size), "at least 12 and a multiple of 4")
	}
	return nil
}

func (g *ng) secret(b []byte) {
	if len(b) < 8 || int64(g.order.u32(b[4:])) > int64(len(b)-8) {
		g.info.problem(g.buf.damage("secrets block before this", num(len(b))+" bytes", "its head and the length stated there"))
		return
	}
	if g.secrets != nil {
		g.secrets(g.order.u32(b), b[8:8+g.order.u32(b[4:])])
	}
}

func blockName(kind uint32) string {
	switch kind {
	case blockSection:
		return "section header"
	case blockInterface:
		return "interface block"
	case blockSimple, blockEnhanced, blockPacket:
		return "packet block"
	case blockSecrets:
		return "secrets block"
	}
	return "block of type " + num(kind)
}
