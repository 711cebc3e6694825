package kcp_test

import (
	"fmt"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/peel/kcp"
)

// A datagram of a captured flow shows how it is hidden, and what is in the
// flow comes out as streams.
func Example() {
	seeds := []string{"not this one", "the seed in the configuration"}
	first := seal(seeds[1], data(7, 0, 0, "the first bytes, "))
	second := seal(seeds[1], data(7, 1, 0, "and the next"))

	form, ok := kcp.Recognise(first, seeds)
	fmt.Println(ok, form.Header, form.Seed)

	var streams talks // a flow.Source: sessions, or another stage
	stage := kcp.Open(&flow.Record{Network: flow.UDP, Datagrams: true}, flow.A, &streams, kcp.Options{Seeds: seeds})
	stage.Data(flow.A, 0, second) // datagrams may come in any order
	stage.Data(flow.A, 0, first)
	stage.Finish()
	fmt.Println(streams[0].rec.Stack(), streams[0].facts())
	fmt.Printf("%s\n", streams[0].bytes[flow.A])
	// Output:
	// true none 2
	// [udp mkcp] header=none protection=seed #2 conv=7 segments=2 up
	// the first bytes, and the next
}
