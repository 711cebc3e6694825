package main

import (
	"slices"

	"vmesskit/interop/harness"
)

// damageCases lack something.
func damageCases() []*recipe {
	return []*recipe{gapAtStart("gap-at-start-v4-xray", harness.V2Ray), gapAtStart("gap-at-start-xray-xray", harness.Xray), grpcLate(), late()}
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

// late has a segment that comes after all others of its direction: more has to
// be held for it than a small limit allows.
func late() *recipe {
	c := pair("limit-reorder-v4-v4", harness.V2Ray, harness.V2Ray, raw)
	c.Transfers = []harness.Transfer{{Target: "www.example.test:80", Up: 40000, Down: 500, Style: "http"}}
	c.sessions = map[string]int{"ok": 1}
	c.limited = &limited{Args: []string{"--limit", "reorder=4Ki"}, Sessions: map[string]int{"limit": 1}, Accept: map[string][]string{"limit": {"gap"}}, Exit: 4}
	c.notes = []string{"the client's second segment was put behind its last one. limited: with these arguments the decoder hits a limit"}
	c.edit = func(r *harness.Result) []harness.Packet {
		var data []int // the client's packets with data
		for i := range r.Packets {
			if s, ok := r.Packets[i].Segment(); ok && s.DstPort == r.ServerPort && s.Len > 0 {
				data = append(data, i)
			}
		}
		second, last := data[1], data[len(data)-1]
		packets := slices.Clone(r.Packets)
		moved := packets[second]
		moved.Time = packets[last].Time
		packets = slices.Insert(packets, last+1, moved)
		return slices.Delete(packets, second, second+1)
	}
	return c
}
