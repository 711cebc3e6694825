package verdict

// Verdict is the judgement on one session.
type Verdict struct {
	ID       string // a word of the closed list; it never changes
	Reason   string // one sentence in an operator's words
	Evidence Evidence
}

// OK reports whether nothing is wrong.
func (v *Verdict) OK() bool { return v.ID == "ok" }

// Evidence is what a verdict rests on, as data: items in a fixed order.
type Evidence []Item

// Item is one piece of evidence. Value is a string, bool, int, int64,
// []string, or []Evidence for a list of objects.
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

// Finding groups the sessions that one cause explains.
type Finding struct {
	Verdict  string // of these sessions
	Client   string // address without port, or empty if the clients differ
	User     string // label, or empty where no id matched
	Server   string // "ip:port"
	Sessions []int  // their indices
	Total    int    // sessions of the same client and user in all
	Since    int64  // start of the first, in nanoseconds since the Unix epoch
	What     string // what is wrong: "its clock is 600 s ahead"
	Next     string // what to do: "set it by NTP"
	Sure     string // "certain", "likely" or "possible"
}
