package handshake_test

import (
	"encoding/hex"
	"fmt"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// What the examples are about: a user, the time, and randomness that is none,
// so that the output can be printed here.
var exampleID = codec.MapID("example")

const exampleTime = 1700000000

func exampleEntropy(b []byte) error {
	for i := range b {
		b[i] = 0xAA
	}
	return nil
}

// exampleRequest is what a client of the user sends.
func exampleRequest(change func(*handshake.Config)) []byte {
	cfg := handshake.Recommended(exampleID, codec.CommandTCP, codec.HostPort("example.com", 443))
	change(&cfg)
	client, err := handshake.NewClient(cfg, exampleTime, exampleEntropy)
	check(err)
	sent, err := client.Request(nil, nil)
	check(err)
	return sent
}

func asItIs(*handshake.Config) {}

// A client does not wait for the answer. What it gets then has to be the answer
// to this request.
func ExampleClient() {
	cfg := handshake.Recommended(exampleID, codec.CommandTCP, codec.HostPort("example.com", 443))
	client, err := handshake.NewClient(cfg, exampleTime, exampleEntropy)
	check(err)
	sent, err := client.Request(nil, []byte("hello"))
	check(err)
	fmt.Println("sent", len(sent), "bytes to ask for", client.Header().Address)

	d := client.Feed([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	fmt.Println(d.Action, d.Err(), "because:", client.Reason())
	// Output:
	// sent 204 bytes to ask for example.com:443
	// drain vmess: rejected because: not-answer: vmess: response header: response-length-tag at 2: not authentic
}

// Where a server announced another account, the client goes on with that.
func ExampleConfig() {
	cfg := handshake.Recommended(exampleID, codec.CommandTCP, codec.HostPort("example.com", 443))
	fmt.Println(cfg.Header, cfg.Security, cfg.Option.Names(nil))

	cfg = cfg.Follow(codec.SwitchAccount{Port: 4433, ID: codec.MapID("another"), AlterIDs: 4, Minutes: 5})
	fmt.Println(cfg.Header, cfg.Security, cfg.Option.Names(nil))
	// Output:
	// aead aes-128-gcm [chunk-stream chunk-masking global-padding]
	// first-alter-id aes-128-cfb [chunk-stream]
}

// The loop around a connection: read, feed, and treat More and Drain alike.
func ExampleConn() {
	server, err := handshake.NewServer(handshake.Policy{}, codec.Account{ID: exampleID})
	check(err)
	conn, err := server.NewConn(exampleEntropy)
	check(err)

	network := exampleRequest(asItIs) // comes in pieces of 50 bytes
	var held []byte
	for {
		if len(network) == 0 { // or the deadline is over
			conn.End()
			fmt.Println("closed:", conn.Reason())
			return
		}
		n := min(50, len(network))
		held, network = append(held, network[:n]...), network[n:]
		switch d := conn.Feed(held, exampleTime); d.Action {
		case handshake.More, handshake.Drain:
			continue
		case handshake.Close:
			return // without a word
		case handshake.Accept:
			fmt.Println(conn.Target(), "with", len(held)-d.Body, "bytes of the body")
			return
		}
	}
	// Output: example.com:443 with 0 bytes of the body
}

// A decision says what to do and never why, so that nobody outside learns it.
func ExampleDecision() {
	server, err := handshake.NewServer(handshake.Policy{}, codec.Account{ID: exampleID})
	check(err)
	for _, sent := range [][]byte{
		exampleRequest(func(c *handshake.Config) { c.ID = codec.MapID("a stranger") }),
		make([]byte, handshake.MaxHandshake),
	} {
		conn, err := server.NewConn(exampleEntropy)
		check(err)
		d := conn.Feed(sent, exampleTime)
		fmt.Println(d.Action, d.Err())
	}
	// Output:
	// drain vmess: rejected
	// close vmess: rejected
}

// v2ray does not look at the version of a header. This one says 2; v2fly took
// it when it was recorded.
func ExampleOddity() {
	id, err := codec.ParseUUID("66ad4540-b58c-4ad2-9926-ea63445a9b57")
	check(err)
	odd, err := hex.DecodeString("c11c6c5e1c345cf6430eccfae9adf3fb8287e0d2a5064cc84668d8998a7936e644dbffbaf3a15ed0ce4c03a64ba59373" +
		"15068344a35a304c8e9076462811c81173536b0abeb075ddee1e72326395d3c466475824a02b7294c755c52bacb88599" +
		"192102672b25bb024c74a1")
	check(err)
	for _, o := range []handshake.Oddity{0, handshake.OddVersion | handshake.OddDomain} {
		server, err := handshake.NewServer(handshake.Policy{Tolerate: o}, codec.Account{ID: id})
		check(err)
		conn, err := server.NewConn(exampleEntropy)
		check(err)
		fmt.Println(conn.Feed(odd, 1795333750).Action, conn.Reason().Cause, conn.Reason().Err)
	}
	// Output:
	// drain header vmess: request header: version at 0: unsupported value 2, want 1 to 1
	// accept none <nil>
}

// A policy is a value; its zero is a careful server.
func ExamplePolicy() {
	insecure := exampleRequest(func(c *handshake.Config) { c.Security, c.Option = codec.SecurityNone, codec.ChunkStream })
	for _, p := range []handshake.Policy{{}, {RefuseInsecure: true}} {
		server, err := handshake.NewServer(p, codec.Account{ID: exampleID})
		check(err)
		conn, err := server.NewConn(exampleEntropy)
		check(err)
		fmt.Println(conn.Feed(insecure, exampleTime).Action, conn.Reason().Cause)
	}
	_, err := handshake.NewServer(handshake.Policy{Window: 86400})
	fmt.Println(err)
	// Output:
	// accept none
	// drain insecure
	// vmess: policy: window of 86400 s, want 1 to 3600
}

// The truth about a rejection, for the log: here a client whose clock is ten
// minutes behind.
func ExampleReason() {
	server, err := handshake.NewServer(handshake.Policy{}, codec.Account{ID: exampleID})
	check(err)
	conn, err := server.NewConn(exampleEntropy)
	check(err)
	conn.Feed(exampleRequest(asItIs), exampleTime+600)
	r := conn.Reason()
	fmt.Println(r.Cause, r.User, r.Skew)
	fmt.Println(r)
	// Output:
	// time 0 -600
	// time of user 0, -600 s ahead
}

// What a server remembers it forgets again, 241 seconds later.
func ExampleRemembered() {
	server, err := handshake.NewServer(handshake.Policy{}, codec.Account{ID: exampleID})
	check(err)
	conn, err := server.NewConn(exampleEntropy)
	check(err)
	conn.Feed(exampleRequest(asItIs), exampleTime)
	fmt.Printf("%+v\n", server.Remembered(exampleTime+240))
	fmt.Printf("%+v\n", server.Remembered(exampleTime+241))
	// Output:
	// {AuthIDs:1 LegacyAuths:0 Sessions:1}
	// {AuthIDs:0 LegacyAuths:0 Sessions:0}
}

// Connections share the server: what one has brought, another cannot bring
// again.
func ExampleServer() {
	server, err := handshake.NewServer(handshake.Policy{}, codec.Account{ID: codec.MapID("alice")})
	check(err)
	fmt.Println("account", server.Add(codec.Account{ID: exampleID}))

	sent := exampleRequest(asItIs)
	for range 2 {
		conn, err := server.NewConn(exampleEntropy)
		check(err)
		fmt.Println(conn.Feed(sent, exampleTime).Action, conn.Reason().Cause)
	}
	// Output:
	// account 1
	// accept none
	// drain replay
}
