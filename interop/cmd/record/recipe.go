package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"vmesskit/interop/harness"
)

// recipe is a case, and what the manifest says of it.
type recipe struct {
	harness.Case

	users    []harness.User // what the decoder gets, if not what the server has
	expected string
	sessions map[string]int
	accept   map[string][]string // other verdicts that are as honest
	commands []string            // "tcp" if empty

	// wire is the transport on the recorded leg, where the client does not know
	// all of it.
	wire harness.Transport

	// edit changes the packets after the recording.
	edit func(*harness.Result) []harness.Packet

	// lost are the transfers that the edit takes away.
	lost []int

	// flows says that of what is not opened each flow counts, whatever it holds.
	flows bool

	// limited says what comes out under a limit that is too small.
	limited *limited

	notes []string
}

// limited is a second decoding of a case.
type limited struct {
	Args     []string       `json:"args"`
	Sessions map[string]int `json:"sessions"`

	Accept map[string][]string `json:"accept"`
	Exit   int                 `json:"exit_status"`
}

// A case is small, and has its time.
const (
	mostBytes = 100_000
	mostTime  = 15 * time.Minute // most of it is for the building of a peer
)

// make lets a case happen and writes its files.
func (c *recipe) make(ctx context.Context, folder string) (*entry, error) {
	ctx, cancel := context.WithTimeout(ctx, mostTime)
	defer cancel()
	r, err := harness.Run(ctx, c.Case)
	if err != nil {
		return nil, err
	}
	if err := r.Check(); err != nil {
		return nil, fmt.Errorf("%w\nserver:\n%sclients:\n%s", err, r.ServerLog, strings.Join(r.ClientLogs, ""))
	}
	if c.edit != nil {
		r.Packets = c.edit(r)
	}
	e := c.describe(r)
	return e, c.writeFiles(folder, e, r)
}

// id makes the same id for a case each time.
func id(name string) string {
	h := sha256.Sum256([]byte("vmesskit captures-own " + name))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80 // a random UUID by its form
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// user is a user without alter ids.
func user(name string) []harness.User { return []harness.User{{ID: id(name)}} }

// two are the transfers of an ordinary case.
func two() []harness.Transfer {
	return []harness.Transfer{
		{Target: "www.example.test:80", Up: 500, Down: 2500, Style: "http"},
		{Target: "203.0.113.10:443", Up: 3000, Down: 700},
	}
}

// refused are transfers that come to nothing. They say more than a server
// swallows before it closes.
func refused(by int) []harness.Transfer {
	return []harness.Transfer{
		{By: by, Target: "www.example.test:80", Up: 4500, Down: 400, Fails: true},
		{By: by, Target: "203.0.113.10:443", Up: 5000, Down: 400, Fails: true},
	}
}

// pair is a case of one client and one server over the same transport.
func pair(name string, client, server harness.Program, t harness.Transport) *recipe {
	users := user(name)
	return &recipe{
		Case: harness.Case{
			Name:      name,
			Clients:   []harness.Peer{{Program: client, Users: users, Transport: t}},
			Server:    harness.Peer{Program: server, Users: users, Transport: t},
			Transfers: two(),
		},
		expected: "ok",
		sessions: map[string]int{"ok": 2},
	}
}

var raw = harness.Transport{Kind: "tcp"}
