package wire

// Trace maps every byte of what was read or written to a named field, and
// keeps each value that was computed on the way. All methods accept a nil
// receiver and then do nothing, so that the traced path is the fast path.
//
// A buffer holds bytes: those of the wire, those that came out of a sealed
// field, or a derived value. A span names a part of one buffer. Both lists
// are flat; Parent and From point backwards.
type Trace struct {
	Buffers []Buffer
	Spans   []Span
	Notes   []*Error // oddities that a lenient reader let pass

	// MaxBytes bounds how much of each direction's bytes is kept, chunk by
	// chunk behind the header; 0 is no bound. Skipped counts the chunks that
	// were not traced because of it.
	MaxBytes int
	Skipped  int

	groups []int // the open ones, the innermost last
}

// Buffer is a run of bytes that spans point into.
type Buffer struct {
	Field   Field
	Data    []byte
	From    int    // the span that it was opened from or is needed for; -1 for none
	Formula string // how a derived value was computed; empty for bytes that came over the wire
	Cut     bool   // more bytes followed, which were not kept (Trace.MaxBytes)
}

// Derived reports whether the buffer holds a computed value.
func (b *Buffer) Derived() bool { return b.Formula != "" }

// Span names the bytes [Off, Off+Len) of a buffer. A group spans its members.
type Span struct {
	Field  Field
	Buffer int
	Off    int
	Len    int
	Parent int // the enclosing group in the same buffer, -1 at the top
}

// Admit asks whether n more bytes of a body are still to be kept in a buffer.
// Once they are not, nothing behind them is: its place would not be known.
func (t *Trace) Admit(buffer, n int) bool {
	if t == nil {
		return false
	}
	b := &t.Buffers[buffer]
	if b.Cut || t.MaxBytes > 0 && len(b.Data)+n > t.MaxBytes {
		b.Cut = true
		t.Skipped++
		return false
	}
	return true
}

// Open starts a buffer with a copy of data and gives its index.
func (t *Trace) Open(f Field, data []byte, from int) int {
	if t == nil {
		return -1
	}
	t.Buffers = append(t.Buffers, Buffer{Field: f, Data: append([]byte(nil), data...), From: from})
	return len(t.Buffers) - 1
}

// Extend appends to a buffer and gives the offset at which data stands.
func (t *Trace) Extend(buffer int, data []byte) int {
	if t == nil {
		return 0
	}
	b := &t.Buffers[buffer]
	off := len(b.Data)
	b.Data = append(b.Data, data...)
	return off
}

// Derive keeps a computed value with the formula that gave it.
func (t *Trace) Derive(f Field, formula string, data []byte) {
	if t == nil {
		return
	}
	t.Buffers = append(t.Buffers, Buffer{
		Field: f, Data: append([]byte(nil), data...), From: t.group(), Formula: formula,
	})
}

// group gives the innermost open group, or -1.
func (t *Trace) group() int {
	if len(t.groups) == 0 {
		return -1
	}
	return t.groups[len(t.groups)-1]
}

// Span names n bytes of a buffer and gives the span's index.
func (t *Trace) Span(f Field, buffer, off, n int) int {
	if t == nil {
		return -1
	}
	parent := t.group()
	if parent >= 0 && t.Spans[parent].Buffer != buffer {
		parent = -1
	}
	t.Spans = append(t.Spans, Span{Field: f, Buffer: buffer, Off: off, Len: n, Parent: parent})
	return len(t.Spans) - 1
}

// Begin starts a group: the spans of its buffer that follow are its members
// until End.
func (t *Trace) Begin(f Field, buffer, off int) int {
	if t == nil {
		return -1
	}
	s := t.Span(f, buffer, off, 0)
	t.groups = append(t.groups, s)
	return s
}

// Reopen goes back into a group that was closed: more members follow. A visit
// that has to wait for bytes leaves no group open, because the other direction
// may go on in the same trace.
func (t *Trace) Reopen(group int) {
	if t != nil {
		t.groups = append(t.groups, group)
	}
}

// End closes the innermost group, which reaches up to offset end of its
// buffer.
func (t *Trace) End(group, end int) {
	if t == nil {
		return
	}
	s := &t.Spans[group]
	s.Len = end - s.Off
	t.groups = t.groups[:len(t.groups)-1]
}

// Note keeps an oddity that was let pass.
func (t *Trace) Note(e *Error) {
	if t != nil {
		t.Notes = append(t.Notes, e)
	}
}

// mark remembers the state of t, and back returns to it: a visit that met the
// end of the input leaves nothing behind.
type mark struct{ buffers, spans, notes, groups int }

// Mark remembers how much has been traced.
func (t *Trace) Mark() (m mark) {
	if t != nil {
		m = mark{len(t.Buffers), len(t.Spans), len(t.Notes), len(t.groups)}
	}
	return m
}

// Back forgets what was traced since the mark. Bytes that Extend added to an
// older buffer stay.
func (t *Trace) Back(m mark) {
	if t != nil {
		t.Buffers, t.Spans, t.Notes, t.groups = t.Buffers[:m.buffers], t.Spans[:m.spans], t.Notes[:m.notes], t.groups[:m.groups]
	}
}
