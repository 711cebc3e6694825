package build

import (
	"errors"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// writer seals one direction and sends it chunk by chunk.
type writer struct {
	from   codec.Direction
	sealer *codec.Sealer
	most   int    // payload of a chunk
	buf    []byte // sealed, not yet sent: at first the header
	out    Sink
}

var errNoRoom = errors.New("chunks of this size have no room for payload")

// chunks sends all that the source has.
func (w *writer) chunks(s *source) error {
	if w.most == 0 {
		return errNoRoom
	}
	for {
		p := s.next(w.most)
		if len(p) == 0 {
			return nil
		}
		if err := w.chunk(p); err != nil {
			return err
		}
	}
}

// chunk seals a payload behind what is held, and sends both.
func (w *writer) chunk(p []byte) (err error) {
	if w.buf, err = w.sealer.Seal(w.buf, p); err != nil {
		return err
	}
	return w.send()
}

func (w *writer) send() error {
	if len(w.buf) == 0 {
		return nil
	}
	err := w.out.Send(w.from, w.buf)
	w.buf = w.buf[:0]
	return err
}

// finish sends the end chunk, and the header if nothing followed it.
func (w *writer) finish(end bool) (err error) {
	if end {
		if w.buf, err = w.sealer.End(w.buf); err != nil {
			return err
		}
	}
	return w.send()
}

// carrier is the one sub-connection that a mux session has.
func (s *Session) carrier(from codec.Direction) *mux.Encoder {
	return &mux.Encoder{ID: 1, Target: mux.Target{Network: mux.TCP, Address: s.Target}, Server: from == codec.Down}
}

// frames sends all that the source has as a sub-connection of Mux.Cool. The
// server ends it: an End closes both directions, and the server speaks last.
func (w *writer) frames(e *mux.Encoder, s *source) error {
	if w.most == 0 {
		return errNoRoom
	}
	frames, err := []byte(nil), error(nil)
	if !e.Server {
		// A New frame of its own: the sub-connection is there even if nothing is said.
		if frames, err = e.Append(frames, nil); err != nil {
			return err
		}
	}
	for {
		p := s.next(mux.StreamFrame)
		if len(p) > 0 {
			if frames, err = e.Append(frames, p); err != nil {
				return err
			}
		} else if e.Server {
			frames = e.AppendEnd(frames)
		}
		for f := frames; len(f) > 0; {
			n := min(len(f), w.most)
			if err := w.chunk(f[:n]); err != nil {
				return err
			}
			f = f[n:]
		}
		if frames = frames[:0]; len(p) == 0 {
			return nil
		}
	}
}
