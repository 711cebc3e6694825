package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/peel"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
	"vmesskit/internal/corpus"
)

// subject is a case that is decoded again and again.
type subject struct {
	files   [][]byte // the first is the one that is damaged
	keys    []byte
	seeds   []string
	options inspect.Options
}

func open(c *corpus.Case, folder string) (*subject, error) {
	s := &subject{}
	for _, name := range c.File {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, b)
	}
	if c.Transport.KeyLog != "" {
		b, err := os.ReadFile(filepath.Join(folder, c.Transport.KeyLog))
		if err != nil {
			return nil, err
		}
		s.keys = b
	}
	if seed := c.Transport.Server.Seed; seed != "" {
		s.seeds = []string{seed}
	}
	for _, u := range c.Users {
		id, err := codec.ParseID(u.ID)
		if err != nil {
			return nil, err
		}
		s.options.Accounts = append(s.options.Accounts, session.Account{Account: codec.Account{ID: id, AlterIDs: u.AlterID}})
	}
	s.options.Seeds = s.seeds
	s.options.Budget = searchBudget
	s.options.Unpack = map[string]func(io.Reader) (io.Reader, error){
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
	}
	return s, nil
}

// searchBudget is enough to look for clocks, and little for so many readings.
const searchBudget = 2000

// decode reads the case with another first file. What cannot be read at all has no
// sessions.
func (s *subject) decode(first []byte) []*session.Facts {
	var inputs []capture.Input
	for i, file := range s.files {
		if i == 0 {
			file = first
		}
		inputs = append(inputs, capture.Input{Name: "damaged", Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(bytes.Clone(file))), nil
		}})
	}
	o := s.options
	o.Keys = peel.NewKeyLog()
	o.Keys.Read(s.keys)
	var k keep
	inspect.Decode(inputs, o, &k)
	return k
}

// keep is a report.Writer that keeps the facts.
type keep []*session.Facts

func (k *keep) Capture(*capture.Summary) error { return nil }
func (k *keep) Other(*report.Other) error      { return nil }
func (k *keep) Summary(*report.Summary) error  { return nil }
func (k *keep) Session(s *report.Session) error {
	*k = append(*k, s.Facts)
	return nil
}
