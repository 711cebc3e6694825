package report

import (
	"encoding/hex"
	"io"
	"strconv"
	"strings"

	"vmesskit/inspect/session"
)

// DetailOfSub writes what is known of one sub-connection of a session's mux, by its
// index.
func DetailOfSub(w io.Writer, s *Session, sub int, o TextOptions) error {
	d := sheet{page: page{o: o}}
	d.marks()
	d.gap()
	d.head(s)
	d.row("client", s.client())
	d.row("server", s.server())
	d.row("user", userOf(s))
	m := &s.Facts.Mux[sub]
	target := "an unknown target"
	if m.Target != "" {
		target = strings.TrimSpace(m.Network + " " + m.Target)
	}
	d.row("sub", strconv.Itoa(sub+1)+" of "+strconv.Itoa(len(s.Facts.Mux))+", mux id "+strconv.Itoa(int(m.ID)))
	d.row("target", target+"; "+endedWords(m.Ended))
	d.subStream("up", &m.Up)
	d.subStream("down", &m.Down)
	d.row("carries", carries(&m.Up, &m.Down))
	_, err := w.Write(d.b)
	return err
}

// subStream says what one direction of a sub-connection carried.
func (d *sheet) subStream(way string, s *session.Stream) {
	d.row(way, strings.TrimPrefix(subWords(way, s), ", "+way+" "))
	if s.Opened && s.Hashed && !d.o.NoHash {
		d.row("sha256", hex.EncodeToString(s.Sum[:]))
	}
	d.datagrams(s.Datagrams, s.Hashed)
}
