package tls

// Bounds of looking for a connection among all that the key log has.
const (
	maxStrangers  = 4096 // connections of a key log tried where the client random is lost
	strangerAhead = 64   // sequence numbers tried for each of them
	strangerCost  = 8    // tries that making keys is worth
	maxStrange    = 8    // records of a direction tried with all of them
)

// meet looks for the connection of a record among all that the key log has: the
// client random is lost.
func (d *direction) meet(b []byte) bool {
	k := d.s.o.Keys
	if d.met++; len(d.s.strange) == 0 || d.met > maxStrange {
		d.noKeys()
		return false
	}
	for _, e := range k.order[:min(len(k.order), maxStrangers)] {
		if d.meetOne(e, b) {
			return true
		}
		if d.phase == over {
			return false
		}
	}
	return false
}

// meetOne tries the secrets of one connection. Where there is no hello at all,
// who is the client is not sure either.
func (d *direction) meetOne(with *entry, b []byte) bool {
	for _, u := range d.s.strange {
		g := &guess{u, with.random}
		if d.meetAs(g, b) {
			return true
		}
		if d.s.answer != nil || d.phase == over {
			continue
		}
		d.s.client = d.s.client.Other()
		if d.meetAs(g, b) {
			return true
		}
		d.s.client = d.s.client.Other()
	}
	return false
}

// meetAs tries what follows from a guess.
func (d *direction) meetAs(g *guess, b []byte) bool {
	list := d.s.chain(d, g)
	if len(list) == 0 {
		return false
	}
	ahead := uint64(1)
	if d.lost {
		ahead = strangerAhead
	}
	if !d.s.o.Keys.spend(len(list) * (strangerCost + int(ahead))) {
		d.s.limit("tls-search")
		d.noKeys()
		return false
	}
	scratch := make([]byte, 0, len(b))
	for seq := range ahead {
		for _, e := range list {
			if kind, plain, ok := e.try(scratch, b, nil, seq); ok {
				d.epochs = list
				d.found(e, seq, kind, plain)
				return true
			}
		}
	}
	return false
}
