package codec

import (
	"crypto/cipher"
	"slices"
)

// Account is a user that may authenticate.
type Account struct {
	ID       ID
	AlterIDs int // how many alter ids, 0 to MaxAlterIDs
}

// Users is a set of accounts that answers whose request begins with these 16
// bytes, and when it was made. Keys are prepared once, when an account is
// added. A Users is for one goroutine at a time: matching fills a cache that
// all connections share.
type Users struct {
	keys    []CmdKey
	blocks  []cipher.Block // of auth ids, by account
	legacy  []legacyUser   // every id of every account
	hasher  *LegacyHasher
	deriver *deriver
	seconds secondCache

	last   int // who matched last is likely to come again; -1 for nobody
	sealed [16]byte
	plain  [matchBatch][16]byte // scratch, so that a candidate costs no allocation
}

// matchBatch is how many candidates are decrypted before any is looked at: the
// processor works on several blocks at once if nothing stands between them.
const matchBatch = 64

// legacyUser is one id of an account, ready to make auths.
type legacyUser struct {
	account int
	alter   int // Primary or an index
	key     LegacyKey
}

// NewUsers makes a set of the accounts, which are numbered from 0 in this
// order.
func NewUsers(accounts ...Account) *Users {
	u := &Users{hasher: NewLegacyHasher(), deriver: newDeriver(), last: -1}
	for _, a := range accounts {
		u.Add(a)
	}
	return u
}

// Add takes one more account and gives its number.
func (u *Users) Add(a Account) int {
	account := len(u.keys)
	key := a.ID.CmdKey()
	u.keys = append(u.keys, key)
	u.blocks = append(u.blocks, authIDBlock(u.deriver, key))
	u.legacy = append(u.legacy, legacyUser{account, Primary, NewLegacyKey(a.ID)})
	id := a.ID
	for i := range min(a.AlterIDs, MaxAlterIDs) {
		id = NextAlterID(id)
		u.legacy = append(u.legacy, legacyUser{account, i, NewLegacyKey(id)})
	}
	u.seconds.forget()
	return account
}

// Len gives how many accounts there are.
func (u *Users) Len() int { return len(u.keys) }

// IDs gives how many ids there are, alter ids included.
func (u *Users) IDs() int { return len(u.legacy) }

// Window is a range of Unix seconds, both ends included.
type Window struct{ From, To int64 }

// Around is the window of the given seconds before and after now. Servers use
// 120 both ways.
func Around(now, seconds int64) Window { return Window{now - seconds, now + seconds} }

// AnyTime is the window that a reader of recordings uses: every time that an
// AEAD request can sensibly carry, up to the year 36812.
var AnyTime = Window{0, 1<<40 - 1}

func (w Window) has(t int64) bool { return t >= w.From && t <= w.To }

// Match finds whose AEAD request begins with auth, if its time is in the
// window. A CRC-32 decides, which fits a wrong account once in 2^32: where the
// header length then does not open, call Match again with the accounts that
// were tried.
func (u *Users) Match(auth [16]byte, w Window, tried ...int) (Sender, bool) {
	u.sealed = auth
	if u.last >= 0 && u.isOf(u.last, w, tried) {
		return u.sender(u.last, &u.plain[0]), true
	}
	for from := 0; from < len(u.blocks); from += matchBatch {
		batch := u.blocks[from:min(from+matchBatch, len(u.blocks))]
		plains := u.plain[:len(batch)]
		for i, b := range batch {
			b.Decrypt(plains[i][:], u.sealed[:])
		}
		for i := range plains {
			if plain := &plains[i]; w.has(authIDTime(plain)) && isProof(plain, from+i, tried) {
				u.last = from + i
				return u.sender(from+i, plain), true
			}
		}
	}
	return Sender{}, false
}

// isOf reports whether account i sealed the auth id at hand.
func (u *Users) isOf(i int, w Window, tried []int) bool {
	plain := &u.plain[0]
	u.blocks[i].Decrypt(plain[:], u.sealed[:])
	return w.has(authIDTime(plain)) && isProof(plain, i, tried)
}

// isProof reports whether an auth id whose time is right is the account's. It
// is asked last: the checksum costs twice the decryption.
func isProof(plain *[16]byte, account int, tried []int) bool {
	return authIDFits(plain) && !slices.Contains(tried, account)
}

// sender describes account i as the one that sealed what decrypts as plain.
func (u *Users) sender(i int, plain *[16]byte) Sender {
	return Sender{Scheme: AEAD, Key: u.keys[i], Time: authIDTime(plain), User: i, Alter: Primary}
}

// MatchLegacy finds whose legacy request begins with auth: the auth of each id
// is computed for each second of the window, from its middle outwards. The
// ids are all the accounts' own, as v2ray has it, and their alter ids. A second
// that was not asked for lately costs an HMAC for each id.
func (u *Users) MatchLegacy(auth [16]byte, w Window) (Sender, bool) {
	middle := w.From + (w.To-w.From)/2
	for d := int64(0); middle-d >= w.From || middle+d <= w.To; d++ {
		if s, ok := u.legacyAt(auth, middle+d, w); ok {
			return s, true
		}
		if d == 0 {
			continue
		}
		if s, ok := u.legacyAt(auth, middle-d, w); ok {
			return s, true
		}
	}
	return Sender{}, false
}

// legacyAt looks for an auth of one second.
func (u *Users) legacyAt(auth [16]byte, t int64, w Window) (Sender, bool) {
	if !w.has(t) {
		return Sender{}, false
	}
	i, ok := u.seconds.find(u, auth, t)
	if !ok {
		return Sender{}, false
	}
	l := &u.legacy[i]
	return Sender{Scheme: Legacy, Key: u.keys[l.account], Time: t, User: l.account, Alter: l.alter}, true
}
