package codec

import "crypto/md5"

// Feeds of the alter id chain, as all peers spell them.
const (
	alterIDSalt  = "16167dc8-16b6-4e6d-b8bb-65dd68113a81"
	alterIDAgain = "533eff8a-4113-4b10-b5ce-0f5d76b98cd2"
)

// MaxAlterIDs is the largest number of alter ids that a configuration can ask
// for.
const MaxAlterIDs = 65535

// NextAlterID gives the id that follows in the chain: MD5(id || salt). No
// version bits are set in it.
func NextAlterID(id ID) ID {
	var b [16 + len(alterIDSalt)]byte
	copy(b[:], id[:])
	copy(b[16:], alterIDSalt)
	next := ID(md5.Sum(b[:]))
	if next == id {
		return refeedAlterID(b[:], id)
	}
	return next
}

// refeedAlterID goes on feeding until the digest is another one. No input is
// known that comes here, but every peer has this branch.
func refeedAlterID(fed []byte, id ID) ID {
	for {
		fed = append(fed, alterIDAgain...)
		if next := ID(md5.Sum(fed)); next != id {
			return next
		}
	}
}

// AlterIDs appends the first n alter ids of id to dst.
func AlterIDs(dst []ID, id ID, n int) []ID {
	for range n {
		id = NextAlterID(id)
		dst = append(dst, id)
	}
	return dst
}
