package explain

import (
	"cmp"
	"slices"

	"vmesskit/codec"
)

// How unlikely a chance hit has to be, as a power of two: of one mistake among
// a hundred, and of one pair among thousands.
const (
	enoughForOne  = 20
	enoughForPair = 28
)

// Bounds of the search.
const (
	maxFound    = 8        // mistakes of one conversation, one after the other
	maxTried    = 20_000   // readings, behind which ties are not followed any more
	maxTied     = 4        // that explain the same equally well
	searchAhead = 32 << 10 // bytes of a body behind what does not open
	pairsUpTo   = 1 << 20  // bytes of a body in front of it, for pairs to be tried
)

// found is what makes a layer open: one mistake or two, or one of several.
type found struct {
	mistakes []*Mistake
	at       place
	or       [][]*Mistake // that do it equally well
}

// trail is a search under way: the model that reads the conversation best so
// far, what made it open, and the failures that nothing explains.
type trail struct {
	model       model
	found       []found
	unexplained []failure
	given       places // layers that nothing makes open
}

// search reads a conversation, and where a layer does not open tries the
// mistakes that such a layer can have.
func (j *job) search() trail { return j.follow(trail{model: right}) }

// follow goes on with a search to its end. Of mistakes that explain a layer
// equally well, that is the best which leaves least to explain behind it.
func (j *job) follow(t trail) trail {
	for len(t.found) < maxFound {
		r := j.read(&t.model, nil, 0)
		f := r.first(t.given)
		if f == nil {
			break
		}
		hits := j.explain(&t.model, r, *f)
		switch {
		case len(hits) > 0:
			return j.branch(t, *f, hits)
		case f.place == atAuth && f.field == codec.FieldAuthID && j.lookForLegacy():
		default:
			t.unexplained = append(t.unexplained, *f)
			t.given |= at(f.place)
		}
	}
	return t
}

// branch follows each of the best hits.
func (j *job) branch(t trail, f failure, hits []hit) trail {
	best, at := trail{}, len(t.found)
	if j.tried > maxTried {
		hits = hits[:1]
	}
	for i, h := range hits {
		next := t
		next.model = h.model
		next.found = append(slices.Clone(t.found), found{mistakes: h.mistakes, at: f.place})
		next.unexplained = slices.Clone(t.unexplained)
		next = j.follow(next)
		switch c := cmp.Compare(next.cost(), best.cost()); {
		case i == 0 || c < 0:
			best = next
		case c == 0:
			best.found[at].or = append(best.found[at].or, h.mistakes)
		}
	}
	return best
}

// cost is how much a trail asks one to believe.
func (t *trail) cost() int {
	n := len(t.unexplained) * 100
	for _, f := range t.found {
		n += len(f.mistakes)
	}
	return n
}

// first gives the first failure outside of some layers.
func (r *reading) first(but places) *failure {
	var first *failure
	for i := range r.fails {
		if f := &r.fails[i]; !but.has(f.place) && (first == nil || f.before(*first)) {
			first = f
		}
	}
	return first
}

// hit is a trial that gets further.
type hit struct {
	mistakes []*Mistake
	model    model
	bits     int
}

// explain tries the mistakes that make a failure go away, alone and then in
// pairs, and gives those that do it best.
func (j *job) explain(m *model, before *reading, f failure) []hit {
	most := f.off + searchAhead
	base := before
	if most < max(len(j.in.Request), len(j.in.Response)) {
		base = j.read(m, nil, most)
	}
	list := candidates(f.place)
	var hits []hit
	for _, one := range list {
		hits = j.try(hits, m, base, f, most, enoughForOne, one)
	}
	if len(hits) == 0 && f.off <= pairsUpTo {
		seen := map[model]bool{}
		for i, one := range list {
			for _, other := range list[i+1:] {
				pair := *m
				one.apply(&pair, f.place)
				other.apply(&pair, f.place)
				if !seen[pair] {
					seen[pair] = true
					hits = j.try(hits, m, base, f, most, enoughForPair, one, other)
				}
			}
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.bits, a.bits) })
	n := 0
	for n < min(len(hits), maxTied) && hits[n].bits == hits[0].bits {
		n++
	}
	return hits[:n]
}

// candidates lists the mistakes that a layer can have.
func candidates(p place) (list []*Mistake) {
	for i := range mistakes {
		if mistakes[i].at.has(p) {
			list = append(list, &mistakes[i])
		}
	}
	return list
}

// try reads with some mistakes on top of a model, and keeps them if that gets
// past a failure by more than chance.
func (j *job) try(hits []hit, m *model, base *reading, f failure, most, enough int, list ...*Mistake) []hit {
	with := *m
	for _, one := range list {
		before := with
		if one.apply(&with, f.place); with == before {
			return hits
		}
	}
	j.tried++
	r := j.read(&with, nil, most)
	if r.bits-base.bits < enough {
		return hits
	}
	for _, other := range r.fails {
		if !f.before(other) && !slices.Contains(base.fails, other) {
			return hits
		}
		if other == f {
			return hits
		}
	}
	return append(hits, hit{list, with, r.bits})
}
