package tls

import "vmesskit/inspect/flow"

// maxMessage bounds a handshake message that is kept to be read: a hello, or
// EncryptedExtensions. All others are only passed by.
const maxMessage = 64 << 10

// Handshake messages (IANA's registry "TLS HandshakeType").
const (
	typeClientHello         = 1
	typeServerHello         = 2
	typeNewSessionTicket    = 4
	typeEndOfEarlyData      = 5
	typeEncryptedExtensions = 8
	typeCertificate         = 11
	typeServerHelloDone     = 14
	typeFinished            = 20
	typeKeyUpdate           = 24
)

// messages cuts the contents of handshake records into messages. One may be
// spread over records, and a record may have several.
type messages struct {
	head [4]byte
	have int    // bytes of head
	left int    // bytes of the body that are still to come
	body []byte // of a message that is read; its capacity is taken from the room
	torn bool   // bytes are missing: the beginning of the next message is not known
}

// restart begins with a new message.
func (d *direction) restart() {
	d.s.room.Give(cap(d.msgs.body))
	d.msgs = messages{}
}

// tear makes up for lost bytes.
func (d *direction) tear() {
	d.restart()
	d.msgs.torn = true
}

// handshake takes the contents of a handshake record.
func (d *direction) handshake(p []byte) {
	m, e := &d.msgs, d.epoch
	if m.torn && len(p) == 5 && p[0] == typeKeyUpdate {
		d.update() // what else would be so short
		return
	}
	for len(p) > 0 && !m.torn && d.epoch == e && d.phase != over {
		if m.have < len(m.head) {
			n := copy(m.head[m.have:], p)
			m.have += n
			p = p[n:]
			if m.have < len(m.head) {
				return
			}
			m.left = int(m.head[1])<<16 | int(m.head[2])<<8 | int(m.head[3])
		}
		n := min(m.left, len(p))
		if d.reads(m.head[0]) && !d.collect(p[:n]) {
			return
		}
		p = p[n:]
		if m.left -= n; m.left == 0 {
			m.have = 0
			d.message(m.head[0], m.body)
			m.body = m.body[:0]
		}
	}
	if m.have == 0 && m.body != nil {
		d.s.room.Give(cap(m.body))
		m.body = nil
	}
}

// reads reports whether the body of a message is looked at.
func (d *direction) reads(kind byte) bool {
	return d.epoch == nil && (kind == typeClientHello || kind == typeServerHello || kind == typeNewSessionTicket) ||
		kind == typeEncryptedExtensions && d.epoch != nil && d.epoch.kind == handshakeKeys
}

// collect keeps a part of a body.
func (d *direction) collect(p []byte) bool {
	m := &d.msgs
	n := len(m.body) + len(p)
	if n > maxMessage {
		d.stopHello("a handshake message of more than " + itoa(maxMessage) + " bytes")
		return false
	}
	if n > cap(m.body) {
		size := max(n, 2*cap(m.body))
		if !d.s.room.Take(size - cap(m.body)) {
			d.s.limit("hold")
			d.stopHello("no room for a handshake message of " + itoa(int64(n+m.left)) + " bytes")
			return false
		}
		m.body = append(make([]byte, 0, size), m.body...)
	}
	m.body = append(m.body, p...)
	return true
}

// stopHello gives up both sides, or the message where it is not vital.
func (d *direction) stopHello(why string) {
	if d.epoch != nil {
		d.tear()
		return
	}
	d.s.give(flow.Unsupported, d.place()+": "+why)
}

// message takes one that is whole; body is empty where it is not looked at.
func (d *direction) message(kind byte, body []byte) {
	switch {
	case d.epoch == nil:
		d.opening(kind, body)
	case d.s.version() < tls13:
		if kind == typeClientHello || kind == typeServerHello {
			d.s.layer.Set("renegotiation", "yes")
		}
	case kind == typeEncryptedExtensions && d.server():
		d.extensions(body)
	case kind == typeEndOfEarlyData && d.epoch.kind == earlyKeys:
		d.s.decideEarly(true)
		d.advance(handshakeKeys)
	case kind == typeFinished && d.epoch.kind == handshakeKeys:
		d.advance(applicationKeys)
	case kind == typeKeyUpdate:
		d.update()
	}
}

// opening takes a message that is not encrypted.
func (d *direction) opening(kind byte, body []byte) {
	s := d.s
	switch kind {
	case typeClientHello, typeServerHello:
		if d.phase != greeting {
			return
		}
		if isClient := kind == typeClientHello; isClient != d.client() && s.hello == nil && s.answer == nil {
			s.client = s.client.Other() // who was taken for the client has answered
		}
		if kind == typeClientHello {
			d.clientHello(body)
		} else {
			d.serverHello(body)
		}
	case typeNewSessionTicket:
		s.ticket(body)
	case typeCertificate, typeServerHelloDone:
		s.full = true
	}
}

func (d *direction) clientHello(body []byte) {
	s := d.s
	h, ok := parseClientHello(body)
	if !ok {
		d.damaged("a ClientHello whose lengths do not fit")
		s.give(flow.Damaged, "")
		return
	}
	s.hello = h
	h.tell(s.layer)
	d.phase = waiting
	if h.early && s.early == earlyNone {
		s.early = earlyOffered
		s.readEarly(d)
	}
	s.settle()
}

func (d *direction) serverHello(body []byte) {
	s := d.s
	h, ok := parseServerHello(body)
	if !ok {
		d.damaged("a ServerHello whose lengths do not fit")
		s.give(flow.Damaged, "")
		return
	}
	s.layer.Answer = flow.Agreed
	if h.retry() {
		s.retry()
		return
	}
	s.answer = h
	s.layer.Name = h.version.String()
	s.layer.Set("suite", h.suite.name)
	s.layer.Set("alpn", h.alpn)
	if h.psk {
		s.layer.Set("resumed", "yes")
	}
	d.phase = waiting
	s.settle()
}

// retry is a HelloRetryRequest: both sides begin again.
func (s *stage) retry() {
	s.layer.Set("hello_retry", "yes")
	s.decideEarly(false)
	c := s.of(true)
	if s.hello == nil || c.phase == over {
		return
	}
	c.phase, c.sealed, c.epoch, c.epochs = greeting, false, nil, nil
	if c.lost {
		c.phase = waiting // its second hello says nothing new
	}
	c.resume()
}

// extensions takes what the server encrypts of its answer.
func (d *direction) extensions(body []byte) {
	alpn, early, ok := parseEncrypted(body)
	if !ok {
		return
	}
	d.s.layer.Set("alpn", alpn)
	d.s.decideEarly(early)
}

// advance goes on to the keys of a kind, from the next record on.
func (d *direction) advance(kind keyKind) {
	for _, e := range d.candidates() {
		if e.kind == kind {
			d.epoch, d.sure = e, true
			d.restart()
			return
		}
	}
	d.sure = false // the first record of the others has to be found, or their keys
}

// update is a KeyUpdate of TLS 1.3 (RFC 8446, section 4.6.3).
func (d *direction) update() {
	if e := d.epoch; e != nil && e.kind == applicationKeys && e.secret != nil {
		d.epoch = e.next()
		d.restart()
	}
}
