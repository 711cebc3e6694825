package capture

import (
	"container/list"
	"slices"
	"sort"

	"vmesskit/inspect/flow"
)

// island is a run of bytes behind a hole.
type island struct {
	seq uint32
	at  flow.Time // of its first packet
	piece
}

func (i *island) end() uint32 { return i.seq + uint32(i.size()) }

// maxIslands bounds the work of finding a place among them.
const maxIslands = 4096

// islandCost is what an island takes besides its bytes.
const islandCost = 64

// ordering is what all streams of a run share for putting packets in order.
type ordering struct {
	sum     *Summary
	most    int         // bytes that one stream may keep
	memory  *flow.Meter // what they all may keep
	waiting list.List   // of *stream: those that keep something, longest first
}

// keep copies x, which lies behind a hole. What is kept already wins.
func (s *stream) keep(at flow.Time, seq uint32, x piece) {
	l := s.lateness()
	for x.size() > 0 {
		i := sort.Search(len(l.kept), func(i int) bool { return before(seq, l.kept[i].seq) })
		if i > 0 {
			if over := int(int32(l.kept[i-1].end() - seq)); over > 0 {
				seq += uint32(over)
				x = x.from(over)
				continue
			}
		}
		n := x.size()
		if i < len(l.kept) {
			n = min(n, int(l.kept[i].seq-seq))
		}
		l.insert(i, island{seq, at, x.upTo(n)})
		seq += uint32(n)
		x = x.from(n)
	}
	s.account()
	s.relieve(at)
}

func (l *late) insert(i int, x island) {
	l.held += len(x.data)
	if i > 0 {
		if prev := &l.kept[i-1]; prev.end() == x.seq && prev.lost == 0 {
			l.room -= cap(prev.data)
			prev.data = append(prev.data, x.data...)
			l.room += cap(prev.data)
			prev.lost = x.lost
			return
		}
	}
	x.data = slices.Clone(x.data)
	l.room += cap(x.data)
	l.kept = slices.Insert(l.kept, i, x)
}

// account tells the meter how much the stream keeps now.
func (s *stream) account() {
	l, o := s.late, s.conn.order
	now := l.room + len(l.kept)*islandCost
	o.memory.Charge(now - l.taken)
	l.taken = now
	switch {
	case now > 0 && l.place == nil:
		l.place = o.waiting.PushBack(s)
	case now == 0 && l.place != nil:
		o.waiting.Remove(l.place)
		l.place = nil
	}
}

// relieve gives up the first holes while too much is kept: those of this
// stream, or of the one that has waited longest if all of them keep too much.
func (s *stream) relieve(at flow.Time) {
	o := s.conn.order
	for s.late != nil && (s.late.held > o.most || len(s.late.kept) > maxIslands) {
		s.giveUp(at)
	}
	for o.memory.Over() && o.waiting.Len() > 0 {
		o.waiting.Front().Value.(*stream).giveUp(at)
	}
}

// giveUp takes the first hole for lost, because of a limit.
func (s *stream) giveUp(at flow.Time) {
	s.conn.order.sum.limit(s.conn.v.rec, limitReorder)
	s.commit()
	if kept := s.kept(); len(kept) > 0 {
		s.skip(at, kept[0].seq)
	}
}

// drain delivers what is in order now, and closes the stream if that was all.
func (s *stream) drain() {
	if l := s.late; l != nil && len(l.kept) > 0 {
		for s.state == ordered && len(l.kept) > 0 && !before(s.next, l.kept[0].seq) {
			x := l.kept[0]
			l.kept = slices.Delete(l.kept, 0, 1)
			l.held -= len(x.data)
			l.room -= cap(x.data)
			if done := int(s.next - x.seq); done < x.size() {
				s.push(x.at, x.from(done))
			}
		}
		s.account()
	}
	if s.ending && s.state != closed && !before(s.next, s.end) {
		s.close(s.endAt, flow.FIN)
	}
}

// skip declares lost what is missing up to a sequence number, and delivers
// what lies in between.
func (s *stream) skip(at flow.Time, upTo uint32) {
	if s.ending && before(s.end, upTo) {
		upTo = s.end // an acknowledgement counts the FIN too
	}
	for s.state == ordered && before(s.next, upTo) {
		to := upTo
		kept := s.kept()
		if len(kept) > 0 && before(kept[0].seq, to) {
			to = kept[0].seq
		}
		n := to - s.next
		if n == 1 && len(kept) == 0 && !s.ending {
			return // more likely the number of a FIN that was not captured
		}
		s.next = to
		if s.told || s.gave {
			s.gave = true
			s.conn.v.sink.Gap(s.side, at, int64(n))
		}
		s.drain()
	}
}

// overdue gives up what has been waited for long enough.
func (s *stream) overdue(at flow.Time) {
	if s.state == holding {
		if s.late.heard >= holdPackets || at-s.late.since > holdTime {
			s.commit()
		}
		return
	}
	upTo, patience := s.owed()
	if s.state != ordered || !before(s.next, upTo) {
		if s.late != nil {
			s.late.wait.on = false
		}
		return
	}
	w := &s.lateness().wait
	if !w.on || !before(s.next, w.upTo) {
		*w = wait{on: true, upTo: upTo, at: at, packets: s.conn.packets}
		return
	}
	if s.conn.packets-w.packets < patience && at-w.at < gapTime {
		return
	}
	w.on = false
	s.skip(at, w.upTo)
}

// owed tells up to where the capture should have the bytes, and how many
// packets to wait for them.
func (s *stream) owed() (upTo uint32, packets int64) {
	switch {
	case s.acks:
		return s.acked, gapPackets
	case len(s.kept()) > 0:
		return s.kept()[0].seq, lonePackets
	}
	return s.next, 0
}

// flush gives up all holes at the end of the connection, and closes the
// stream with how if it was not closed before.
func (s *stream) flush(at flow.Time, how flow.How) {
	s.commit()
	if s.state == ordered && s.acks {
		s.skip(at, s.acked)
	}
	for s.state == ordered && len(s.kept()) > 0 {
		s.skip(at, s.kept()[0].seq)
	}
	switch {
	case s.ending:
		s.skip(at, s.end)
		at, how = s.endAt, flow.FIN
	case s.isReset():
		at, how = s.rst.at, flow.RST
	}
	if s.state != closed {
		s.close(at, how)
	}
}
