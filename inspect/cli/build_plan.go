package cli

import (
	"bufio"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"

	"vmesskit/codec"
	"vmesskit/inspect/build"
	"vmesskit/inspect/session"
)

// buildPlan is what is to be made, ready to be written.
type buildPlan struct {
	seed     build.Seed
	time     int64
	items    []buildItem       // descriptions; they take turns
	count    int               // sessions to make
	accounts []session.Account // of the sessions, which take turns; empty if each has its own id
}

// plan reads the users, the seed and the file, if there is one.
func (o *buildOptions) plan(env *Env) (*buildPlan, error) {
	p := &buildPlan{time: o.time, count: o.sessions, items: []buildItem{o.session}}
	if o.seed != nil {
		p.seed = build.NewSeed(*o.seed)
	} else if _, err := readFull(env, p.seed[:]); err != nil {
		return nil, err
	}
	if o.from != "" {
		if err := o.readFile(env, p); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(p.items, func(i buildItem) bool { return !i.hasID }) {
		return p, nil
	}
	if err := o.findUsers(env, p); err != nil {
		return nil, err
	}
	return p, nil
}

func readFull(env *Env, b []byte) (int, error) {
	for n := 0; n < len(b); {
		m, err := env.Rand.Read(b[n:])
		if n += m; n < len(b) && err != nil {
			return n, fmt.Errorf("the source of randomness: %w", err)
		}
	}
	return len(b), nil
}

// findUsers fills in who the sessions are of.
func (o *buildOptions) findUsers(env *Env, p *buildPlan) error {
	if o.newUsers > 0 {
		for i, id := range p.seed.IDs(o.newUsers) {
			p.accounts = append(p.accounts, session.Account{Account: codec.Account{ID: id}, Label: "user-" + strconv.Itoa(i+1)})
		}
	} else {
		given, err := o.users.read(env)
		if err != nil {
			return err
		}
		p.accounts = given.accounts
	}
	if len(p.accounts) == 0 {
		return usagef("an id is needed").or("give one with --id-file FILE, VMESS_IDS or --id")
	}
	if o.user != "" {
		if err := resolveNames([]string{o.user}, p.accounts); err != nil {
			return err
		}
		i := slices.IndexFunc(p.accounts, func(a session.Account) bool { return a.Label == o.user })
		if i < 0 {
			i, _ = strconv.Atoi(o.user[1:])
			i--
		}
		p.accounts = p.accounts[i : i+1]
	}
	return nil
}

// made is session i with all that is settled for it.
func (p *buildPlan) made(i int) (build.Session, build.Seed) {
	item := &p.items[i%len(p.items)]
	s := item.session
	if !item.hasID {
		s.ID = p.accounts[i%len(p.accounts)].ID
	}
	s.Time = p.time + item.start + item.skew
	if p.count == 1 {
		return s, p.seed
	}
	return s, p.seed.Of("session", uint64(i))
}

// where gives the ends of session i. Of one description many clients come: the
// address counts up with the user, the port with the turn.
func (p *buildPlan) where(i int) (client, server netip.AddrPort) {
	item := &p.items[i%len(p.items)]
	if p.count == len(p.items) {
		return item.client, item.server
	}
	users := max(1, len(p.accounts))
	host := item.client.Addr().AsSlice()
	for n, at := i%users, len(host)-1; n > 0 && at >= 0; at-- {
		n += int(host[at])
		host[at] = byte(n)
		n >>= 8
	}
	addr, _ := netip.AddrFromSlice(host)
	port := (int(item.client.Port())+i/users-1024)%(65536-1024) + 1024
	return netip.AddrPortFrom(addr, uint16(port)), item.server
}

// writeUsers writes the users as a list of ids.
func (p *buildPlan) writeUsers(env *Env, name string) error {
	f, err := env.create(name, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	for _, a := range p.accounts {
		line := a.ID.String()
		if a.AlterIDs > 0 || a.Label != "" {
			line += " " + strconv.Itoa(a.AlterIDs)
		}
		if a.Label != "" {
			line += " " + a.Label
		}
		fmt.Fprintln(out, line)
	}
	if err := out.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// create makes a file, or gives the standard output for "-".
func (e *Env) create(name string, perm fs.FileMode) (outFile, error) {
	if name == "-" {
		return standardOutput{e.Stdout}, nil
	}
	f, err := e.Create(name, perm)
	if err != nil {
		return nil, unreadable(name, err)
	}
	return f, nil
}
