package flow

import "math"

// Limits bounds what a run may keep in memory. A limit that is hit is told
// (Record.Limit, or the capture's summary), never passed over in silence.
type Limits struct {
	Hold         int   // bytes that one waiting stage may hold of one flow
	HoldTotal    int64 // the same, of all flows together
	Chunks       int64 // bytes of unfinished chunks, of all sessions together
	Reorder      int   // out-of-order bytes kept for one TCP direction
	ReorderTotal int64 // the same, of all flows together, bookkeeping included
	Flows        int   // conversations open at the same time
	Fragments    int64 // bytes of unfinished IP fragments
	Sessions     int   // sessions whose facts are kept
	PacketSize   int   // bytes of one captured packet
}

// DefaultLimits are the limits that the documentation states.
func DefaultLimits() Limits {
	return Limits{
		Hold:         256 << 10,
		HoldTotal:    64 << 20,
		Chunks:       512 << 20,
		Reorder:      4 << 20,
		ReorderTotal: 64 << 20,
		Flows:        200_000,
		Fragments:    16 << 20,
		Sessions:     1_000_000,
		PacketSize:   1 << 20,
	}
}

// Named is a limit that can be set by its name.
type Named struct {
	Name  string
	What  string // a phrase: what there may be of it
	Bytes bool   // it counts bytes
	of    func(*Limits) number
}

// number is one of the kinds that limits have.
type number struct {
	small *int
	large *int64
}

// Names lists the limits that can be set.
var Names = []Named{
	{"hold", "bytes that one stage holds of a connection while it waits", true, func(l *Limits) number { return number{small: &l.Hold} }},
	{"hold-total", "the same, of all connections", true, func(l *Limits) number { return number{large: &l.HoldTotal} }},
	{"chunks", "bytes of unfinished chunks, of all sessions", true, func(l *Limits) number { return number{large: &l.Chunks} }},
	{"reorder", "bytes of a direction that came ahead of what is missing", true, func(l *Limits) number { return number{small: &l.Reorder} }},
	{"reorder-total", "the same, of all directions", true, func(l *Limits) number { return number{large: &l.ReorderTotal} }},
	{"fragments", "bytes of unfinished IP fragments", true, func(l *Limits) number { return number{large: &l.Fragments} }},
	{"packet-size", "bytes of one captured packet", true, func(l *Limits) number { return number{small: &l.PacketSize} }},
	{"flows", "conversations that are open at the same time", false, func(l *Limits) number { return number{small: &l.Flows} }},
	{"sessions", "sessions whose facts are kept", false, func(l *Limits) number { return number{small: &l.Sessions} }},
}

// Set changes the limit of this name, and reports whether there is one. n is at
// least 1.
func (l *Limits) Set(name string, n int64) bool {
	for _, x := range Names {
		if x.Name == name {
			x.of(l).set(n)
			return true
		}
	}
	return false
}

// Get gives a limit of Names.
func (l *Limits) Get(x *Named) int64 {
	if n := x.of(l); n.small != nil {
		return int64(*n.small)
	}
	return *x.of(l).large
}

func (n number) set(v int64) {
	if n.small != nil {
		*n.small = int(min(v, math.MaxInt))
		return
	}
	*n.large = v
}

// Meter counts bytes that are held against a common maximum.
type Meter struct {
	used, max int64
}

// NewMeter makes a meter that grants up to max bytes.
func NewMeter(max int64) *Meter { return &Meter{max: max} }

// Take asks for n bytes and reports whether they were granted.
func (m *Meter) Take(n int) bool {
	if m.used+int64(n) > m.max {
		return false
	}
	m.used += int64(n)
	return true
}

// Charge takes n bytes without asking. Who does that looks at Over next, and
// lets go of something.
func (m *Meter) Charge(n int) { m.used += int64(n) }

// Over reports whether more is taken than there is.
func (m *Meter) Over() bool { return m.used > m.max }

// Give returns n bytes that were granted or charged before.
func (m *Meter) Give(n int) { m.used -= int64(n) }

// Room is what one stage may hold of one flow, out of what all may hold
// together.
type Room struct {
	meter      *Meter
	used, most int
}

// NewRoom makes the room of a stage: most bytes, of those of the meter.
func NewRoom(m *Meter, most int) Room { return Room{meter: m, most: most} }

// Take asks for n bytes more and reports whether they were granted.
func (r *Room) Take(n int) bool {
	if r.used+n > r.most || !r.meter.Take(n) {
		return false
	}
	r.used += n
	return true
}

// Give returns n bytes.
func (r *Room) Give(n int) {
	r.used -= n
	r.meter.Give(n)
}

// Leave returns all that there is.
func (r *Room) Leave() { r.Give(r.used) }
