package capture

import (
	"io"

	"vmesskit/inspect/flow"
)

// Options says how to read. The zero value reads plain and gzip files within
// flow.DefaultLimits.
type Options struct {
	// Limits bounds memory; a limit that is not positive has its default.
	Limits flow.Limits
	// Unpack has more packers by name ("zstd", "xz", "bzip2", "lz4"); a
	// reader that is an io.Closer is closed at the end. One for "gzip" takes
	// the place of what is built in.
	Unpack map[string]func(io.Reader) (io.Reader, error)
	// Secrets takes the contents of pcapng's Decryption Secrets Blocks, when
	// the reading passes them; what stands in front of a file's first packet may
	// come twice. data is valid in the call only.
	Secrets func(kind uint32, data []byte)
	// Progress is told now and then how many bytes of the files have been
	// read, packed as they are.
	Progress func(read int64)
}

func (o *Options) defaults() {
	d := flow.DefaultLimits()
	l := &o.Limits
	if l.Reorder <= 0 {
		l.Reorder = d.Reorder
	}
	if l.ReorderTotal <= 0 {
		l.ReorderTotal = d.ReorderTotal
	}
	if l.Flows <= 0 {
		l.Flows = d.Flows
	}
	if l.Fragments <= 0 {
		l.Fragments = d.Fragments
	}
	if l.PacketSize <= 0 {
		l.PacketSize = d.PacketSize
	}
	l.PacketSize = min(l.PacketSize, 1<<30)
}

// Read reads the inputs as one capture, merged in time order, and opens each
// conversation in it at to. It fails with an *Error if an input cannot be
// opened, or if none is a capture; damage inside a file is told in the
// summary. Each sink gets its Finish in any case.
func Read(inputs []Input, to flow.Source, o Options) (Summary, error) {
	r := newReader(to, o)
	r.sum.Files = make([]File, len(inputs))
	meter := &progress{tell: o.Progress}
	m, err := openAll(inputs, &r.o, r.sum.Files, meter)
	defer m.close()
	if err != nil {
		return r.sum, err
	}
	for f := m.first(); f != nil; f = m.next() {
		r.take(&f.head)
	}
	r.endAll()
	meter.end()
	return r.sum, m.err
}

// reader is one run. What it holds of the current packet is passed from
// layer to layer here.
type reader struct {
	o     Options
	to    flow.Source
	sum   Summary
	frags fragments
	table table
	order ordering
	gone  departed
	now   flow.Time // never goes back, so that patience can be measured

	at   flow.Time // of the packet
	ends pair      // of the innermost IP header
	lost int       // bytes that the capture lacks at the end
	seg  segment
}

func newReader(to flow.Source, o Options) *reader {
	o.defaults()
	r := &reader{o: o, to: to}
	r.table.convs = make(map[key]*conv)
	r.frags.memory = flow.NewMeter(o.Limits.Fragments)
	r.order = ordering{sum: &r.sum, most: o.Limits.Reorder, memory: flow.NewMeter(o.Limits.ReorderTotal)}
	return r
}

func (r *reader) take(p *packet) {
	r.sum.count(p)
	r.at = p.at
	r.now = r.sum.Last
	r.expireFragments()
	r.expireConvs()
	r.packet(p)
}
