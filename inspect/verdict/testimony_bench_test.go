package verdict

import (
	"net/netip"
	"strconv"
	"testing"

	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// BenchmarkConsiderCrowd has a log and a run in which all is alike: every client
// has the same address, every line is another one.
func BenchmarkConsiderCrowd(b *testing.B) {
	const sessions, lines = 50_000, 50_000
	var all []*session.Facts
	for i := range sessions {
		f := refused(later(flow.Time(i) * second / 10))
		f.Flow.End = f.FirstByte + 3600*second
		all = append(all, f)
	}
	t := &Testimony{}
	for i := range lines {
		s := line(NoUser, strconv.Itoa(i), moved(int64(i)/10))
		switch i % 4 {
		case 1:
			s.Client = netip.AddrPortFrom(s.Client.Addr(), 0)
		case 2:
			s.Client, s.Target, s.Means = netip.AddrPort{}, "example.com:443", Accepted
		case 3:
			s.Client, s.Means, s.Path = netip.AddrPort{}, WrongPath, "/"+strconv.Itoa(i)
		}
		t.Statements = append(t.Statements, s)
	}
	judged := Judge(all)
	for b.Loop() {
		verdicts := append([]Verdict(nil), judged...)
		Consider(all, verdicts, t)
	}
}
