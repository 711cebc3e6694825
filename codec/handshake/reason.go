package handshake

import "strconv"

// Cause is why a handshake was rejected.
type Cause uint8

const (
	CauseNone      Cause = iota // not rejected
	CauseUser                   // nobody's auth: an unknown user, a legacy one where legacy is off, noise
	CauseTime                   // the auth id is a user's, its time is out of the window
	CauseReplay                 // the auth id has been here
	CauseBurnt                  // the legacy auth has been abused, and is refused for good
	CauseSession                // the body key and IV have been here
	CauseHeader                 // the header does not open, or is not as it should be
	CauseInsecure               // the policy does not want the body's cipher
	CauseFull                   // there is no room to remember it
	CauseClock                  // it may have been here: the clock has gone back beyond what was forgotten
	CauseCut                    // the peer closed, or was given up, before the header was whole
	CauseNotAnswer              // client: not the answer to this request
)

var causeNames = [...]string{
	CauseNone: "none", CauseUser: "user", CauseTime: "time", CauseReplay: "replay", CauseBurnt: "burnt", CauseSession: "session",
	CauseHeader: "header", CauseInsecure: "insecure", CauseFull: "full", CauseClock: "clock", CauseCut: "cut",
	CauseNotAnswer: "not-answer",
}

// String gives the word behind the constant's Cause, "replay", or Cause(99).
func (c Cause) String() string { return name(causeNames[:], "Cause", uint8(c)) }

// Reason is the truth about a rejection. It is for logs and tests: nothing of
// it may change what the other side can see.
type Reason struct {
	Cause Cause
	User  int   // number of the account whose auth it was; Nobody if it was no one's
	Skew  int64 // seconds by which the sender's clock is ahead, if there is a User
	Err   error // of the codec, if it was the one to refuse
}

// Nobody is the User of a Reason that is about no account.
const Nobody = -1

// String gives "header of user 3, 2 s ahead: vmess: …". There is no key in it.
func (r Reason) String() string {
	s := r.Cause.String()
	if r.Cause == CauseNone {
		s = "accepted"
	}
	if r.User != Nobody {
		s += " of user " + strconv.Itoa(r.User) + ", " + strconv.FormatInt(r.Skew, 10) + " s ahead"
	}
	if r.Err != nil {
		s += ": " + r.Err.Error()
	}
	return s
}
