package explain

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"vmesskit/codec"
)

// report says what the search found, then what the fields say by themselves.
func (r *reading) report(out *Result, list []found, unexplained []failure) {
	b := book{r: r, out: out}
	for _, f := range list {
		for _, one := range f.mistakes {
			b.mistake(one, f)
		}
	}
	for _, f := range unexplained {
		b.unexplained(f)
	}
	b.values()
	b.notes()
}

// book collects findings.
type book struct {
	r   *reading
	out *Result
}

func (b *book) add(f Finding) { b.out.Findings = append(b.out.Findings, f) }

// sideOf is the word for who sent what a layer is in.
func sideOf(p place) string {
	if p.side() == responseSide {
		return "response"
	}
	return "request"
}

// mistake adds a mistake; one that both sides make is one finding.
func (b *book) mistake(m *Mistake, f found) {
	side := sideOf(f.at)
	for i := range b.out.Findings {
		if g := &b.out.Findings[i]; g.ID == m.ID {
			if !slices.Contains(g.In, side) {
				g.In = append(g.In, side)
			}
			return
		}
	}
	g := Finding{ID: m.ID, Kind: KindMistake, Title: m.Title, Does: m.Does, Should: m.Should, In: []string{side}}
	if m.Field != codec.FieldNone {
		g.Field = m.Field.String()
	}
	for _, other := range f.or {
		var ids []string
		for _, one := range other {
			ids = append(ids, one.ID)
		}
		g.Or = append(g.Or, strings.Join(ids, " and "))
	}
	b.add(g)
}

// parts names the layers as one would speak of them.
var parts = [...]string{atAuth: "auth id", atLength: "header length", atHeader: "request header", atSection: "command section",
	atUp: "request body", atAnswerLength: "response length", atAnswer: "response header", atDown: "response body"}

// unexplained adds a failure that no known mistake explains.
func (b *book) unexplained(f failure) {
	in := []string{sideOf(f.place)}
	if f.short > 0 {
		what := "the header"
		if f.place == atUp || f.place == atDown {
			what = "chunk " + b.chunkOf(f.place)
		}
		title := what + " needs " + plural(f.short, "more byte")
		if f.place == atAuth || f.place == atLength || f.place == atSection || f.place == atAnswerLength ||
			f.field == codec.FieldChunkLength {
			title = what + " needs at least " + plural(f.short, "more byte")
		}
		b.add(Finding{ID: "short", Kind: KindShort, Title: title, Field: f.field.String(), In: in,
			Does: "The bytes end inside of it, at " + strconv.Itoa(f.off) + " of its side or of its body. All in front of them is right."})
		return
	}
	if f.place == atAuth && f.field == codec.FieldAuthID {
		b.nobody()
		return
	}
	g := Finding{ID: "refused", Kind: KindRefused, Field: f.field.String(), In: in,
		Title: "the " + parts[f.place] + " does not open, and no known mistake explains it"}
	switch f.field {
	case codec.FieldAuthChecksum:
		g.Title = "the checksum inside the auth id is wrong, and no known mistake explains it"
		g.Does = "The header opens under this user's key all the same, so that only the auth id itself is wrong."
	case codec.FieldAuthTime:
		g.Title = "the time inside the auth id is no sensible time"
	case codec.FieldPayloadTag, codec.FieldPayloadChecksum, codec.FieldChunkLengthTag, codec.FieldChunkLength:
		g.Title = "chunk " + b.chunkOf(f.place) + " of the " + parts[f.place] + " does not open, and no known mistake explains it"
	case codec.FieldHeaderChecksum, codec.FieldSwitchChecksum:
		g.Title = "the checksum of the " + parts[f.place] + " is wrong, and no known mistake explains it"
	}
	g.Should = "Give your own values with --have: the first one that differs from ours is where to look."
	b.add(g)
}

// chunkOf is the number of the chunk at which a direction stopped.
func (b *book) chunkOf(p place) string {
	e := &b.r.up
	if p == atDown {
		e = &b.r.down
	}
	return strconv.Itoa(e.chunks)
}

// nobody adds that no user's key opens the first bytes.
func (b *book) nobody() {
	in := b.r.job.in
	g := Finding{ID: "unknown-user", Kind: KindRefused, Field: codec.FieldAuthID.String(), In: []string{"request"},
		Title: "the first 16 bytes are not of any user given"}
	if len(in.Accounts) == 0 {
		g.Title = "no id was given, so that nothing can be opened"
		g.Should = "Give the ids that the server has."
		b.add(g)
		return
	}
	g.Does = "As an AEAD auth id they open under none of " + plural(len(in.Accounts), "id") + ", with no known mistake either."
	if in.Time == nil {
		g.Should = "Look whether the id is the right one. If this is a legacy header, give the time at which it was made: a legacy auth is found by trying the seconds around it."
	} else {
		g.Does += " As a legacy auth they were made neither in the 25 hours around the time given nor, with a known mistake, in the hour around it."
		g.Should = "Look whether the id is the right one, and the time."
	}
	b.add(g)
}

// values adds what is wrong with fields that could be read.
func (b *book) values() {
	for _, c := range b.r.checks {
		if c.state != failed {
			continue
		}
		f := Finding{Kind: KindValue, Field: c.field.String(), In: []string{sideOf(c.place)}}
		switch c.field {
		case codec.FieldAuthTime:
			b.clock(f, c.number)
		case codec.FieldVersion:
			f.ID, f.Title = "version", "the version is "+strconv.FormatInt(c.number, 10)
			f.Should = "It is 1."
		case codec.FieldSecurity:
			b.security(f, codec.Security(c.number))
		case codec.FieldOption:
			b.option(f, codec.Option(c.number))
		case codec.FieldResponseAuthEcho:
			if b.r.k.scheme == codec.AEAD {
				f.ID, f.Title = "response-auth", "your response does not repeat V"
				f.Does = "The first byte of the response header is another than byte 33 of the command section."
				f.Should = "The server repeats the byte V of the request, and the client compares the two."
			}
		case codec.FieldResponseCommandLength:
			f.ID, f.Title = "response-command-length", "the response header has no data of the length that it says"
			f.Should = "With command 0 the length is 0, for v2ray reads no data then, and sing does; else it counts what follows in the header."
		case codec.FieldSwitchAccount:
			f.ID, f.Title = "switch-account", "the data of the SwitchAccount command is cut short"
			f.Should = "It has 27 bytes and the host."
		}
		if f.Title != "" {
			b.add(f)
		}
	}
}

func (b *book) clock(f Finding, made int64) {
	d := made - *b.r.job.in.Time
	way := "ahead of"
	if d < 0 {
		d, way = -d, "behind"
	}
	f.ID, f.Title = "clock-skew", "the client's clock is "+plural(int(d), "second")+" "+way+" the time given"
	f.Does = "The request was made at " + when(made) + "."
	f.Should = "Servers refuse more than 120 seconds of difference, and it looks like a wrong id then."
	b.add(f)
}

func (b *book) security(f Finding, s codec.Security) {
	f.ID = "security"
	f.Title = "the security " + strconv.Itoa(int(s)) + " (" + s.String() + ") is not for the wire"
	f.Should = "On the wire stand 3 (aes-128-gcm), 4 (chacha20-poly1305), 5 (none) and, from old clients, 1 (aes-128-cfb)."
	switch s {
	case codec.SecurityZero:
		f.Should = "zero is a word of configurations: on the wire it is 5 (none), with the options chunk-stream and chunk-masking not set."
	case codec.SecurityAuto:
		f.Should = "auto is a word of configurations: the client decides on 3 (aes-128-gcm) or 4 (chacha20-poly1305)."
	case codec.SecurityUnknown:
		f.Should += " v2ray takes 0 for 1, Xray refuses it, sing fails."
	}
	b.add(f)
}

func (b *book) option(f Finding, o codec.Option) {
	f.ID = "option"
	if o.Has(codec.GlobalPadding) && !o.Has(codec.ChunkMasking) {
		f.Title = "the option global-padding is set without chunk-masking"
		f.Should = "v2ray and Xray refuse that, and v2ray 4.34 dies of it: set both or neither."
	} else {
		f.Title = "datagrams are sent without chunks"
		f.Should = "With command 2 (udp) chunk-stream has to be set, or nothing says where a datagram ends."
	}
	b.add(f)
}

// notes adds what is worth knowing.
func (b *book) notes() {
	r := b.r
	note := func(id, title, should string, p place) {
		b.add(Finding{ID: id, Kind: KindNote, Title: title, Should: should, In: []string{sideOf(p)}})
	}
	if r.account >= 0 && r.k.scheme == codec.Legacy {
		n := r.job.in.Accounts[r.account].AlterIDs
		if r.alter >= n {
			note("alter-id", "the alter id with index "+strconv.Itoa(r.alter)+" made the auth, and the user has "+strconv.Itoa(n),
				"A server takes index 0 to alterId−1 only.", atAuth)
		}
		if r.alter == codec.Primary {
			note("primary-id", "the primary id made a legacy auth", "v2ray takes that, sing and mihomo take alter ids only.", atAuth)
		}
	}
	if len(r.job.in.Response) > 0 && len(r.job.in.Request) == 0 {
		b.add(Finding{ID: "no-request", Kind: KindRefused, Title: "a response cannot be read without its request", In: []string{"response"},
			Should: "Its keys are hashes of those in the request's header. Give the request too, at least its header."})
	}
	for _, one := range []struct {
		e *ending
		p place
	}{{&r.up, atUp}, {&r.down, atDown}} {
		switch e := one.e; {
		case e.behind > 0 && r.k.section.security == codec.SecurityNone && one.p == atDown:
			note("end-marker-first", plural(e.behind, "chunk")+" behind an empty one in the response",
				"sing's server writes an empty chunk first with security none. v2ray and Xray take it for the end.", one.p)
		case e.behind > 0:
			b.add(Finding{ID: "empty-chunk", Kind: KindValue, In: []string{sideOf(one.p)}, Field: codec.FieldChunk.String(),
				Title:  plural(e.behind, "chunk") + " behind an empty one, which ends the stream",
				Does:   "An empty payload was written as a chunk, and more follows.",
				Should: "A chunk without payload says that nothing follows: an empty write must not make one."})
		case e.end && e.left > 0:
			note("behind-end", plural(e.left, "byte")+" behind the end chunk are ignored", "", one.p)
		}
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

// when writes a time.
func when(t int64) string {
	if t < earliest || t > latest {
		return "second " + strconv.FormatInt(t, 10)
	}
	return time.Unix(t, 0).UTC().Format(time.RFC3339) + " (" + strconv.FormatInt(t, 10) + ")"
}
