package tls

// forgo gives up the hello of this side, which is lost.
func (d *direction) forgo() {
	if d.phase == greeting {
		d.phase, d.midway = waiting, true
	}
}

// wait keeps an event. Where there is no room for more, the other side's hello
// has been waited for long enough: it is not in the capture. What there is no
// room for otherwise becomes a hole.
func (d *direction) wait(e event) {
	if !d.s.room.Take(len(e.p) + eventSize) {
		if d.phase == waiting && !d.s.settled {
			d.other().forgo()
			if d.s.settle(); d.phase != waiting {
				d.take(e)
				return
			}
		}
		d.s.limit("hold")
		if e.kind == data {
			e = event{kind: gap, at: e.at, n: int64(len(e.p))}
		}
		if last := len(d.queue) - 1; e.kind == gap && last >= 0 && d.queue[last].kind == gap {
			d.queue[last].n = addGap(d.queue[last].n, e.n)
			return
		}
		d.queue = append(d.queue, e) // one at most that was not paid for, and the close
		return
	}
	e.p = append([]byte(nil), e.p...)
	e.paid = true
	d.queue = append(d.queue, e)
}

// addGap adds the sizes of two holes; -1 is one that nobody knows.
func addGap(a, b int64) int64 {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}

// resume reads what waited. It may have to wait again.
func (d *direction) resume() {
	q := d.queue
	d.queue = nil
	for i := range q {
		if q[i].paid {
			d.s.room.Give(len(q[i].p) + eventSize)
		}
		q[i].paid = false
		d.take(q[i])
	}
}
