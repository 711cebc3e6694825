package build

import (
	"errors"
	"fmt"

	"vmesskit/codec"
)

// Session describes one conversation between a client and a server.
type Session struct {
	ID     codec.ID
	Scheme codec.Scheme
	Alter  int   // legacy: index of the alter id that authenticates, or codec.Primary
	Time   int64 // the client's clock, Unix seconds

	Security codec.Security
	Option   codec.Option
	Command  codec.Command
	Target   codec.Address // for mux, that of the one sub-connection
	Dialect  codec.Dialect
	Padding  int // bytes of padding in the request header, 0 to 15, or Drawn

	Up, Down []Piece
	Chunk    int  // largest chunk on the wire; 0 for 8192, or 2048 for datagrams
	NoEnd    bool // no end chunks: what sing does, and clients that hang up
	NoAnswer bool // the server sends nothing

	Switch *codec.SwitchAccount // in the response header
}

// Drawn is the Padding that the seed decides.
const Drawn = -1

// Sink takes what a session sends, in the order in which it is sent. p is valid
// in the call only.
type Sink interface {
	Send(from codec.Direction, p []byte) error
	Close(from codec.Direction) error
}

// Chunk sizes where none is given: what all peers read.
const (
	defaultChunk = codec.DefaultChunk
	packetChunk  = 2048 // beyond which v2ray tears a datagram
	minChunk     = 128
	maxPadding   = 15
)

// Check tells what is wrong with the description, or nil.
func (s *Session) Check() error {
	switch {
	case s.Scheme == codec.AEAD && s.Alter != codec.Primary:
		return errors.New("an alter id goes with the legacy scheme")
	case s.Alter < codec.Primary || s.Alter >= codec.MaxAlterIDs:
		return fmt.Errorf("alter id %d, want an index from 0 to %d", s.Alter, codec.MaxAlterIDs-1)
	case s.Padding < Drawn || s.Padding > maxPadding:
		return fmt.Errorf("%d bytes of header padding, want 0 to %d", s.Padding, maxPadding)
	case s.Chunk != 0 && (s.Chunk < minChunk || s.Chunk > codec.MaxChunk):
		return fmt.Errorf("chunks of %d bytes, want %d to %d", s.Chunk, minChunk, codec.MaxChunk)
	case s.Time < 0:
		return fmt.Errorf("time %d is before 1970", s.Time)
	}
	h := s.Header(Seed{})
	if err := h.Validate(); err != nil {
		return err
	}
	body := h.RequestBody()
	body.Dialect = s.Dialect
	_, err := codec.NewSealer(body, nil)
	return err
}

// Header makes the command section, with keys of the seed.
func (s *Session) Header(seed Seed) *codec.RequestHeader {
	h := &codec.RequestHeader{
		Security: s.Security, Option: s.Option, Command: s.Command, Address: s.Target,
	}
	if s.Command == codec.CommandMux {
		h.Address = codec.Address{}
	}
	keys := seed.draw("keys")
	var v [2]byte
	keys.Read(h.BodyKey[:])
	keys.Read(h.BodyIV[:])
	keys.Read(v[:])
	h.ResponseAuth = v[0]
	padding := s.Padding
	if padding == Drawn {
		padding = int(v[1] % (maxPadding + 1))
	}
	h.Padding = make([]byte, padding)
	seed.draw("header padding").Read(h.Padding)
	return h
}

// sealHeader appends the sealed request header.
func (s *Session) sealHeader(dst []byte, h *codec.RequestHeader, seed Seed) ([]byte, error) {
	key := s.ID.CmdKey()
	if s.Scheme == codec.AEAD {
		return codec.SealRequest(dst, key, h, s.Time, entropy(seed.draw("auth")))
	}
	id := s.ID
	for range s.Alter + 1 {
		id = codec.NextAlterID(id)
	}
	return codec.SealLegacyRequest(dst, key, id, h, s.Time)
}

// Write tells out what the session sends: the request with all that the client
// has to say, then the response. Header and first payload are one write, as
// peers do it.
func (s *Session) Write(seed Seed, out Sink) error {
	if err := s.Check(); err != nil {
		return err
	}
	h := s.Header(seed)
	first, err := s.sealHeader(nil, h, seed)
	if err != nil {
		return err
	}
	if err := s.half(codec.Up, h.RequestBody(), first, s.Up, seed, out); err != nil {
		return err
	}
	if !s.NoAnswer {
		request := &codec.Request{Sender: codec.Sender{Scheme: s.Scheme}, Header: *h}
		first, body, err := request.Respond(nil, &codec.ResponseHeader{Switch: s.Switch})
		if err != nil {
			return err
		}
		if err := s.half(codec.Down, body, first, s.Down, seed, out); err != nil {
			return err
		}
	}
	if err := out.Close(codec.Up); err != nil {
		return err
	}
	return out.Close(codec.Down)
}

// half writes one direction; first is the header in front of the body.
func (s *Session) half(from codec.Direction, body codec.Body, first []byte, pieces []Piece, seed Seed, out Sink) error {
	body.Dialect = s.Dialect
	sealer, err := codec.NewSealer(body, entropy(seed.draw(from.String()+" chunk padding")))
	if err != nil {
		return err
	}
	chunk := s.Chunk
	if chunk == 0 {
		chunk = defaultChunk
		if s.Command == codec.CommandUDP {
			chunk = packetChunk
		}
	}
	w := &writer{from: from, sealer: sealer, most: sealer.MaxPayload(chunk), buf: first, out: out}
	source := &source{pieces: pieces, draw: seed.stream(from.String() + " payload")}
	if s.Command == codec.CommandMux {
		err = w.frames(s.carrier(from), source)
	} else {
		err = w.chunks(source)
	}
	if err != nil {
		return err
	}
	return w.finish(!s.NoEnd)
}
