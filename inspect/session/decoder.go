package session

import (
	"vmesskit/codec"
	"vmesskit/inspect/flow"
)

// Options says how conversations are to be read.
type Options struct {
	Hash    bool  // compute the hashes of the plaintext
	Budget  int64 // HMACs to spend on unusual times and alter ids, all flows together; grants may be as many again
	Limits  flow.Limits
	Workers int // goroutines that open the chunks of long bodies; 0 for none

	// Again says of each conversation, by Facts.Ordinal, whether it was read
	// before and is read for more than its facts; nil for none, and where it
	// gives nil.
	Again func(ordinal int) *Again
}

// Decoder opens the conversations of one run. Accounts, given and announced,
// are known to every conversation that authenticates later.
type Decoder struct {
	o       Options
	users   *codec.Users
	owners  []owner // of the accounts in users
	byID    map[codec.ID]int
	search  *search
	held    *flow.Meter
	chunks  *flow.Meter // for chunks that are not whole
	budget  *runBudget
	facts   []*Facts
	limited bool
	crew    *crew

	announced int // accounts of users that the capture announced
	subs      int // sub-connections of mux that are kept
}

// owner says where an account in the users comes from.
type owner struct {
	given    int // index in the accounts that were given, -1 if announced
	from     *Facts
	alterIDs int
}

// NewDecoder makes a decoder that knows the accounts.
func NewDecoder(accounts []Account, o Options) *Decoder {
	d := &Decoder{
		o: o, users: codec.NewUsers(), byID: make(map[codec.ID]int),
		search: newSearch(o.Budget), held: flow.NewMeter(o.Limits.HoldTotal), chunks: flow.NewMeter(o.Limits.Chunks), budget: newRunBudget(), crew: newCrew(o.Workers),
	}
	for i, a := range accounts {
		d.add(a.Account, owner{given: i, alterIDs: a.AlterIDs})
	}
	return d
}

func (d *Decoder) add(a codec.Account, from owner) {
	if _, known := d.byID[a.ID]; known {
		return
	}
	d.byID[a.ID] = d.users.Add(a)
	d.owners = append(d.owners, from)
	d.search.add(a)
}

// Bounds of what a capture may announce: each id makes every later session dearer.
const (
	maxAnnounced      = 1024 // accounts in a run
	maxAnnouncedAlter = 256  // alter ids of one; v2ray announces 32 unless it is told another number
)

// announce takes the account that a response announced; what follows is
// decoded with it. It reports whether that is so for all its ids: of too many
// accounts the first ones are known. They stay so beyond their minutes, since a
// recording is read to learn who it was.
func (d *Decoder) announce(f *Facts, s *codec.SwitchAccount) bool {
	f.Announced = &Announced{Host: s.Host, Port: s.Port, AlterIDs: int(s.AlterIDs), Minutes: int(s.Minutes)}
	if _, known := d.byID[s.ID]; known {
		return true
	}
	if d.announced == maxAnnounced {
		return false
	}
	d.announced++
	a := codec.Account{ID: s.ID, AlterIDs: min(int(s.AlterIDs), maxAnnouncedAlter)}
	d.add(a, owner{given: -1, from: f, alterIDs: a.AlterIDs})
	return a.AlterIDs == int(s.AlterIDs)
}

// Open starts the facts of one flow.
func (d *Decoder) Open(r *flow.Record) flow.Sink {
	if len(d.facts) >= d.o.Limits.Sessions {
		d.limited = true
		return flow.Discard
	}
	f := &Facts{Flow: r, Ordinal: len(d.facts) + 1}
	d.facts = append(d.facts, f)
	s := &session{d: d, f: f}
	if d.o.Again != nil {
		s.readAgain(d.o.Again(f.Ordinal))
	}
	return guard{s}
}

// Close ends the workers. The facts stay.
func (d *Decoder) Close() { d.crew.dismiss() }

// Facts gives what was learned of each flow, in the order in which they were
// opened.
func (d *Decoder) Facts() []*Facts { return d.facts }

// Limited reports whether flows were left out because there were too many.
func (d *Decoder) Limited() bool { return d.limited }
