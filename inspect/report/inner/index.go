package inner

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"vmesskit/codec"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// entry is a line of the index.
type entry struct {
	File      string     `json:"file,omitempty"`
	Session   int        `json:"session"`
	Sub       int        `json:"sub,omitempty"`
	MuxID     *uint16    `json:"mux_id,omitempty"`
	Direction string     `json:"direction"`
	User      string     `json:"user,omitempty"`
	Client    string     `json:"client"`
	Server    string     `json:"server"`
	Network   string     `json:"network,omitempty"`
	Target    string     `json:"target,omitempty"`
	Bytes     int64      `json:"bytes"`
	SHA256    string     `json:"sha256,omitempty"`
	First     string     `json:"first,omitempty"`
	Last      string     `json:"last,omitempty"`
	End       string     `json:"end"`
	Holes     []int64    `json:"holes,omitempty"`
	Datagrams []datagram `json:"datagrams,omitempty"`
}

type datagram struct {
	Bytes int    `json:"bytes"`
	Addr  string `json:"addr,omitempty"`
}

// writeIndex writes a line for each direction that was opened, in the order of
// the sessions.
func (f *Files) writeIndex(w io.Writer) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for _, s := range f.list {
		h := s.Facts.Header
		if h == nil {
			continue
		}
		if h.Command != codec.CommandMux {
			if err := f.entries(lines, s, session.NoSub, h.Command.String(), h.Target, &s.Facts.Up, &s.Facts.Down); err != nil {
				return err
			}
		}
		for i := range s.Facts.Mux {
			m := &s.Facts.Mux[i]
			if err := f.entries(lines, s, i, m.Network, m.Target, &m.Up, &m.Down); err != nil {
				return err
			}
		}
	}
	return nil
}

// entries writes both directions.
func (f *Files) entries(lines *json.Encoder, s *report.Session, sub int, network, target string, up, down *session.Stream) error {
	for from, stream := range [...]*session.Stream{codec.Up: up, codec.Down: down} {
		if !stream.Opened {
			continue
		}
		way := codec.Direction(from)
		e := entry{
			Session: s.Index, Direction: way.String(), User: s.User, Network: network, Target: target, End: stream.End,
			Client: clientOf(s).String(), Server: s.Facts.Flow.Ends[s.Facts.Server()].String(),
		}
		if sub != session.NoSub {
			e.Sub, e.MuxID = sub+1, &s.Facts.Mux[sub].ID
		}
		if out := f.made[place{s.Index, sub, way}]; out != nil {
			e.File, e.Bytes, e.Holes = out.name, out.bytes, out.holes
			e.SHA256 = hex.EncodeToString(out.sum.Sum(nil))
			e.First, e.Last = out.first.UTC().Format(time.RFC3339Nano), out.last.UTC().Format(time.RFC3339Nano)
		}
		for _, d := range stream.Datagrams {
			e.Datagrams = append(e.Datagrams, datagram{d.Bytes, d.Addr})
		}
		for i := range stream.Pieces { // which follow in the file
			for _, d := range stream.Pieces[i].Datagrams {
				e.Datagrams = append(e.Datagrams, datagram{d.Bytes, d.Addr})
			}
		}
		if err := lines.Encode(e); err != nil {
			return err
		}
	}
	return nil
}
