package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"vmesskit/codec"
	"vmesskit/interop/harness"
)

// replayCases send what a client sent once more, as it was or changed.
func replayCases() []*recipe { return []*recipe{replayed(), sameKeys()} }

// once is a session that is repeated later.
func once(name string) *recipe {
	c := pair(name, harness.Xray, harness.Xray, raw)
	c.Transfers = []harness.Transfer{{Target: "www.example.test:80", Up: 4800, Down: 900, Style: "http"}}
	return c
}

func replayed() *recipe {
	c := once("replay-altered-xray-xray")
	c.expected = "mixed:ok,replay"
	c.sessions = map[string]int{"ok": 1, "replay": 3}
	c.accept = map[string][]string{"replay": {"corrupt"}}
	c.notes = []string{"connection 1 is good; 2 repeats its client bytes; 3 repeats them with a bit changed in the sealed header, 4 with a bit changed in the body"}
	c.Then = func(ctx context.Context, leg string, seen []harness.Packet) error {
		sent := clientBytes(seen)
		const inHeader = 60 // behind auth id, sealed length and nonce
		for _, at := range []int{-1, inHeader, len(sent) - 20} {
			if err := sendAgain(ctx, leg, sent, at); err != nil {
				return err
			}
		}
		return nil
	}
	return c
}

// sameKeys repeats the keys of a session in a header of its own.
func sameKeys() *recipe {
	c := once("replay-same-keys-xray-xray")
	c.expected = "mixed:ok,replay:session keys"
	c.sessions = map[string]int{"ok": 1, "replay": 1}
	c.accept = map[string][]string{"replay": {"server-refused"}}
	c.notes = []string{"connection 1 is good; connection 2 has a new auth id and a header sealed by this project's codec, with the keys of connection 1"}
	key := codec.ID(mustID(c.Server.Users[0].ID)).CmdKey()
	c.Then = func(ctx context.Context, leg string, seen []harness.Packet) error {
		sent := clientBytes(seen)
		r, n, err := codec.OpenRequest(sent, key)
		if err != nil {
			return err
		}
		again, err := codec.SealRequest(nil, key, &r.Header, time.Now().Unix(), func(b []byte) error { _, err := rand.Read(b); return err })
		if err != nil {
			return err
		}
		return sendAgain(ctx, leg, append(again, sent[n:]...), -1)
	}
	return c
}

func mustID(text string) (id [16]byte) {
	var b []byte
	var parts [5][]byte
	if _, err := fmt.Sscanf(text, "%8x-%4x-%4x-%4x-%12x", &parts[0], &parts[1], &parts[2], &parts[3], &parts[4]); err != nil {
		panic(err) // the ids are made here
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return [16]byte(b)
}

// clientBytes is what the client of the first connection sent.
func clientBytes(seen []harness.Packet) (sent []byte) {
	client := 0
	for i := range seen {
		s, ok := seen[i].Segment()
		if ok && client == 0 {
			client = s.SrcPort
		}
		if ok && s.SrcPort == client {
			sent = append(sent, seen[i].Frame[s.Payload:s.Payload+s.Len]...)
		}
	}
	return sent
}

// sendAgain sends bytes with one bit changed, if there is a place for it, and
// waits for the server to close.
func sendAgain(ctx context.Context, leg string, sent []byte, at int) error {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", leg)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	sent = append([]byte(nil), sent...)
	if at >= 0 {
		sent[at] ^= 1
	}
	if _, err := c.Write(sent); err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, c)
	if n > 0 {
		return fmt.Errorf("the server answered %d bytes to a replay", n)
	}
	if e := net.Error(nil); errors.As(err, &e) && e.Timeout() {
		return errors.New("the server keeps a replay waiting")
	}
	return nil
}
