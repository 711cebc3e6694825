package tls

import "vmesskit/inspect/flow"

// scan looks for a record among lost bytes.
func (d *direction) scan(p []byte) []byte {
	n := min(len(p), headerSize+maxSealed)
	if d.hold(p[:n]) {
		d.look(false)
	}
	return p[n:]
}

// look goes through what is held, position by position. Where no more bytes
// come, a record that is not whole is passed over, too.
func (d *direction) look(last bool) {
	i, start := 0, d.off
	for d.lost && d.phase == running && i < len(d.held) {
		b := d.held[i:]
		n := recordSize(b)
		d.off = start + int64(i)
		switch {
		case !d.likely(b):
			i++
		case n == 0 || n > len(b):
			if !last {
				d.pass(i)
				return
			}
			i++
		case d.find(b[:n], d.before(i)):
			i += n
		default:
			i++
		}
	}
	if d.phase == over {
		return
	}
	d.off = start + int64(i)
	d.pass(i)
	d.drain()
}

// before gives what stands in front of byte i of what is held, where that is
// there: a block of it.
func (d *direction) before(i int) []byte {
	if i >= blockSize || len(d.tail) == 0 {
		return d.held[:i]
	}
	return append(d.tail[:len(d.tail):len(d.tail)], d.held[:i]...)
}

// pass drops the first i bytes of what is held.
func (d *direction) pass(i int) {
	b := d.before(i)
	d.tail = append(d.tail[:0], b[max(0, len(b)-blockSize):]...)
	if d.lost {
		d.missing += int64(i)
	}
	d.keep(d.held[i:])
}

// finalScan looks at what is held when no more comes. A record that is not
// whole then may be one whose length is damaged, with others in it. Where the
// capture ends and not the connection, it may as well be what it seems.
func (d *direction) finalScan(how flow.How) {
	if d.phase != running || !d.lost && len(d.held) == 0 {
		return
	}
	cut := !d.lost
	if cut && d.sealed {
		if d.records++; how == flow.FIN {
			d.damaged("the connection closes after " + itoa(int64(len(d.held))) + " bytes of it")
		}
		d.records--
		d.lose(0)
	}
	if d.look(true); d.lost && cut && how != flow.FIN {
		d.lost = false
	}
}

// likely reports whether b could begin a sealed record of this connection.
func (d *direction) likely(b []byte) bool {
	if !plausible(b) {
		return false
	}
	v := d.s.version()
	if v == tls13 && content(b[0]) != application {
		return false
	}
	if len(b) > 2 && v != 0 && version(b[1])<<8|version(b[2]) != min(v, tls12) {
		return false
	}
	return len(b) < headerSize || recordSize(b) >= headerSize+leastSealed
}

// leastSealed is the smallest body of a sealed record: a tag.
const leastSealed = 16

// hole takes missing bytes.
func (d *direction) hole(n int64) {
	if d.phase != running {
		return
	}
	n = int64(len(d.held)) + max(n, 0)
	d.keep(nil)
	d.off += n
	d.lose(n)
}

// lose makes the place of the next record uncertain; n bytes, at least, are
// behind the last one that opened.
func (d *direction) lose(n int64) {
	d.lost, d.sure = true, false
	d.missing += n
	d.tail = d.tail[:0]
	d.tear()
}

// settleLoss tells inside of records that were lost and never found again, and
// of a connection that none of the secrets is of.
func (d *direction) settleLoss() {
	if d.phase == running && d.epoch == nil && d.met > 0 {
		d.noKeys()
	}
	if d.lost && d.off > 0 && d.phase == running && (d.epoch != nil || len(d.epochs) > 0) {
		d.gap()
	}
}
