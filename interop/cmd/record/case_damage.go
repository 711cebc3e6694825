package main

import (
	"slices"

	"vmesskit/interop/harness"
)

// damageCases lack something.
func damageCases() []*recipe {
	return []*recipe{gapAtStart("gap-at-start-v4-xray", harness.V2Ray), gapAtStart("gap-at-start-xray-xray", harness.Xray), grpcLate()}
}

// gapAtStart loses the first piece that each client sent.
func gapAtStart(name string, client harness.Program) *recipe {
	c := pair(name, client, harness.Xray, raw)
	c.expected = "gap-at-start"
	c.sessions = map[string]int{"gap-at-start": 2}
	c.lost = []int{0, 1}
	c.notes = []string{"the first segment with data of each client was dropped from the capture"}
	c.edit = func(r *harness.Result) []harness.Packet {
		dropped := map[int]bool{}
		return slices.DeleteFunc(slices.Clone(r.Packets), func(p harness.Packet) bool {
			s, ok := p.Segment()
			if !ok || s.Len == 0 || s.DstPort != r.ServerPort || dropped[s.SrcPort] {
				return false
			}
			dropped[s.SrcPort] = true
			return true
		})
	}
	return c
}

// grpcLate is a connection whose first stream is not in the capture. HPACK's
// table is lost with it.
func grpcLate() *recipe {
	t := harness.Transport{Kind: "grpc", Service: "tide"}
	c := pair("grpc-late-xray-xray", harness.Xray, harness.Xray, t)
	c.Transfers = append(two(), harness.Transfer{Target: "www.example.test:80", Up: 600, Down: 1200, Style: "http"})
	c.lost = []int{0}
	c.notes = []string{"the packets before the second stream were dropped: the connection starts late in the capture"}
	c.edit = func(r *harness.Result) []harness.Packet {
		return slices.DeleteFunc(slices.Clone(r.Packets), func(p harness.Packet) bool {
			return p.Time.Before(r.Transfers[1].Started)
		})
	}
	return c
}
