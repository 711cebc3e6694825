package explain

import (
	"bytes"

	"vmesskit/codec"
)

// sender is who a request is from.
type sender struct {
	found   bool
	scheme  codec.Scheme
	account int
	alter   int      // codec.Primary or an index
	used    codec.ID // the id that authenticates
	time    int64    // legacy
	byTag   bool     // the auth id does not fit, the header's length does
}

// Bounds of the search for a legacy auth.
const (
	dayHours   = 25 * 3600
	hour       = 3600
	moreAlters = 16        // alter ids that are tried though nobody has them
	budget     = 4_000_000 // HMACs of one search
	wrongUsers = 64        // users that mistakes are tried for
)

// sender finds whose request begins with b. What a model has to do with the
// question is remembered with the answer.
func (j *job) sender(m *model, b []byte) sender {
	part := *m
	part.answer, part.section, part.body = right.answer, right.section, right.body
	part.kdf[responseSide] = kdfRules{}
	part.legacy.iv, part.legacy.cfb8 = 0, false
	if s, ok := j.senders[part]; ok {
		return s
	}
	accounts := j.in.Accounts
	if part != right {
		accounts = accounts[:min(len(accounts), wrongUsers)]
	}
	s := j.aeadSender(m, b, accounts)
	if !s.found && j.legacy {
		s = j.legacySender(m, b)
	}
	j.senders[part] = s
	return s
}

// lookForLegacy makes sender look for legacy auths, too, which takes longer. It
// is false where there is nothing more to look for.
func (j *job) lookForLegacy() bool {
	if j.legacy || j.in.Time == nil {
		return false
	}
	j.legacy = true
	clear(j.senders)
	return true
}

// aeadSender looks for a user whose key opens the auth id; and, where nobody's
// does, for one whose key opens the header's length.
func (j *job) aeadSender(m *model, b []byte, accounts []Account) sender {
	for i, a := range accounts {
		k := known{scheme: codec.AEAD, user: true, id: a.ID, used: a.ID}
		plain := m.openAuth(stepOf(codec.FieldAuthIDKey).value(m, &k), b[:authSize])
		if bytes.Equal(m.auth.sum.crc(plain[:12]), plain[12:]) {
			return sender{found: true, scheme: codec.AEAD, account: i, alter: codec.Primary, used: a.ID}
		}
	}
	if len(b) < sealedAt || m.header.pathPlain || m.header.adPlain {
		return sender{}
	}
	for i, a := range accounts {
		r := reading{job: j, m: m, k: known{scheme: codec.AEAD, user: true, id: a.ID, used: a.ID, auth: b[:authSize]}}
		sealed, nonce := b[authSize:authSize+lengthSize], b[sealedAt-nonceSize:sealedAt]
		if m.header.nonceFirst {
			sealed, nonce = b[sealedAt-lengthSize:sealedAt], b[authSize:authSize+nonceSize]
		}
		r.k.nonce = nonce
		if _, err := gcm(r.derive(codec.FieldHeaderLengthKey)).Open(nil, r.derive(codec.FieldHeaderLengthNonce), sealed, r.additional()); err == nil {
			return sender{found: true, scheme: codec.AEAD, account: i, alter: codec.Primary, used: a.ID, byTag: true}
		}
	}
	return sender{}
}

// legacyID is an id that may have made a legacy auth.
type legacyID struct {
	account, alter int
	id             codec.ID
	given          bool // the account has this alter id
}

// legacyIDs lists the ids that the accounts have, then some more of their
// chains of alter ids.
func (j *job) legacyIDs() []legacyID {
	if j.ids != nil {
		return j.ids
	}
	for i, a := range j.in.Accounts {
		j.ids = append(j.ids, legacyID{i, codec.Primary, a.ID, true})
		id := a.ID
		for n := range max(a.AlterIDs, moreAlters) {
			id = codec.NextAlterID(id)
			j.ids = append(j.ids, legacyID{i, n, id, n < a.AlterIDs})
		}
	}
	return j.ids
}

// legacySender looks for a legacy auth: the time has to be known roughly. The
// right auth is looked for a day and an hour around it, a wrong one an hour.
func (j *job) legacySender(m *model, b []byte) sender {
	isRight := m.legacy.time == 0 && !m.legacy.keyed && !m.legacy.swapped && m.id == idAsText
	key := macModel{m.legacy.time, m.legacy.keyed, m.legacy.swapped, m.id, 0}
	if m.legacy.keyed {
		key.cmdKey = m.cmdKey
	}
	if s, ok := j.macs[key]; ok {
		return s
	}
	s := j.findMAC(m, [authSize]byte(b), isRight)
	j.macs[key] = s
	return s
}

// macModel is what a legacy auth depends on.
type macModel struct {
	time           timeRule
	keyed, swapped bool
	id             idRule
	cmdKey         cmdKeyRule
}

func (j *job) findMAC(m *model, auth [authSize]byte, isRight bool) sender {
	ids := j.legacyIDs()
	hasher := codec.NewLegacyHasher()
	for _, id := range ids {
		if !id.given && !isRight {
			continue
		}
		key := codec.NewLegacyKey(id.id)
		cmdKey := m.commandKey(j.in.Accounts[id.account].ID, id.id)
		made := func(t int64) [16]byte {
			if isRight {
				return hasher.Auth(&key, t)
			}
			return m.legacyAuth(id.id, cmdKey, t)
		}
		reach := int64(hour)
		if isRight && id.given {
			reach = dayHours
		}
		reach = min(reach, int64(budget/(2*len(ids))))
		if !isRight {
			reach = min(reach, int64(budget/(20*len(ids))))
		}
		for d := int64(0); d <= reach; d++ {
			for _, t := range [...]int64{*j.in.Time + d, *j.in.Time - d} {
				if made(t) == auth {
					return sender{found: true, scheme: codec.Legacy, account: id.account, alter: id.alter, used: id.id, time: t}
				}
			}
		}
	}
	return sender{}
}
