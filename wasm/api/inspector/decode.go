package inspector

import (
	"errors"
	"io"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/config/users"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// Request says what to decode, and how. Its options are those of the command
// `vmess decode`.
type Request struct {
	Captures    []capture.Input // read as one capture, in the order of time
	Users       string          // one in a line: ID [alterId] [label]; blank for none
	Ports       []uint16        // where VMess servers listen, if that is known
	All         bool            // list the flows that are no attempts at VMess, too
	NoHash      bool            // leave the plaintext's hashes out
	ShowSecrets bool            // show ids as they are
}

// Result is what is known at the end besides the lines.
type Result struct {
	Sessions int
	Failed   int      // sessions whose verdict is not ok
	Limits   []string // the limits that were hit: then the lines are not all
	Hidden   []int    // numbers of the users whose labels hold an id and are not shown
}

// Decode writes what `vmess decode --json` prints to w, byte for byte, in
// pieces of at most PieceSize. The error is an *Error in any case: what panics
// below comes back as one, so that the caller lives on.
func Decode(r *Request, w io.Writer) (result *Result, err error) {
	defer rescue(&err)
	if len(r.Captures) == 0 {
		return nil, &Error{KindRequest, errors.New("no capture to decode")}
	}
	accounts, hidden, err := readUsers(r.Users)
	if err != nil {
		return nil, &Error{KindUsers, err}
	}
	out := newPieces(w)
	sum, err := inspect.Decode(r.Captures, inspect.Options{
		Accounts: accounts,
		Servers:  servers(r.Ports),
		Others:   r.All,
		Secrets:  r.ShowSecrets,
		NoHash:   r.NoHash,
	}, report.NewNDJSON(out, report.JSONOptions{NoHash: r.NoHash, Secrets: r.ShowSecrets}))
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return nil, decodeFault(err)
	}
	return &Result{Sessions: sum.Sessions, Failed: failed(sum), Limits: sum.Limits, Hidden: hidden}, nil
}

// readUsers reads the list. A label that holds an id is left out, as the
// command does, for labels are printed.
func readUsers(text string) (accounts []session.Account, hidden []int, err error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil, nil
	}
	list, err := users.ParseFile("users", []byte(text))
	for i, u := range list {
		if users.HoldsID(u.Label) {
			u.Label = ""
			hidden = append(hidden, i+1)
		}
		accounts = append(accounts, session.Account{Account: codec.Account{ID: u.ID, AlterIDs: u.AlterIDs}, Label: u.Label})
	}
	return accounts, hidden, err
}

func failed(sum *report.Summary) int {
	n := 0
	for _, v := range sum.Verdicts {
		if v.ID != "ok" {
			n += v.N
		}
	}
	return n
}

// servers gives the servers at the ports that were named.
func servers(ports []uint16) (list []inspect.Server) {
	for _, p := range ports {
		list = append(list, inspect.ServerPort(p))
	}
	return list
}
