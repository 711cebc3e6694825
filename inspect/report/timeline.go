package report

import (
	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// Timeline is a session.Tap that counts when how much was carried. Its size does
// not depend on the session's.
type Timeline struct {
	start, end flow.Time
	bins       [2][timelineBins]int64 // bytes, by direction and part of the time
	marks      []event
	more       int // marks beyond the most that are kept
}

const (
	timelineBins = 240
	mostMarks    = 64
)

// event is something that happened besides data.
type event struct {
	at   flow.Time
	from codec.Direction
	what markKind
}

type markKind uint8

const (
	markHeader markKind = iota
	markSub
	markHole
	markFIN
	markRST
)

// NewTimeline makes the timeline of a session.
func NewTimeline(f *session.Facts) *Timeline {
	return &Timeline{start: f.Flow.Start, end: max(f.Flow.End, f.Flow.Start+1)}
}

// bin gives the part of the time that a moment is in.
func (t *Timeline) bin(at flow.Time) int {
	share := float64(at-t.start) / float64(t.end-t.start)
	return min(max(int(share*timelineBins), 0), timelineBins-1)
}

func (t *Timeline) mark(at flow.Time, from codec.Direction, what markKind) {
	if len(t.marks) == mostMarks {
		t.more++
		return
	}
	t.marks = append(t.marks, event{at, from, what})
}

func (t *Timeline) Header(from codec.Direction, at flow.Time) { t.mark(at, from, markHeader) }
func (t *Timeline) Open(sub int, at flow.Time)                { t.mark(at, codec.Up, markSub) }
func (t *Timeline) Hole(from codec.Direction, at flow.Time)   { t.mark(at, from, markHole) }
func (t *Timeline) Data(p *session.Carried)                   { t.bins[p.From][t.bin(p.At)] += int64(len(p.Data)) }
func (t *Timeline) Finish()                                   {}

func (t *Timeline) Close(from codec.Direction, sub int, at flow.Time, how flow.How) {
	switch {
	case sub != session.NoSub:
	case how == flow.FIN:
		t.mark(at, from, markFIN)
	case how == flow.RST:
		t.mark(at, from, markRST)
	}
}

// most gives the largest number of bytes in a part of the time.
func (t *Timeline) most() (n int64) {
	for _, way := range t.bins {
		for _, b := range way {
			n = max(n, b)
		}
	}
	return n
}
