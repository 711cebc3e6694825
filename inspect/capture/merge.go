package capture

// merge gives the packets of several files in the order of time. A packet
// that is out of order within its file stays where it is.
type merge struct {
	files []*file // those that are captures, in the order of the inputs
	cur   *file   // its head is the packet that was given last
	limit *file   // has the earliest head of the others; nil if there are none

	o     *Options
	size  int // of a file's buffer
	meter *progress
	err   error // why a parked file could not be opened again
}

const (
	bufferSize  = 1 << 20
	buffersSize = 16 << 20 // of all files together, as far as this is possible
	leastBuffer = firstBuffer
	keepOpen    = 256 // of many inputs so many stay open; the others wait for their time
)

// openAll opens all inputs and fills in what their headers tell. The merge
// must be closed even after an error.
func openAll(inputs []Input, o *Options, infos []File, meter *progress) (*merge, error) {
	m := &merge{o: o, meter: meter}
	m.size = min(bufferSize, max(leastBuffer, buffersSize/max(1, min(len(inputs), keepOpen))))
	var unfit error
	fit := 0
	for i, in := range inputs {
		size, meter, mayPark := m.size, meter, i >= keepOpen && !in.Once
		if mayPark {
			size, meter = leastBuffer, &progress{}
		}
		f, err := o.open(in, &infos[i], size, meter)
		if err != nil {
			return m, err
		}
		f.index = i
		m.files = append(m.files, f)
		if f.unfit == nil {
			fit++
			if mayPark {
				f.advance()
			}
			if mayPark && !f.done {
				f.park()
			}
			continue
		}
		f.close()
		f.done = true
		f.info.problem(f.unfit)
		if unfit == nil {
			unfit = f.unfit
		}
	}
	if fit > 0 {
		return m, nil
	}
	if unfit == nil {
		unfit = &Error{File: "capture", What: "inputs", Off: -1, Seen: "none", Want: "at least one"}
	}
	return m, unfit
}

// first gives the file with the earliest packet.
func (m *merge) first() *file {
	for _, f := range m.files {
		if !f.done && !f.parked {
			f.advance()
		}
	}
	return m.choose()
}

// next moves on and gives the file with the earliest packet. Mostly that is
// the same one again, and then only one comparison is needed.
func (m *merge) next() *file {
	f := m.cur
	f.advance()
	if !f.done && (m.limit == nil || f.ahead(m.limit)) {
		return f
	}
	return m.choose()
}

// choose finds the earliest packet. If it is in a file that is parked, its
// time has come.
func (m *merge) choose() *file {
	for {
		f := m.earliest()
		if f == nil || !f.parked {
			return f
		}
		if err := f.resume(m.o, m.size, m.meter); err != nil {
			m.err = err
			return nil
		}
	}
}

func (m *merge) earliest() *file {
	m.cur, m.limit = nil, nil
	for _, f := range m.files {
		switch {
		case f.done:
		case m.cur == nil:
			m.cur = f
		case f.ahead(m.cur):
			m.cur, m.limit = f, m.cur
		case m.limit == nil || f.ahead(m.limit):
			m.limit = f
		}
	}
	return m.cur
}

// ahead tells whether the head of f comes before that of g; between equal
// times the order of the inputs decides.
func (f *file) ahead(g *file) bool {
	return f.head.at < g.head.at || f.head.at == g.head.at && f.index < g.index
}

func (m *merge) close() {
	for _, f := range m.files {
		f.close()
	}
}
