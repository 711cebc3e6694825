package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// expr is a number that depends on others: 38+a+p.
type expr struct {
	base        int
	plus, minus []string
}

func (e expr) String() string {
	var b strings.Builder
	if e.base > 0 || len(e.plus) == 0 {
		b.WriteString(strconv.Itoa(e.base))
	}
	for _, p := range e.plus {
		if b.Len() > 0 {
			b.WriteString("+")
		}
		b.WriteString(p)
	}
	for _, m := range e.minus {
		b.WriteString("−" + m)
	}
	if e.base < 0 && len(e.plus) > 0 {
		b.WriteString("−" + strconv.Itoa(-e.base))
	}
	return b.String()
}

// letter is a number with a name that others may depend on.
type letter struct {
	name  string
	value func(*sample) int
}

// fit finds the expression for a number that is right in every sample: the
// one with the fewest letters, sums before differences, if those are allowed.
// That the samples leave a choice is an error, because then they are too much
// alike.
func fit(samples []*sample, value func(*sample) int, letters []letter, minus bool) (e expr, ok bool, err error) {
	kinds := []bool{false}
	if minus {
		kinds = append(kinds, true)
	}
	for _, differences := range kinds {
		for n := 0; n <= min(3, len(letters)); n++ {
			var found []expr
			signs := 1
			if differences {
				signs = 1 << n
			}
			for _, pick := range choose(len(letters), n) {
				for sign := range signs {
					if e, ok := constant(samples, value, letters, pick, sign); ok {
						found = append(found, e)
					}
				}
			}
			if len(found) > 1 {
				return e, false, fmt.Errorf("the samples do not tell %s from %s", found[0], found[1])
			}
			if len(found) == 1 {
				return found[0], true, nil
			}
		}
	}
	return e, false, nil
}

// constant tells whether a number less the picked letters is the same in every
// sample. The letters whose bit is set in sign are added instead.
func constant(samples []*sample, value func(*sample) int, letters []letter, pick []int, sign int) (e expr, ok bool) {
	for i, s := range samples {
		rest := value(s)
		for j, p := range pick {
			if v := letters[p].value(s); sign>>j&1 == 0 {
				rest -= v
			} else {
				rest += v
			}
		}
		if i == 0 {
			e.base = rest
		} else if rest != e.base {
			return e, false
		}
	}
	for j, p := range pick {
		if sign>>j&1 == 0 {
			e.plus = append(e.plus, letters[p].name)
		} else {
			e.minus = append(e.minus, letters[p].name)
		}
	}
	return e, true
}

// choose gives all ways to pick k of n.
func choose(n, k int) [][]int {
	if k == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for last := k - 1; last < n; last++ {
		for _, c := range choose(last, k-1) {
			out = append(out, append(slices.Clone(c), last))
		}
	}
	return out
}

// piece is an expression and where it holds; everywhere if that is empty.
type piece struct {
	expr  expr
	where string
}

// pieces finds the expression for a number, or else one for each value of the
// fact that needs the fewest.
func pieces(samples []*sample, value func(*sample) int, letters []letter, minus bool) ([]piece, error) {
	e, ok, err := fit(samples, value, letters, minus)
	if ok || err != nil {
		return []piece{{expr: e}}, err
	}
	var best []piece
	for _, name := range factNames(samples) {
		if found, ok := piecesBy(name, samples, value, letters, minus); ok && (best == nil || len(found) < len(best)) {
			best = found
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no expression of the letters fits")
	}
	return best, nil
}

// piecesBy is pieces for one fact.
func piecesBy(name string, samples []*sample, value func(*sample) int, letters []letter, minus bool) (out []piece, ok bool) {
	var values []string // of the fact, for each piece
	for _, v := range factValues(samples, name) {
		var part []*sample
		for _, s := range samples {
			if s.fact(name) == v {
				part = append(part, s)
			}
		}
		e, ok, err := fit(part, value, letters, minus)
		if !ok || err != nil {
			return nil, false
		}
		same := slices.IndexFunc(out, func(p piece) bool { return p.expr.String() == e.String() })
		if same >= 0 {
			values[same] += " or " + v
			continue
		}
		out, values = append(out, piece{expr: e}), append(values, v)
	}
	for i := range out {
		out[i].where = phrase(fact{name: name, value: values[i]})
	}
	return out, len(out) > 1
}
