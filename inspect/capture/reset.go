package capture

import "vmesskit/inspect/flow"

// reset is an RST of a stream. Anybody on the way can send one, and near a
// VMess server somebody does; so it ends nothing at once. It is told when the
// connection is over or when the other side closes, and it is forgotten if
// its side goes on with new bytes.
type reset struct {
	at    flow.Time
	seq   uint32
	on    bool
	early bool // nothing else of the side was seen, and seq says nothing
}

// resetAt notes an RST, if the receiver may have believed it. As in RFC 5961
// its number has to be the next one; and since the capture may lack packets
// that the receiver had, one that is acknowledged or kept already will do. One
// farther ahead counts if the stream arrives exactly there: it overtook the
// last bytes. What lies in between is not made a gap.
func (s *stream) resetAt(at flow.Time, seq uint32, x *segment, o *stream) bool {
	if s.isReset() {
		return true // once more
	}
	if s.state == unheard {
		if s.acks && seq != s.acked || !s.acks && !(x.has(flagACK) && o.has(x.ack)) {
			return false
		}
		s.rst = reset{at: at, seq: seq, on: true, early: true}
		return true
	}
	if ahead := int32(seq - s.next); ahead < 0 || ahead >= window {
		return false
	}
	if known := s.known(); before(seq, known) {
		seq = known
	}
	s.rst = reset{at: at, seq: seq, on: true}
	return true
}

// isReset reports whether the stream is at an RST.
func (s *stream) isReset() bool {
	return s.rst.on && (s.rst.early || !before(s.known(), s.rst.seq))
}

// arrived reports whether the stream is at an RST with all its bytes
// delivered, and not closed.
func (s *stream) arrived() bool {
	return s.rst.on && s.state != closed && s.state != holding && !s.ending && (s.rst.early || s.next == s.rst.seq)
}

// has reports whether ack acknowledges something of the stream that was seen.
func (s *stream) has(ack uint32) bool {
	return s.state != unheard && !before(ack, s.first) && !before(s.known(), ack)
}

// known gives the end of what is known to have been sent.
func (s *stream) known() uint32 {
	end := s.next
	if kept := s.kept(); len(kept) > 0 && before(end, kept[len(kept)-1].end()) {
		end = kept[len(kept)-1].end()
	}
	if s.acks && before(end, s.acked) {
		end = s.acked
	}
	if s.ending && before(end, s.end+1) {
		end = s.end + 1 // the FIN has a number
	}
	return end
}
