package inspect

import (
	"io"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// Options says how a capture is to be read.
type Options struct {
	Accounts []session.Account // whose sessions to open
	Keys     *peel.KeyLog      // secrets of TLS; those inside of captures are added to it
	Seeds    []string          // of mKCP
	Servers  []Server          // of VMess, where they are known
	Others   bool              // list the flows that are no VMess attempts, too
	Secrets  bool              // report ids and keys as they are
	Workers  int               // goroutines beside the caller's that open chunks; 0 for none
	NoHash   bool              // leave the plaintext's hashes out
	Limits   flow.Limits
	Budget   int64 // HMACs to spend on unusual times and alter ids; DefaultBudget if 0

	// Further witnesses, nil for none. They are functions so that the browser's
	// module, which has none, does not carry what they need.
	Log     func([]*session.Facts, []verdict.Verdict) (*verdict.Hearing, error)         // the server's: see verdict.Consider
	Compare func(all []*session.Facts, name func(account int) string) []verdict.Finding // with configurations: see verdict.Contradictions

	Unpack   map[string]func(io.Reader) (io.Reader, error) // further packers, see capture.Options
	Progress func(read int64)                              // see capture.Options
}

// DefaultBudget is how many HMACs a run spends on legacy requests whose time
// or alter id is out of the ordinary: some seconds of work. As many again go to
// the likely places, a share for each request, so that noise does not use up
// what others need.
const DefaultBudget = 20_000_000
