package capture

import (
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

// keep copies x, which lies behind a hole. What is kept already wins.
func (s *stream) keep(at flow.Time, seq uint32, x piece) {
	for x.size() > 0 {
		i := sort.Search(len(s.kept), func(i int) bool { return before(seq, s.kept[i].seq) })
		if i > 0 {
			if over := int(int32(s.kept[i-1].end() - seq)); over > 0 {
				seq += uint32(over)
				x = x.from(over)
				continue
			}
		}
		n := x.size()
		if i < len(s.kept) {
			n = min(n, int(s.kept[i].seq-seq))
		}
		s.insert(i, island{seq, at, x.upTo(n)})
		seq += uint32(n)
		x = x.from(n)
	}
	s.relieve(at)
}

func (s *stream) insert(i int, x island) {
	s.held += len(x.data)
	if i > 0 {
		if prev := &s.kept[i-1]; prev.end() == x.seq && prev.lost == 0 {
			prev.data = append(prev.data, x.data...)
			prev.lost = x.lost
			return
		}
	}
	x.data = slices.Clone(x.data)
	s.kept = slices.Insert(s.kept, i, x)
}

// relieve gives up the first holes while too much is kept.
func (s *stream) relieve(at flow.Time) {
	for s.held > s.conn.reorder || len(s.kept) > maxIslands {
		s.conn.sum.limit(s.conn.v.rec, limitReorder)
		s.commit()
		if len(s.kept) > 0 {
			s.skip(at, s.kept[0].seq)
		}
	}
}

// drain delivers what is in order now, and closes the stream if that was all.
func (s *stream) drain() {
	for s.state == ordered && len(s.kept) > 0 && !before(s.next, s.kept[0].seq) {
		x := s.kept[0]
		s.kept = slices.Delete(s.kept, 0, 1)
		s.held -= len(x.data)
		if done := int(s.next - x.seq); done < x.size() {
			s.push(x.at, x.from(done))
		}
	}
	if s.ending && s.state != closed && !before(s.next, s.end) {
		s.close(s.endAt, s.how)
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
		if len(s.kept) > 0 && before(s.kept[0].seq, to) {
			to = s.kept[0].seq
		}
		n := to - s.next
		if n == 1 && len(s.kept) == 0 && !s.ending {
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
		if s.heard >= holdPackets || at-s.since > holdTime {
			s.commit()
		}
		return
	}
	w := &s.wait
	upTo, patience := s.owed()
	if s.state != ordered || !before(s.next, upTo) {
		w.on = false
		return
	}
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
	case len(s.kept) > 0:
		return s.kept[0].seq, lonePackets
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
	for s.state == ordered && len(s.kept) > 0 {
		s.skip(at, s.kept[0].seq)
	}
	if s.ending {
		if s.how == flow.FIN {
			s.skip(at, s.end)
		}
		at, how = s.endAt, s.how
	}
	if s.state != closed {
		s.close(at, how)
	}
}
