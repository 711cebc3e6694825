package tls_test

import (
	"fmt"
	"io"
	"os"
	"strings"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/tls"
)

// opener opens a stage at each TCP connection of a capture.
type opener struct{ keys *tls.KeyLog }

func (o opener) Open(r *flow.Record) flow.Sink {
	return tls.Open(r, flow.A, printer{}, tls.Options{Keys: o.keys})
}

// printer prints what the client said inside, and what TLS showed.
type printer struct{ rec *flow.Record }

func (printer) Open(r *flow.Record) flow.Sink { return printer{r} }

func (p printer) Data(from flow.Side, _ flow.Time, b []byte) {
	if from == flow.A {
		line, _, _ := strings.Cut(string(b), " and more")
		fmt.Println(strings.TrimSpace(line))
	}
}
func (p printer) Gap(flow.Side, flow.Time, int64)      {}
func (p printer) Close(flow.Side, flow.Time, flow.How) {}
func (p printer) Finish()                              { fmt.Println(p.rec.Stack(), p.rec.Layers[0].Facts) }

func ExampleOpen() {
	text, err := os.ReadFile("testdata/tls13-chacha.keys")
	if err != nil {
		fmt.Println(err)
		return
	}
	keys := tls.NewKeyLog()
	if _, err := keys.Read(text); err != nil {
		fmt.Println(err)
		return
	}
	in := capture.Input{Name: "capture", Open: func() (io.ReadCloser, error) { return os.Open("testdata/tls13-chacha.pcap") }}
	if _, err := capture.Read([]capture.Input{in}, opener{keys}, capture.Options{Limits: flow.DefaultLimits()}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// the client says 0
	// the client says 1
	// the client says 2
	// [tcp tls1.3] [{sni www.example.test} {suite TLS_CHACHA20_POLY1305_SHA256}]
}
