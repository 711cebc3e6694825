package report

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

// kept records what comes through a filter.
type kept struct {
	sessions []int
	findings []string
	summary  Summary
}

func (k *kept) Capture(*capture.Summary) error { return nil }
func (k *kept) Other(*Other) error             { return nil }
func (k *kept) Session(s *Session) error       { k.sessions = append(k.sessions, s.Index); return nil }
func (k *kept) Summary(s *Summary) error {
	k.summary = *s
	for _, f := range s.Findings {
		k.findings = append(k.findings, f.Verdict)
	}
	return nil
}

func TestFilter(t *testing.T) {
	for _, c := range []struct {
		name     string
		f        FilterOptions
		sessions []int
		findings []string
		verdicts []Count
	}{
		{"everything", FilterOptions{}, []int{1, 2, 3, 4, 5, 6, 7, 8}, []string{"ok", "clock-skew", "unknown-user", "corrupt"},
			[]Count{{"ok", 4}, {"unknown-user", 1}, {"clock-skew", 1}, {"corrupt", 1}, {"gap", 1}}},
		{"a user", FilterOptions{User: []string{"alice"}}, []int{1, 2}, []string{"ok", "clock-skew"}, []Count{{"ok", 1}, {"clock-skew", 1}}},
		{"a user with an announced account", FilterOptions{User: []string{"bob"}}, []int{4, 5}, []string{"ok"}, []Count{{"ok", 2}}},
		{"a verdict", FilterOptions{Verdict: []string{"gap", "corrupt"}}, []int{3, 8}, []string{"corrupt"}, []Count{{"corrupt", 1}, {"gap", 1}}},
		{"both", FilterOptions{User: []string{"alice"}, Verdict: []string{"clock-skew"}}, []int{2}, []string{"clock-skew"}, []Count{{"clock-skew", 1}}},
		{"nobody", FilterOptions{User: []string{"", "trent"}}, nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k kept
			if err := tell(Filter(&k, c.f)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.sessions, k.sessions); diff != "" {
				t.Errorf("sessions: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(c.findings, k.findings); diff != "" {
				t.Errorf("findings: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(c.verdicts, k.summary.Verdicts); diff != "" {
				t.Errorf("verdicts: -want +got\n%s", diff)
			}
			if s := &k.summary; s.Sessions != len(c.sessions) || s.Hidden != 8-len(c.sessions) {
				t.Errorf("got %d sessions and %d hidden, want %d and %d", s.Sessions, s.Hidden, len(c.sessions), 8-len(c.sessions))
			}
		})
	}
}

// TestHosts: a host is found at either end, as the target at any depth, and by the
// name that a wrapping or the inner stream has for it.
func TestHosts(t *testing.T) {
	text := func(s string) Host { return Host{Text: s} }
	network := func(s string) Host { return Host{Net: netip.MustParsePrefix(s)} }
	for _, c := range []struct {
		host Host
		want []int
	}{
		{text("www.example"), []int{1, 3, 4}},
		{text("192.0.2.7"), []int{1}},
		{network("192.0.2.7/32"), []int{1}},
		{network("192.0.2.53/32"), []int{3}}, // a datagram's in a mux
		{network("2001:db8::99/128"), []int{5}},
		{network("192.0.2.20/32"), []int{6}}, // written as IPv6
		{text("named.test"), []int{2}},
		{text("labelled.test"), []int{6}},
		{network("10.0.0.0/8"), nil},
	} {
		var got []int
		for _, s := range sampleSessions() {
			switch s.Index {
			case 2:
				s.Facts.Flow.Layers[0].Set("sni", "front.NAMED.test")
			case 6:
				s.Facts.Up.Speaks = &flow.Speech{Protocol: "dns", Name: "labelled.test"}
			}
			if c.host.of(s) {
				got = append(got, s.Index)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: got sessions %v, want %v", c.host, got, c.want)
		}
	}
}
