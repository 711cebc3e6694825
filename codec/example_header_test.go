package codec_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"

	"vmesskit/codec"
)

// An account with alter ids can be known by each of them.
func ExampleAccount() {
	users := codec.NewUsers()
	users.Add(codec.Account{ID: codec.MapID("alice")})
	users.Add(codec.Account{ID: codec.MapID("bob"), AlterIDs: 64})
	fmt.Println(users.Len(), "accounts with", users.IDs(), "ids")
	// Output: 2 accounts with 66 ids
}

// Peers write IP addresses as names, and IPv4 inside of IPv6. Parsing keeps
// that; Normalize gives what is meant.
func ExampleAddress() {
	for _, host := range []string{"example.com", "192.0.2.7", "[2001:db8::7]", "::ffff:192.0.2.7"} {
		a := codec.Address{Port: 443, Type: codec.AddrDomain, Domain: host}.Normalize()
		fmt.Println(a.Type, a)
	}
	// Output:
	// domain example.com:443
	// ipv4 192.0.2.7:443
	// ipv6 [2001:db8::7]:443
	// ipv4 192.0.2.7:443
}

// The auth id says who, by fitting under one key, and when.
func ExampleAuthID() {
	key := exampleID.CmdKey()
	sealed := codec.SealAuthID(key, codec.AuthID{Time: exampleTime, Rand: [4]byte{1, 2, 3, 4}})
	a, err := codec.OpenAuthID(key, sealed)
	fmt.Println(a.Time, a.Rand, err)

	_, err = codec.OpenAuthID(codec.MapID("someone else").CmdKey(), sealed)
	fmt.Println(err)
	// Output:
	// 1700000000 [1 2 3 4] <nil>
	// vmess: request: auth-checksum at 12: wrong checksum
}

// The key that everything follows from.
func ExampleCmdKey() {
	var key codec.CmdKey = exampleID.CmdKey()
	fmt.Printf("%x\n", key)
	// Output: 81757e37f9668a8e7700d11ee834ede0
}

// Randomness is an argument. In earnest it is that of crypto/rand.
func ExampleEntropy() {
	var random codec.Entropy = func(b []byte) error { _, err := rand.Read(b); return err }

	h := exampleHeader()
	one, _ := codec.SealRequest(nil, exampleID.CmdKey(), h, exampleTime, random)
	two, _ := codec.SealRequest(nil, exampleID.CmdKey(), h, exampleTime, random)
	fmt.Println(len(one), len(two), bytes.Equal(one, two))
	// Output: 115 115 false
}

// An ID is 16 bytes, with or without the hyphens of a UUID.
func ExampleID() {
	id, err := codec.ParseUUID("66ad4540b58c4ad29926ea63445a9b57")
	fmt.Println(id, err)
	fmt.Println(codec.MapID("any text of up to 30 bytes"))
	// Output:
	// 66ad4540-b58c-4ad2-9926-ea63445a9b57 <nil>
	// b68ccd4d-0320-54e3-ab05-0baef8297b44
}

// Who searches for the time of a legacy request prepares the ids once.
func ExampleLegacyHasher() {
	received := codec.LegacyAuth(codec.NextAlterID(exampleID), exampleTime)

	keys := []codec.LegacyKey{codec.NewLegacyKey(exampleID), codec.NewLegacyKey(codec.NextAlterID(exampleID))}
	hasher := codec.NewLegacyHasher()
	for t := int64(exampleTime - 120); t <= exampleTime+120; t++ {
		for i := range keys {
			if hasher.Auth(&keys[i], t) == received {
				fmt.Println("id", i, "at", t)
			}
		}
	}
	// Output: id 1 at 1700000000
}

// A key is an ID with the beginning of the hash done.
func ExampleLegacyKey() {
	key := codec.NewLegacyKey(exampleID)
	hasher := codec.NewLegacyHasher()
	fmt.Println(hasher.Auth(&key, exampleTime) == codec.LegacyAuth(exampleID, exampleTime))
	// Output: true
}

// Options are bits, and print as the words that configurations have for them.
func ExampleOption() {
	o := codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding
	fmt.Printf("%#02x %v\n", uint8(o), o.Names(nil))
	fmt.Println(o.Has(codec.ChunkMasking), o.Has(codec.AuthenticatedLength))
	// Output:
	// 0x0d [chunk-stream chunk-masking global-padding]
	// true false
}

// Bytes come as they like: the header is given what is there, all of it each
// time, until it is whole.
func ExampleRequestOpener() {
	sealed, _ := codec.SealRequest(nil, exampleID.CmdKey(), exampleHeader(), exampleTime, exampleEntropy)
	opener := codec.NewRequestOpener(codec.Sender{Scheme: codec.AEAD, Key: exampleID.CmdKey(), Time: exampleTime})
	for _, n := range []int{16, 42, 114, 115} {
		request, end, err := opener.Open(sealed[:n])
		if err == codec.ErrShort {
			fmt.Println(n, "bytes:", err)
			continue
		}
		fmt.Println(n, "bytes:", request.Header.Address, end, err)
	}
	// Output:
	// 16 bytes: vmess: needs more bytes
	// 42 bytes: vmess: needs more bytes
	// 114 bytes: vmess: needs more bytes
	// 115 bytes: example.com:443 115 <nil>
}

// The plaintext of a response: V, an option that means nothing, and rarely a
// command.
func ExampleResponseHeader() {
	h := codec.ResponseHeader{Auth: 0xAA, Switch: &codec.SwitchAccount{Port: 4433, ID: exampleID, Minutes: 5}}
	b, err := h.Append(nil)
	fmt.Printf("%s %x %v\n", h.Command, b[:4], err)
	// Output: switch-account aa00011b <nil>
}

// The answer, too, is given all that is there.
func ExampleResponseOpener() {
	request := &codec.Request{Sender: codec.Sender{Scheme: codec.AEAD}, Header: *exampleHeader()}
	answer, err := codec.SealResponse(nil, &request.Header, codec.AEAD, &codec.ResponseHeader{})
	if err != nil {
		fmt.Println(err)
		return
	}
	opener := codec.NewResponseOpener(request)
	_, _, err = opener.Open(answer[:20])
	fmt.Println(err)
	response, n, err := opener.Open(answer)
	fmt.Println(response.Header.Command, n, err)
	// Output:
	// vmess: needs more bytes
	// none 38 <nil>
}

// A sender is what the first 16 bytes tell, and all that the header needs to
// be opened.
func ExampleSender() {
	users := codec.NewUsers(codec.Account{ID: codec.MapID("alice")}, codec.Account{ID: exampleID})
	sealed, _ := codec.SealRequest(nil, exampleID.CmdKey(), exampleHeader(), exampleTime, exampleEntropy)
	from, ok := users.Match([16]byte(sealed), codec.AnyTime)
	fmt.Println(from.Scheme, from.User, from.Time, from.Alter == codec.Primary, ok)
	// Output: aead 1 1700000000 true true
}

// A server that hands its client on to another port.
func ExampleSwitchAccount() {
	s := codec.SwitchAccount{Host: "other.example", Port: 4433, ID: exampleID, AlterIDs: 4, Minutes: 5}
	data, err := s.Append(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := codec.ParseSwitchAccount(data)
	fmt.Println(len(data), back == s, err)

	data[10] ^= 1
	_, err = codec.ParseSwitchAccount(data)
	fmt.Println(errors.Is(err, codec.ErrChecksum), err)
	// Output:
	// 40 true <nil>
	// true vmess: switch account: switch-checksum at 0: wrong checksum
}

// Servers take requests of two minutes around their own time.
func ExampleWindow() {
	w := codec.Around(exampleTime, 120)
	fmt.Println(w.From, w.To)
	// Output: 1699999880 1700000120
}
