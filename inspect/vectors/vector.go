package vectors

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// Vector is one case.
type Vector struct {
	ID     string // "request/aead/aes-128-gcm/0d/tcp"; never changes
	Title  string
	Inputs []Input
	Steps  []Step // in an order in which they can be computed
}

// Input is something that is given: hex where it is bytes, else a number or a
// text.
type Input struct{ Name, Value string }

// Step is a value on the way, or the result.
type Step struct {
	Name    string // a field's name, with the chunk in front: "chunk.0.chunk-nonce"
	Value   []byte
	Formula string   // empty where it is a part of what is on the wire
	Pinned  []string // the implementations that made the same bytes of these inputs
}

// Step gives a step by its name, or nil.
func (v *Vector) Step(name string) *Step {
	i := slices.IndexFunc(v.Steps, func(s Step) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &v.Steps[i]
}

var all = sync.OnceValue(func() []*Vector {
	return slices.Concat(idVectors(), kdfVectors(), authVectors(), requestVectors(), responseVectors(), muxVectors())
})

// All gives the vectors, those first that the others build upon.
func All() []*Vector { return all() }

// Find gives the vectors with an id, or those below it: "request/aead" is all
// of them.
func Find(id string) []*Vector {
	var out []*Vector
	for _, v := range All() {
		if v.ID == id || strings.HasPrefix(v.ID, id+"/") {
			out = append(out, v)
		}
	}
	return out
}

// Mistake is the first value of somebody's that is wrong.
type Mistake struct {
	Step  *Step
	Index int // of the step in the vector
	Got   []byte
	Hint  string // what the value looks like; empty where nothing comes to mind
}

// Check compares values by name, in the order of the steps. Names that the
// vector does not have are passed over.
func (v *Vector) Check(values map[string][]byte) *Mistake {
	for i := range v.Steps {
		s := &v.Steps[i]
		got, given := values[s.Name]
		if given && !bytes.Equal(got, s.Value) {
			return &Mistake{Step: s, Index: i, Got: got, Hint: v.hint(s, got)}
		}
	}
	return nil
}

// hint says what a wrong value looks like.
func (v *Vector) hint(want *Step, got []byte) string {
	if len(got) == 0 {
		return "it is empty"
	}
	reversed := slices.Clone(want.Value)
	slices.Reverse(reversed)
	switch {
	case bytes.Equal(got, reversed):
		return "its bytes are in the reverse order"
	case bytes.HasPrefix(got, want.Value):
		return "it begins right, and is too long"
	case bytes.HasPrefix(want.Value, got):
		return "it begins right, and is too short"
	}
	for i := range v.Steps {
		if s := &v.Steps[i]; s != want && len(got) > 2 && bytes.Equal(got, s.Value) {
			return "that is the value of " + s.Name
		}
	}
	for _, in := range v.Inputs {
		if len(got) > 2 && in.Value == hexOf(got) {
			return "that is the input " + in.Name
		}
	}
	if len(got) != len(want.Value) {
		return "its length is wrong"
	}
	return ""
}
