// Package vectors has test vectors of the whole protocol with every value on
// the way, for those who write an implementation: ids, derivations, auths, and
// each header and body that security, options, command and scheme allow. [All]
// gives them, and [Vector.Check] says which value of an implementation is the
// first wrong one.
//
// The vectors are computed, by the codec, out of inputs that never change, and
// their ids stay the same from version to version. A computed vector only
// proves that the codec agrees with itself; so each value that another
// implementation has produced from the same inputs says so (Step.Pinned), and a
// test holds those against the recordings in testdata/vectors. What they are
// about is in the public domain: [Licence].
package vectors

// Licence is the SPDX identifier of the vectors' licence, which is not that of
// the program.
const Licence = "CC0-1.0"

// LicenceNote says what it means.
const LicenceNote = "These test vectors are dedicated to the public domain under CC0 1.0, " +
	"https://creativecommons.org/publicdomain/zero/1.0/: copy them into any project, with or without this note."

// Origins are the implementations that Step.Pinned names.
var Origins = map[string]string{
	"v2fly": "v2fly v2ray-core, v5 snapshot, commit 9b93c7a",
	"xray":  "XTLS Xray-core, release 26.3.27",
	"sing":  "SagerNet sing-vmess, snapshot, commit 38cc726",
}
