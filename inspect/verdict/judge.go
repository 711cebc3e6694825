package verdict

import (
	"net/netip"

	"vmesskit/inspect/session"
)

// rule recognises one case. It is asked only if no rule before it fitted.
type rule func(*judge, *session.Facts) (Verdict, bool)

// authenticated is the order of suspicion where a user matched. What the
// server answered comes first: it tells a wrong clock of the client from that
// of the capture, a wrong clock from a wrong id, a refused cipher from a
// refused user.
var authenticated = []rule{
	toolFault,
	corruptBody, gapInAnswered, corruptInAnswered, okAnswered, // a response opened: the server took the request
	replayed,
	tlsKeysMissing,                                   // for the answer
	mismatchInside, mismatchAnswered, notVMessServer, // the first bytes of the answer are another protocol
	snaplen, gapUnanswered, oneWay, // the answer is missing from the capture
	mismatchSilent,
	corruptHeader, corruptWrapping,
	alterIDMismatch, clockSkew, serverClockByDate, serverClockSkew,
	limited,
	snaplenInRequest, gapInRequest,
	okNoAnswer, // silence alone is no refusal
	legacyRefused, insecureRefused, serverRefused,
}

// unmatched is the order where no id matched.
var unmatched = []rule{
	toolFault,
	oneWay,
	tlsKeysMissing,
	snaplenAtStart, gapAtStart,
	unsupportedTransport, mismatchOutside,
	corruptWrapping,
	notVMess,
	midStream,
	limited,
	unknownUser,
}

// judge knows what the sessions of a run say about each other.
type judge struct {
	index     map[*session.Facts]int
	headers   map[[32]byte]*session.Facts // the first session with this header
	keys      map[[16]byte]*session.Facts // with these keys
	auths     map[[16]byte]*session.Facts // with this auth, of AEAD
	clockSure bool                        // more than one server says so
	clock     int64                       // by how many seconds the capture's clock is behind the sessions'
	servers   map[string]*server
}

// Judge gives the verdict of each session. They stand in the order of their
// first packets; evidence names them by their number in it, from 1.
func Judge(all []*session.Facts) []Verdict {
	j := newJudge(all)
	out := make([]Verdict, len(all))
	for i, f := range all {
		out[i] = j.judge(f)
	}
	return out
}

func (j *judge) judge(f *session.Facts) Verdict {
	rules := unmatched
	if f.Auth != nil {
		rules = authenticated
	}
	for _, r := range rules {
		if v, ok := r(j, f); ok {
			return v
		}
	}
	panic("internal error: no rule for a session") // the last rule of each list always fits
}

func newJudge(all []*session.Facts) *judge {
	j := &judge{
		index:   make(map[*session.Facts]int, len(all)),
		headers: make(map[[32]byte]*session.Facts),
		keys:    make(map[[16]byte]*session.Facts),
		auths:   make(map[[16]byte]*session.Facts),
		servers: make(map[string]*server),
	}
	for i, f := range all {
		j.index[f] = i + 1
		if h := f.Header; h != nil {
			remember(j.headers, h.Sum, f)
			remember(j.keys, h.Keys, f)
		}
		if f.Auth != nil && !legacy(f) {
			remember(j.auths, f.Auth.Bytes, f)
		}
	}
	for _, f := range all {
		j.server(f).saw(f)
	}
	j.clock, j.clockSure = captureClock(j.servers)
	return j
}

// remember keeps the first session with a key.
func remember[K comparable](m map[K]*session.Facts, k K, f *session.Facts) {
	if m[k] == nil {
		m[k] = f
	}
}

// server is what a server endpoint showed in the run.
type server struct {
	legacy   bool // answered a legacy header
	insecure bool // answered a body without an AEAD cipher
	skews    bounds
	late     map[netip.Addr]bool // clients whose requests are out of the window
	lateBy   bounds              // by how much they are
}

func (j *judge) server(f *session.Facts) *server {
	key := f.Flow.Network.String() + f.Flow.Ends[f.Server()].String()
	if j.servers[key] == nil {
		j.servers[key] = &server{}
	}
	return j.servers[key]
}

func (s *server) saw(f *session.Facts) {
	if f.Auth != nil && f.Response == nil && beyond(f.Auth.Skew) != 0 {
		s.misses(f)
	}
	if f.Response == nil {
		return
	}
	s.legacy = s.legacy || legacy(f)
	s.insecure = s.insecure || insecure(f)
	s.skews.add(f.Auth.Skew)
}

// misses notes a request that is out of the window.
func (s *server) misses(f *session.Facts) {
	if s.late == nil {
		s.late = make(map[netip.Addr]bool)
	}
	s.late[f.Flow.Ends[f.Client].Addr()] = true
	s.lateBy.add(f.Auth.Skew)
}
