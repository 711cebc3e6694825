package vectors

import (
	"encoding/binary"
	"hash/crc32"
	"strconv"

	"vmesskit/codec"
)

func authVectors() []*Vector {
	var out []*Vector
	for _, t := range []int64{0, 1, 1_700_000_000, 1_700_000_059, 4_102_444_800} {
		out = append(out, authIDVector(t))
	}
	for _, t := range []int64{0, 1_500_000_000, 1_700_000_000} {
		for alter := codec.Primary; alter < 2; alter++ {
			out = append(out, legacyAuthVector(t, alter))
		}
	}
	return out
}

func authIDVector(t int64) *Vector {
	key := userID.CmdKey()
	aes := codec.KDF(key[:], []byte("AES Auth ID Encryption"))
	a := codec.AuthID{Time: t, Rand: [4]byte{0xde, 0xad, 0xbe, 0xef}}
	sealed := codec.SealAuthID(key, a)
	plain := append(binary.BigEndian.AppendUint64(nil, uint64(t)), a.Rand[:]...)
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(plain))
	v2fly := []string{"v2fly"}
	return &Vector{
		ID:     "auth-id/" + number(t),
		Title:  "the auth id of second " + number(t),
		Inputs: []Input{{"id", idText}, {codec.FieldAuthTime.String(), number(t)}, {codec.FieldAuthRandom.String(), hexOf(a.Rand[:])}},
		Steps: []Step{
			{codec.FieldCmdKey.String(), key[:], "MD5(id || \"c48619fe-8f02-49e0-b9e9-edf763e17e21\")", v2fly},
			{codec.FieldAuthIDKey.String(), aes[:16], "KDF16(cmd-key, \"AES Auth ID Encryption\")", v2fly},
			{codec.FieldAuthChecksum.String(), sum, "CRC32(time || random)", v2fly},
			{codec.FieldAuthIDPlain.String(), append(plain, sum...), "time || random || checksum", v2fly},
			{codec.FieldAuthID.String(), sealed[:], "AES-128(auth-id-key), one block", v2fly},
		},
	}
}

// alterName is the index of an alter id, or a word for none.
func alterName(alter int) string {
	if alter == codec.Primary {
		return "primary"
	}
	return strconv.Itoa(alter)
}

func legacyAuthVector(t int64, alter int) *Vector {
	id, name := userID, alterName(alter)
	if alter >= 0 {
		id = codec.AlterIDs(nil, id, alter+1)[alter]
	}
	auth := codec.LegacyAuth(id, t)
	v2fly := []string{"v2fly"}
	return &Vector{
		ID:     "legacy-auth/" + number(t) + "/" + name,
		Title:  "the legacy auth of second " + number(t) + ", alter id " + name,
		Inputs: []Input{{"id", idText}, {"alter", name}, {"time", number(t)}},
		Steps: []Step{
			{"alter-id", id[:], "the id, or MD5(the one before || \"16167dc8-16b6-4e6d-b8bb-65dd68113a81\") so many times", v2fly},
			{codec.FieldLegacyAuth.String(), auth[:], "HMAC-MD5(alter-id, BE64(time))", v2fly},
		},
	}
}
