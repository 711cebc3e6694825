package h2

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"

	"golang.org/x/net/http2"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/speech"
)

// wire is a connection whose bytes are recorded, in their order.
type wire struct {
	net.Conn
	mu     *sync.Mutex
	events *[]event
}

func (w wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.note(flow.B, p[:n])
	return n, err
}

func (w wire) Write(p []byte) (int, error) {
	w.note(flow.A, p)
	return w.Conn.Write(p)
}

func (w wire) note(from flow.Side, p []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*w.events = append(*w.events, event{side: from, p: bytes.Clone(p)})
}

// TestRealPeers reads what the client and the server of x/net say to each other
// when many requests share a connection, without TLS.
func TestRealPeers(t *testing.T) {
	const requests = 30
	var mu sync.Mutex
	var events []event
	ours, theirs := net.Pipe()
	answer := func(path string) []byte { return noise(len(path), 70_000) }
	served := make(chan struct{})
	go func() {
		defer close(served)
		(&http2.Server{}).ServeConn(theirs, &http2.ServeConnOpts{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("X-Path", r.URL.Path) // an entry of HPACK's table
			w.Write(answer(r.URL.Path))
		})})
	}()
	client := http.Client{Transport: &http2.Transport{
		AllowHTTP: true,
		DialTLSContext: func(context.Context, string, string, *tls.Config) (net.Conn, error) {
			return wire{ours, &mu, &events}, nil
		},
	}}
	path := func(i int) string { return fmt.Sprintf("/%0*d", i+1, i) }
	body := func(i int) []byte { return noise(100+i, 50_000+i) }
	var all sync.WaitGroup
	for i := range requests {
		all.Add(1)
		ask := func() {
			defer all.Done()
			res, err := client.Post("http://h2.example.test"+path(i), "application/octet-stream", bytes.NewReader(body(i)))
			if err != nil {
				t.Error(err)
				return
			}
			io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
		if i == 0 {
			ask() // the first opens the connection
			continue
		}
		go ask()
	}
	all.Wait()
	ours.Close()
	<-served
	mu.Lock() // the client's reader may still be at it
	talk := slices.Clone(events)
	mu.Unlock()

	for _, size := range []int{1 << 20, 100} {
		flows := play(t, began(), Options{}, size, talk)
		if len(flows) != requests {
			t.Fatalf("%d streams, want %d", len(flows), requests)
		}
		seen := map[string]bool{}
		for _, f := range flows {
			h := f.layer("h2")
			seen[h.Get("path")] = true
			for i := range requests {
				if speech.Path(path(i)) == h.Get("path") && len(f.got[flow.A]) == 50_000+i {
					wantBytes(t, "client", f.got[flow.A], body(i))
					wantBytes(t, "server", f.got[flow.B], answer(path(i)))
				}
			}
			if h.Answer != flow.Agreed || h.Halt != flow.Running || f.how[flow.A] != flow.FIN || f.how[flow.B] != flow.FIN {
				t.Errorf("%+v, closed %v", *h, f.how)
			}
		}
		if len(seen) < 20 {
			t.Errorf("%d different paths", len(seen))
		}
	}
}
