package capture

import (
	"time"

	"vmesskit/inspect/flow"
)

const (
	departedPatience = flow.Time(5 * time.Minute) // for how long a closed connection is remembered
	maxDeparted      = 1 << 16                    // how many are
)

// departed remembers closed connections, so that a packet that comes again
// much later does not look like another one.
type departed struct {
	byKey map[key]departure
	queue []departing // in the order in which they ended
	first int         // of the queue that still counts
}

// departure is where the two streams of a closed connection ended, that of
// the lower endpoint first.
type departure struct {
	at  flow.Time
	end [2]uint32
	saw [2]bool
}

type departing struct {
	key key
	at  flow.Time
}

func (d *departed) remember(v *conv, now flow.Time) {
	if d.byKey == nil {
		d.byKey = make(map[key]departure)
	}
	d.forget(now)
	x := departure{at: v.latest}
	for i, swapped := range [...]bool{false, true} {
		s := &v.tcp.streams[v.sender(swapped)]
		x.end[i], x.saw[i] = s.known(), s.state != unheard
	}
	d.byKey[v.key] = x
	d.queue = append(d.queue, departing{v.key, v.latest})
}

// forget lets go of those whose time is over, and of the oldest if there are
// too many.
func (d *departed) forget(now flow.Time) {
	for d.first < len(d.queue) {
		x := d.queue[d.first]
		if now-x.at <= departedPatience && len(d.queue)-d.first < maxDeparted {
			break
		}
		if d.byKey[x.key].at == x.at {
			delete(d.byKey, x.key)
		}
		d.first++
	}
	if d.first > len(d.queue)/2 {
		d.queue = append(d.queue[:0], d.queue[d.first:]...)
		d.first = 0
	}
}

// echo tells whether a segment that begins no connection belongs to a closed
// one and brings nothing new. A segment that does begin one ends the memory.
func (d *departed) echo(k key, swapped bool, s *segment, now flow.Time) bool {
	x, ok := d.byKey[k]
	if !ok || now-x.at > departedPatience {
		return false
	}
	i := 0
	if swapped {
		i = 1
	}
	old := s.size() == 0 || x.saw[i] && !before(x.end[i], s.seq+uint32(s.size()))
	if old && !s.has(flagSYN) {
		return true
	}
	delete(d.byKey, k)
	return false
}
