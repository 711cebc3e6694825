package handshake_test

import (
	"crypto/rand"
	"fmt"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
)

// A whole session in memory, once with each kind of header.
func Example() {
	id := codec.MapID("example")
	random := func(b []byte) error { _, err := rand.Read(b); return err }
	const now = 1700000000

	server, err := handshake.NewServer(
		handshake.Policy{Legacy: handshake.LegacyAlterIDs},
		codec.Account{ID: id, AlterIDs: 1},
	)
	check(err)
	for _, header := range []handshake.HeaderForm{handshake.HeaderAEAD, handshake.HeaderFirstAlterID} {
		cfg := handshake.Recommended(id, codec.CommandTCP, codec.HostPort("example.com", 80))
		cfg.Header = header

		// The client sends its header and what it has to say in one write.
		client, err := handshake.NewClient(cfg, now, random)
		check(err)
		sent, err := client.Request(nil, []byte("GET / HTTP/1.1\r\n\r\n"))
		check(err)

		// The server feeds what it has read, all of it each time.
		conn, err := server.NewConn(random)
		check(err)
		d := conn.Feed(sent[:20], now)
		fmt.Printf("%s header: 20 bytes: %s", header, d.Action)
		d = conn.Feed(sent, now)
		payload, _, err := conn.Opener().Open(nil, sent[d.Body:])
		check(err)
		fmt.Printf("; all: %s, %q for %s\n", d.Action, payload[:14], conn.Target())

		// It answers when the target does.
		answer, err := conn.Respond(nil, []byte("HTTP/1.1 204 No Content\r\n\r\n"))
		check(err)
		answer, err = conn.Sealer().End(answer)
		check(err)

		d = client.Feed(answer)
		payload, _, err = client.Opener().Open(nil, answer[d.Body:])
		check(err)
		fmt.Printf("answer: %s, %q\n", d.Action, payload[:23])

		// Who recorded it and sends it again is not answered, nor told why.
		thief, err := server.NewConn(random)
		check(err)
		d = thief.Feed(sent, now+60)
		fmt.Printf("again: %s (%v)\n", d.Action, d.Err())
		fmt.Println("log:", thief.Reason().Cause)
	}
	// Output:
	// aead header: 20 bytes: more; all: accept, "GET / HTTP/1.1" for example.com:80
	// answer: accept, "HTTP/1.1 204 No Content"
	// again: drain (vmess: rejected)
	// log: replay
	// first-alter-id header: 20 bytes: more; all: accept, "GET / HTTP/1.1" for example.com:80
	// answer: accept, "HTTP/1.1 204 No Content"
	// again: drain (vmess: rejected)
	// log: session
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
