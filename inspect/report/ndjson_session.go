package report

import (
	"slices"

	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// Session writes the line of one session.
func (n *ndjson) Session(s *Session) error {
	j := n.begin("session")
	f := s.Facts
	j.keyInt("index", int64(s.Index))
	j.keyStr("start", stamp(f.Flow.Start))
	j.keyStr("end", stamp(f.Flow.End))
	j.keyStr("client", s.client())
	j.keyStr("server", s.server())
	j.keyStrs("stack", f.Flow.Stack())
	n.layers(f.Flow)
	n.auth(s)
	n.header(f)
	n.stream("up", &f.Up)
	n.stream("down", &f.Down)
	n.mux(f.Mux)
	j.keyStr("verdict", s.Verdict.ID)
	j.keyStr("reason", s.Verdict.Reason)
	j.key("evidence")
	evidence(j, evidenceOf(s))
	return n.end()
}

// auth writes who it was; nothing where no id matched.
func (n *ndjson) auth(s *Session) {
	j, a := &n.j, s.Facts.Auth
	if a == nil {
		return
	}
	j.keyStr("scheme", a.Scheme.String())
	j.keyText("user", s.User)
	if n.o.Secrets {
		j.keyText("id", s.ID)
	}
	if a.Scheme == codec.Legacy {
		j.keyInt("alter", int64(a.Alter))
	}
	j.keyInt("auth_time", a.Time)
	j.keyInt("skew_s", a.Skew)
}

func (n *ndjson) header(f *session.Facts) {
	h := f.Header
	if h == nil {
		return
	}
	j := &n.j
	j.keyStr("security", h.Security.String())
	j.keyStrs("options", h.Option.Names(nil))
	j.keyStr("command", h.Command.String())
	j.keyText("target", h.Target)
	if odd := oddities(f); len(odd) > 0 {
		j.keyStrs("oddities", odd)
	}
}

// oddities gives those of the header and those inside the bodies.
func oddities(f *session.Facts) []string { return slices.Concat(f.Header.Oddities, f.Odd) }

// mux writes the sub-connections; nothing where there are none.
func (n *ndjson) mux(list []session.Sub) {
	if len(list) == 0 {
		return
	}
	j := &n.j
	j.key("mux")
	j.open('[')
	for i := range list {
		s := &list[i]
		j.open('{')
		j.keyInt("id", int64(s.ID))
		j.keyText("network", s.Network)
		j.keyText("target", s.Target)
		if s.GlobalID != (mux.GlobalID{}) {
			j.keyHex("global_id", s.GlobalID[:])
		}
		n.stream("up", &s.Up)
		n.stream("down", &s.Down)
		j.keyStr("end", s.Ended)
		j.close('}')
	}
	j.close(']')
}

// stream writes the plaintext of a direction; nothing where it did not open.
func (n *ndjson) stream(key string, s *session.Stream) {
	if !s.Opened {
		return
	}
	hashed := s.Hashed && !n.o.NoHash
	j := &n.j
	j.key(key)
	j.open('{')
	j.keyInt("bytes", s.Bytes)
	j.keyInt("chunks", s.Chunks)
	if hashed {
		j.keyHex("sha256", s.Sum[:])
	}
	j.keyStr("end", s.End)
	if s.Speaks != nil {
		speech(j, "speaks", s.Speaks)
	}
	if s.Packets {
		n.datagrams(s.Datagrams, hashed)
	}
	n.pieces(s, hashed)
	j.close('}')
}

func (n *ndjson) datagrams(list []session.Datagram, hashed bool) {
	j := &n.j
	j.key("datagrams")
	j.open('[')
	for i := range list {
		j.open('{')
		j.keyInt("bytes", int64(list[i].Bytes))
		if hashed {
			j.keyHex("sha256", list[i].Sum[:])
		}
		j.keyText("addr", list[i].Addr)
		j.close('}')
	}
	j.close(']')
}

// pieces writes what was decoded behind holes; nothing where there is none.
func (n *ndjson) pieces(s *session.Stream, hashed bool) {
	if len(s.Pieces) == 0 {
		return
	}
	j := &n.j
	j.key("pieces")
	j.open('[')
	for i := range s.Pieces {
		p := &s.Pieces[i]
		j.open('{')
		j.keyInt("offset", p.Offset)
		j.keyInt("bytes", p.Bytes)
		j.keyInt("chunks", p.Chunks)
		if hashed {
			j.keyHex("sha256", p.Sum[:])
		}
		if p.Chunk >= 0 {
			j.keyInt("first_chunk", p.Chunk)
			j.keyInt("skipped_chunks", p.Lost)
		}
		j.keyInt("skipped", p.Skipped)
		if s.Packets {
			n.datagrams(p.Datagrams, hashed)
		}
		j.close('}')
	}
	j.close(']')
}

// evidenceOf gives the evidence of a verdict, and with it the session that
// announced the account, which only who numbers the sessions knows.
func evidenceOf(s *Session) verdict.Evidence {
	e := s.Verdict.Evidence
	if s.By > 0 && e.Get("announced_by") == nil {
		e = append(e[:len(e):len(e)], verdict.Item{Key: "announced_by", Value: s.By})
	}
	return e
}

func evidence(j *jsonLine, e verdict.Evidence) {
	j.open('{')
	for _, item := range e {
		j.key(item.Key)
		value(j, item.Value)
	}
	j.close('}')
}

// value writes a piece of evidence.
func value(j *jsonLine, v any) {
	switch v := v.(type) {
	case string:
		j.str(v)
	case bool:
		j.bool(v)
	case int:
		j.int(int64(v))
	case int64:
		j.int(v)
	case []string:
		j.strs(v)
	case verdict.Evidence:
		evidence(j, v)
	case []verdict.Evidence:
		j.open('[')
		for _, e := range v {
			evidence(j, e)
		}
		j.close(']')
	default:
		panic("internal error: evidence of a type that verdict.Item does not name")
	}
}
