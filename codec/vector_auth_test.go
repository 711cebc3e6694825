package codec_test

import (
	"crypto/aes"
	"errors"
	"fmt"
	"testing"

	"vmesskit/codec"
)

// stranger is an id that no vector uses.
var stranger = codec.MapID("somebody else")

type authIDVector struct {
	Time      int64
	Rand      hexBytes
	Sealed    hexBlock `json:"eauid"`
	Plaintext hexBytes
}

type authIDVectors struct {
	UUID    idText
	CmdKey  hexBlock `json:"cmd_key"`
	Vectors []authIDVector
}

func testAuthID(t *testing.T, f authIDVectors) {
	same(t, "command key", f.UUID.CmdKey(), codec.CmdKey(f.CmdKey))
	key := codec.KDF(f.CmdKey[:], []byte("AES Auth ID Encryption"))
	block, err := aes.NewCipher(key[:16])
	noError(t, "AES", err)
	for _, v := range f.Vectors {
		checkAuthID(t, f.UUID.ID, v)
		var plain [16]byte
		block.Decrypt(plain[:], v.Sealed[:])
		sameBytes(t, fmt.Sprintf("time %d: plaintext", v.Time), plain[:], v.Plaintext)

		plain[15] ^= 1 // the right key and time, and a wrong checksum
		block.Encrypt(plain[:], plain[:])
		_, err := codec.OpenAuthID(codec.CmdKey(f.CmdKey), plain)
		same(t, "wrong checksum", refusalOf(err), refusal{codec.ErrChecksum, "auth-checksum"})
		_, ok := codec.NewUsers(codec.Account{ID: f.UUID.ID}).Match(plain, codec.AnyTime)
		same(t, "found with a wrong checksum", ok, false)
	}
}

// checkAuthID seals and opens an auth id, and looks for its user.
func checkAuthID(t *testing.T, id codec.ID, v authIDVector) {
	t.Helper()
	name := fmt.Sprintf("auth id of time %d", v.Time)
	key := id.CmdKey()
	want := codec.AuthID{Time: v.Time, Rand: [4]byte(v.Rand)}
	sealed := codec.SealAuthID(key, want)
	sameBytes(t, name, sealed[:], v.Sealed[:])

	got, err := codec.OpenAuthID(key, v.Sealed)
	noError(t, name, err)
	same(t, name, got, want)
	if _, err := codec.OpenAuthID(stranger.CmdKey(), v.Sealed); !errors.Is(err, codec.ErrChecksum) {
		t.Errorf("%s: opened by another user: got %v, want a wrong checksum", name, err)
	}

	users := codec.NewUsers(codec.Account{ID: stranger}, codec.Account{ID: id})
	sender := codec.Sender{Scheme: codec.AEAD, Key: key, Time: v.Time, User: 1, Alter: codec.Primary}
	for _, w := range []codec.Window{codec.AnyTime, codec.Around(v.Time, 0), codec.Around(v.Time+120, 120), codec.Around(v.Time-120, 120)} {
		found, ok := users.Match(v.Sealed, w)
		same(t, name+": found", ok, true)
		same(t, name+": sender", found, sender)
	}
	for _, now := range []int64{v.Time - 121, v.Time + 121} {
		_, ok := users.Match(v.Sealed, codec.Around(now, 120))
		same(t, name+": found out of its window", ok, false)
	}
	fresh := codec.NewUsers(codec.Account{ID: stranger}, codec.Account{ID: id})
	for _, users := range []*codec.Users{users, fresh} {
		_, ok := users.Match(v.Sealed, codec.AnyTime, 1)
		same(t, name+": found though it was tried", ok, false)
	}
}

type legacyAuthVectors struct {
	UUID    idText
	Vectors []struct {
		Auth  hexBlock
		ID    hexBlock
		Index int `json:"id_index"`
		Time  int64
	}
}

func testLegacyAuth(t *testing.T, f legacyAuthVectors) {
	ids := append([]codec.ID{f.UUID.ID}, codec.AlterIDs(nil, f.UUID.ID, 2)...)
	users := codec.NewUsers(codec.Account{ID: stranger, AlterIDs: 3}, codec.Account{ID: f.UUID.ID, AlterIDs: 2})
	fewer := codec.NewUsers(codec.Account{ID: f.UUID.ID, AlterIDs: 1})
	hasher := codec.NewLegacyHasher()
	for _, v := range f.Vectors {
		name := fmt.Sprintf("id %d at %d", v.Index, v.Time)
		same(t, name+": id", ids[1+v.Index], codec.ID(v.ID))
		same(t, name+": auth", codec.LegacyAuth(codec.ID(v.ID), v.Time), v.Auth)
		key := codec.NewLegacyKey(codec.ID(v.ID))
		same(t, name+": auth by a hasher", hasher.Auth(&key, v.Time), v.Auth)

		want := codec.Sender{Scheme: codec.Legacy, Key: f.UUID.CmdKey(), Time: v.Time, User: 1, Alter: v.Index}
		for _, now := range []int64{v.Time, v.Time - 120, v.Time + 120} {
			got, ok := users.MatchLegacy(v.Auth, codec.Around(now, 120))
			same(t, name+": found", ok, true)
			same(t, name+": sender", got, want)
		}
		for _, now := range []int64{v.Time - 121, v.Time + 121} {
			_, ok := users.MatchLegacy(v.Auth, codec.Around(now, 120))
			same(t, name+": found out of its window", ok, false)
		}
		_, ok := fewer.MatchLegacy(v.Auth, codec.Around(v.Time, 0))
		same(t, name+": found among fewer alter ids", ok, v.Index < 1)
		_, ok = users.Match(v.Auth, codec.AnyTime)
		same(t, name+": found as an AEAD auth id", ok, false)
	}
}
