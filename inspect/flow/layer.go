package flow

// Layer is a part of a conversation's stack: a wrapping around VMess, VMess
// itself, or what its body carries. The stage that understands it fills it in.
type Layer struct {
	Name   string // its word in the stack: "tls1.3", "ws"; empty until it is known
	Facts  []Fact // what it showed, in the order of reports
	Answer Answer // how the server took the wrapping
	Says   Speech // what the server said instead, where it turned it down or speaks something else
	Clock  *Clock // a trace of the server's clock, or nil
	Halt   Halt   // why what is inside could not be read, or not all of it
	Why    string // in words, with what was seen and where; empty without a Halt
}

// VMess is the word for the layer that all of this is about.
const VMess = "vmess"

// Fact is a value that a layer showed, to be reported as it is: a path, a name,
// a cipher suite. It holds nothing secret: no early data, no key, no password.
type Fact struct{ Key, Value string }

// Clock is what a server's clock said, in seconds since the Unix epoch, when the
// capture had the time At.
type Clock struct {
	Says int64
	At   Time
}

// Set gives a key its value, in the place that it has or behind the others.
// An empty value is left out.
func (l *Layer) Set(key, value string) {
	for i := range l.Facts {
		if l.Facts[i].Key == key {
			l.Facts[i].Value = value
			return
		}
	}
	if value != "" {
		l.Facts = append(l.Facts, Fact{key, value})
	}
}

// Get gives the value of a key, or nothing.
func (l *Layer) Get(key string) string {
	for _, f := range l.Facts {
		if f.Key == key {
			return f.Value
		}
	}
	return ""
}

// Stop says why what is inside cannot be read any further. The first reason
// stays.
func (l *Layer) Stop(h Halt, why string) {
	if l.Halt == Running {
		l.Halt, l.Why = h, why
	}
}

// Answer is how a server took a wrapping.
type Answer uint8

const (
	Unanswered Answer = iota // nothing came back
	Agreed                   // it speaks the wrapping, too
	TurnedDown               // it understood and refused: a status, an alert
	Foreign                  // it speaks something else
)

var answerNames = [...]string{Unanswered: "none", Agreed: "agreed", TurnedDown: "turned-down", Foreign: "foreign"}

func (a Answer) String() string {
	if int(a) < len(answerNames) {
		return answerNames[a]
	}
	return "answer?"
}

// Halt is why a stage stopped reading.
type Halt uint8

const (
	Running     Halt = iota // it did not stop
	NoKeys                  // the secrets that open it were not given
	Damaged                 // the bytes do not fit the wrapping, or a tag refuses
	Unsupported             // a form of the wrapping that is not read
)
