package cli

import (
	"bufio"
	"context"
	"encoding/hex"
	"io"
	"io/fs"

	"vmesskit/codec"
	"vmesskit/inspect/build"
	"vmesskit/inspect/flow"
)

// buildForm is how the result is written.
type buildForm int

const (
	formHex buildForm = iota
	formRaw
	formJSON
	formPcap
)

// buildOutput says how and where to.
type buildOutput struct {
	form    buildForm
	file    string
	secrets bool
}

// outFile is a file that is being written.
type outFile interface {
	io.Writer
	io.Closer
}

// standardOutput stays open.
type standardOutput struct{ io.Writer }

func (standardOutput) Close() error { return nil }

func (o *buildOutput) write(ctx context.Context, env *Env, what buildWhat, p *buildPlan) (err error) {
	perm := fs.FileMode(0o666) // less what the process masks
	if o.secrets {
		perm = 0o600
	}
	f, err := env.create(o.file, perm)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	w := &stopping{ctx, f}
	switch o.form {
	case formPcap:
		return p.capture(ctx, w)
	case formJSON:
		return p.printJSON(w, what, o.secrets)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	s, seed := p.made(0)
	sink := &printed{out: out, raw: o.form == formRaw, labels: what == buildSession}
	if what == buildResponse {
		sink.skip, s.Up = codec.Up, nil
	} else if sink.skip = codec.Down; what == buildSession {
		sink.skip = noDirection
	} else {
		s.NoAnswer = true
	}
	prune(&s, what)
	if err := s.Write(seed, sink); err != nil {
		return err
	}
	sink.finish()
	return out.Flush()
}

// prune takes away what a command does not make: a request without payload is
// its header alone.
func prune(s *build.Session, what buildWhat) {
	if what == buildRequest && len(s.Up) == 0 || what == buildResponse && len(s.Down) == 0 {
		s.NoEnd = true
	}
}

// stopping ends the writing when the run is interrupted.
type stopping struct {
	ctx context.Context
	io.Writer
}

func (s *stopping) Write(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, errInterrupted{"; the file is not whole"}
	}
	return s.Writer.Write(p)
}

const noDirection = codec.Direction(255)

// printed is a sink that prints as it comes.
type printed struct {
	out    *bufio.Writer
	raw    bool
	labels bool // each direction is a line with its name
	skip   codec.Direction
	begun  [2]bool
	digits []byte
}

func (s *printed) Send(from codec.Direction, p []byte) error {
	if from == s.skip {
		return nil
	}
	if s.raw {
		_, err := s.out.Write(p)
		return err
	}
	if s.labels && !s.begun[from] {
		if from == codec.Down {
			s.out.WriteByte('\n')
		}
		s.out.WriteString(from.String() + " ")
	}
	s.begun[from] = true
	s.digits = hex.AppendEncode(s.digits[:0], p)
	_, err := s.out.Write(s.digits)
	return err
}

func (s *printed) Close(codec.Direction) error { return nil }

func (s *printed) finish() {
	if !s.raw {
		s.out.WriteByte('\n')
	}
}

// capture writes the sessions one behind the other.
func (p *buildPlan) capture(ctx context.Context, w io.Writer) error {
	out := build.NewCapture(w)
	now := flow.Time(p.time) * 1e9
	for i := range p.count {
		s, seed := p.made(i)
		client, server := p.where(i)
		if own := flow.Time(p.time+p.items[i%len(p.items)].start) * 1e9; own > now {
			now = own
		}
		s.Time += now.Unix() - p.time - p.items[i%len(p.items)].start
		end, err := out.Add(&s, seed, build.Connection{Client: client, Server: server, Start: now})
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return errInterrupted{"; the file is not whole"}
		}
		now = end
	}
	return out.Flush()
}

// maxBuildJSON bounds what is printed as one object.
const maxBuildJSON = 64 << 20

// builtSession is a session in JSON.
type builtSession struct {
	Schema       string   `json:"schema"`
	Time         int64    `json:"time"`
	Scheme       string   `json:"scheme"`
	Alter        *int     `json:"alter,omitempty"`
	Security     string   `json:"security"`
	Options      []string `json:"options"`
	Command      string   `json:"command"`
	Target       string   `json:"target"`
	ID           string   `json:"id,omitempty"`
	BodyKey      string   `json:"body_key,omitempty"`
	BodyIV       string   `json:"body_iv,omitempty"`
	ResponseAuth string   `json:"response_auth,omitempty"`
	Up           string   `json:"up,omitempty"`
	Down         string   `json:"down,omitempty"`
}

func (p *buildPlan) printJSON(w io.Writer, what buildWhat, secrets bool) error {
	for i := range p.count {
		s, seed := p.made(i)
		total := int64(0)
		for _, piece := range append(s.Up[:len(s.Up):len(s.Up)], s.Down...) {
			total += piece.Size + int64(len(piece.Data))
		}
		if total > maxBuildJSON {
			return usagef("%d bytes of payload are too many for JSON", total).or("want at most %d, or another form", maxBuildJSON)
		}
		prune(&s, what)
		if what == buildRequest {
			s.NoAnswer = true
		}
		var sent build.Bytes
		if err := s.Write(seed, &sent); err != nil {
			return err
		}
		v := builtSession{
			Schema: "vmess.build/1", Time: s.Time, Scheme: s.Scheme.String(), Security: s.Security.String(),
			Options: s.Option.Names([]string{}), Command: s.Command.String(), Target: s.Target.String(),
		}
		if s.Scheme == codec.Legacy {
			v.Alter = &s.Alter
		}
		if what != buildResponse {
			v.Up = hex.EncodeToString(sent[codec.Up])
		}
		if what != buildRequest {
			v.Down = hex.EncodeToString(sent[codec.Down])
		}
		if secrets {
			h := s.Header(seed)
			v.ID, v.BodyKey, v.BodyIV = s.ID.String(), hex.EncodeToString(h.BodyKey[:]), hex.EncodeToString(h.BodyIV[:])
			v.ResponseAuth = hex.EncodeToString([]byte{h.ResponseAuth})
		}
		if err := printJSON(w, v); err != nil {
			return err
		}
	}
	return nil
}
