package verdict

// Verdict is the judgement on one session.
type Verdict struct {
	ID       string // a word of the closed list; it never changes
	Reason   string // one sentence in an operator's words
	Evidence Evidence
}

// OK reports whether nothing is wrong.
func (v *Verdict) OK() bool { return v.ID == okKind.ID }

// Evidence is what a verdict rests on, as data: items in a fixed order.
type Evidence []Item

// Item is one piece of evidence. Value is a string, bool, int, int64,
// []string, Evidence for an object, or []Evidence for a list of them.
type Item struct {
	Key   string
	Value any
}

// Get gives the value of a key, or nil.
func (e Evidence) Get(key string) any {
	for _, i := range e {
		if i.Key == key {
			return i.Value
		}
	}
	return nil
}
