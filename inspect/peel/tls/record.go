package tls

import (
	"strconv"

	"vmesskit/inspect/flow"
)

// maxSkipped is how many records may be passed over before the first that
// opens: early data, or a handshake whose secrets are not in the log.
const maxSkipped = 1024

// record reads one, and reports false where it has to wait for the other side.
func (d *direction) record(b []byte) bool {
	switch {
	case d.phase == greeting:
		return d.greet(b)
	case !d.sealed:
		return d.plain(b)
	case content(b[0]) != application && (d.s.version() == tls13 || d.s.answer == nil):
		d.unsealed(b)
		return true
	case d.sure:
		d.next(b)
		return true
	case d.find(b, nil):
		return true
	}
	return d.unopened(b)
}

// greet reads a record in front of this side's hello, or the hello.
func (d *direction) greet(b []byte) bool {
	switch content(b[0]) {
	case handshake:
		d.handshake(b[headerSize:])
	case alert:
		d.alert(b[headerSize:])
	case application:
		if d.client() && d.s.early == earlyRefused {
			return true // behind a HelloRetryRequest, which refused it
		}
		d.forgo()
		d.s.settle()
		return false
	}
	return true
}

// plain reads a record that is not encrypted, of TLS 1.2 and before.
func (d *direction) plain(b []byte) bool {
	switch content(b[0]) {
	case handshake:
		d.handshake(b[headerSize:])
	case alert:
		d.alert(b[headerSize:])
	case changeCipherSpec:
		d.seal()
	case application:
		d.damaged("application data in front of ChangeCipherSpec")
		d.lose(int64(len(b)))
	}
	return true
}

// unsealed reads a plain record where TLS 1.3 encrypts: the ChangeCipherSpec
// that changes nothing, or the alert of a peer that has no keys yet.
func (d *direction) unsealed(b []byte) {
	switch content(b[0]) {
	case alert:
		if d.epoch == nil || d.epoch.seq == 0 {
			d.alert(b[headerSize:])
		}
	case handshake:
		if d.s.answer == nil {
			d.stop(flow.Damaged, noServerHello)
			return
		}
		d.damaged("a handshake record that is not encrypted")
		d.lose(int64(len(b)))
	}
}

// next opens a record whose place is known, in place.
func (d *direction) next(b []byte) {
	e := d.epoch
	kind, plain, ok := e.open(nil, b, e.seq)
	if !ok {
		d.refused(b)
		return
	}
	e.seq++
	d.opened(kind, plain)
}

// opened takes what was in a record.
func (d *direction) opened(kind content, plain []byte) {
	d.proved = true
	switch kind {
	case application:
		if len(plain) > 0 {
			d.push(plain)
		}
	case handshake:
		d.handshake(plain)
	case alert:
		d.alert(plain)
	case changeCipherSpec: // of TLS 1.2, under the old keys
		d.stop(flow.Unsupported, "the "+d.who()+" changes keys by renegotiation in "+d.place()+", which is not read")
	}
}

// push passes on application data.
func (d *direction) push(p []byte) {
	d.spoke = true
	if d.client() && d.epoch.kind == earlyKeys {
		d.s.holdEarly(d, p)
		return
	}
	if d.client() && d.s.early != earlyNone {
		d.s.beforeData(d)
	}
	if d.closed {
		return
	}
	d.holed = false
	d.s.inside.Data(d.side, d.at, p)
}

// unopened passes over a record that none of the keys opens, where that can be.
func (d *direction) unopened(b []byte) bool {
	switch {
	case d.phase == over:
		return true
	case !d.s.settled: // it may be of the keys that follow from the ServerHello
		d.phase = waiting
		return false
	case d.epoch != nil || d.skipped >= maxSkipped:
		d.refused(b)
		return true
	}
	d.skipped++
	if d.client() && (d.s.early == earlyOffered || d.s.early == earlyAccepted) {
		d.s.earlyLost = true
	}
	return true
}

// refused tells of a record whose tag does not fit.
func (d *direction) refused(b []byte) {
	if e := d.epoch; e != nil && e.kind == handshakeKeys && !d.sure && !d.has(applicationKeys) {
		d.noKeys()
		return
	}
	why := "its tag refuses: damaged, or the secret is of another connection"
	if d.epoch != nil && d.epoch.seq > 0 {
		why = "its tag refuses at sequence number " + strconv.FormatUint(d.epoch.seq, 10) + ": damaged, or records before it are missing"
	}
	d.damaged(why)
	d.lose(int64(len(b)))
}

// broken tells of bytes that begin no record.
func (d *direction) broken(p []byte) {
	const want = ", want the header of a TLS record"
	seen := "it begins with 0x" + hexBytes(p[:min(len(p), headerSize)])
	switch {
	case d.phase == greeting && d.records > 0:
		d.damaged(seen + want)
		fallthrough
	case d.phase == greeting && (d.client() || d.s.hello == nil):
		d.forgo()
		d.s.settle()
	case d.phase == greeting:
		d.s.foreign(p)
	default:
		d.records++ // the one that should be here
		d.damaged(seen + want)
		d.records--
		d.lose(0)
	}
}

// damaged notes the damage, with its place.
func (d *direction) damaged(what string) { d.s.layer.Stop(flow.Damaged, d.place()+": "+what) }

// place is where the record is that is read now.
func (d *direction) place() string {
	return "record " + strconv.FormatInt(d.records, 10) + " of the " + d.who() + " at byte " + strconv.FormatInt(d.off, 10)
}

// stop ends the reading of the direction for a reason.
func (d *direction) stop(h flow.Halt, why string) {
	d.s.layer.Stop(h, why)
	if len(d.epochs) > 0 || len(d.other().epochs) > 0 {
		d.gap()
	}
	d.over()
}

// over ends the reading; the close that comes later is still told.
func (d *direction) over() {
	queue := d.queue
	d.queue = nil
	d.phase = over
	d.letGo()
	for i := range queue {
		if queue[i].paid {
			d.s.room.Give(len(queue[i].p) + eventSize)
		}
		if queue[i].kind == closing {
			d.take(queue[i])
		}
	}
}

const hexDigits = "0123456789abcdef"

func hexBytes(p []byte) string {
	var out []byte
	for _, b := range p {
		out = append(out, hexDigits[b>>4], hexDigits[b&15])
	}
	return string(out)
}
