package main

import (
	"slices"
	"strings"
)

// fact is something that decides what a structure looks like: the value of a
// field with names, or whether a bit is set ("option has chunk-masking"). at
// is where in the structure it stands.
type fact struct {
	name, value string
	at          int
}

// outside is the place of a fact that is known before the structure begins.
const outside = -1

// has is in the name of a fact about a bit, between the field and the bit.
const has = " has "

// phrase puts facts into words, those about bits of one field together.
func phrase(list ...fact) string {
	var b strings.Builder
	was, verb := "", ""
	for _, f := range list {
		field, bit, isBit := strings.Cut(f.name, has)
		now := has
		switch {
		case !isBit:
			now, bit = " is ", f.value
		case f.value == "no":
			now = " lacks "
		}
		switch {
		case field == was && now == verb:
			b.WriteString(" and " + bit)
		case field == was:
			b.WriteString("," + now + bit)
		default:
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			b.WriteString("`" + field + "`" + now + bit)
		}
		was, verb = field, now
	}
	return b.String()
}

// fact gives the value of a fact, or nothing.
func (s *sample) fact(name string) string {
	for _, f := range s.facts {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// factNames gives the facts that differ between the samples and that all of
// them have.
func factNames(samples []*sample) (out []string) {
	for _, f := range samples[0].facts {
		values := factValues(samples, f.name)
		if len(values) > 1 && !slices.Contains(values, "") {
			out = append(out, f.name)
		}
	}
	return out
}

// factValues gives the values of a fact, in the order of the samples.
func factValues(samples []*sample, name string) (out []string) {
	for _, s := range samples {
		if v := s.fact(name); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// condition finds what the samples with a field have in common that those
// without it have not: as few facts as possible, and only such as are known
// where the field is to begin.
func condition(with, without []*sample, at func(*sample) int) (string, bool) {
	if len(without) == 0 {
		return "", true
	}
	var names []string
	for _, f := range with[0].facts {
		if !slices.Contains(names, f.name) && knownBefore(with, f.name, at) {
			names = append(names, f.name)
		}
	}
	for n := 1; n <= min(3, len(names)); n++ {
		for _, pick := range choose(len(names), n) {
			if excludes(with, without, names, pick) {
				var facts []fact
				for _, p := range pick {
					facts = append(facts, fact{name: names[p], value: strings.Join(factValues(with, names[p]), " or ")})
				}
				return phrase(facts...), true
			}
		}
	}
	return "", false
}

// knownBefore tells whether a fact is known in front of a field.
func knownBefore(samples []*sample, name string, at func(*sample) int) bool {
	for _, s := range samples {
		i := slices.IndexFunc(s.facts, func(f fact) bool { return f.name == name })
		if i < 0 || s.facts[i].at >= at(s) {
			return false
		}
	}
	return true
}

// excludes tells whether each sample without the field contradicts one of the
// picked facts. A bit that is set in some samples with the field and not in
// others says nothing.
func excludes(with, without []*sample, names []string, pick []int) bool {
	for _, p := range pick {
		if strings.Contains(names[p], has) && len(factValues(with, names[p])) > 1 {
			return false
		}
	}
	for _, s := range without {
		if !slices.ContainsFunc(pick, func(p int) bool {
			return !slices.Contains(factValues(with, names[p]), s.fact(names[p]))
		}) {
			return false
		}
	}
	return true
}
