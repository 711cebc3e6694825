package main

import (
	"fmt"
	"io"
	"os"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

// orderCommand makes this program the one that is measured: it puts the TCP
// streams of a capture in order, and does nothing with them.
const orderCommand = "order"

func order(file string) error {
	c := &counter{}
	sum, err := capture.Read([]capture.Input{{Name: file, Open: func() (io.ReadCloser, error) { return os.Open(file) }}}, c, capture.Options{})
	if err == nil && c.bytes == 0 {
		err = fmt.Errorf("%s: no bytes in %d packets", file, sum.Packets)
	}
	fmt.Println(sum.Packets, "packets", c.bytes, "bytes")
	return err
}

// counter opens sinks that count.
type counter struct{ bytes int64 }

func (c *counter) Open(*flow.Record) flow.Sink             { return c }
func (c *counter) Data(_ flow.Side, _ flow.Time, p []byte) { c.bytes += int64(len(p)) }
func (c *counter) Gap(flow.Side, flow.Time, int64)         {}
func (c *counter) Close(flow.Side, flow.Time, flow.How)    {}
func (c *counter) Finish()                                 {}
