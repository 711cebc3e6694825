package flow

import (
	"testing"
	"time"
)

func TestSides(t *testing.T) {
	if A.Other() != B || B.Other() != A || A.String() != "a" || B.String() != "b" {
		t.Errorf("%s is opposite of %s", A.Other(), B.Other())
	}
}

// TestTime: seconds are rounded down, before 1970 as well.
func TestTime(t *testing.T) {
	for _, c := range []struct {
		t    Time
		want int64
	}{{0, 0}, {1, 0}, {999_999_999, 0}, {1_000_000_000, 1}, {-1, -1}, {-1_000_000_000, -1}, {-1_000_000_001, -2}} {
		if got := c.t.Unix(); got != c.want || got != c.t.UTC().Unix() {
			t.Errorf("%d: got %d, want %d", c.t, got, c.want)
		}
	}
	if got := Time(1_700_000_000_000_000_005).UTC().Format(time.RFC3339Nano); got != "2023-11-14T22:13:20.000000005Z" {
		t.Errorf("got %s", got)
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		Open.String(): "open", FIN.String(): "fin", RST.String(): "rst", Cut.String(): "cut", Evicted.String(): "evicted",
		How(9).String(): "how?", TCP.String(): "tcp", UDP.String(): "udp",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestMeter grants what there is, to the byte, and all of it again once it was
// given back.
func TestMeter(t *testing.T) {
	m := NewMeter(100)
	for _, c := range []struct {
		take int
		want bool
	}{{0, true}, {60, true}, {41, false}, {40, true}, {1, false}, {0, true}} {
		if got := m.Take(c.take); got != c.want {
			t.Errorf("take %d: got %v", c.take, got)
		}
	}
	m.Give(60)
	m.Give(40)
	if m.Take(101) || !m.Take(100) {
		t.Error("not all came back, or too much")
	}
	if NewMeter(0).Take(1) {
		t.Error("a byte of nothing")
	}
}

// TestDefaultLimits: a limit of nothing would be hit by anything.
func TestDefaultLimits(t *testing.T) {
	l := DefaultLimits()
	if l.Hold < 64<<10 || l.HoldTotal < int64(l.Hold) || l.Reorder < 64<<10 || l.Flows < 1 || l.Fragments < 1 || l.Sessions < 1 || l.PacketSize < 64<<10 {
		t.Errorf("%+v", l)
	}
}

// TestNamedLimits: each has its name, and another one than the others.
func TestNamedLimits(t *testing.T) {
	l, d := Limits{}, DefaultLimits()
	for i := range Names {
		x := &Names[i]
		if d.Get(x) < 1 || !l.Set(x.Name, int64(i+1)) {
			t.Errorf("%s: %d by default", x.Name, d.Get(x))
		}
	}
	for i := range Names {
		if got := l.Get(&Names[i]); got != int64(i+1) {
			t.Errorf("%s: got %d, want %d", Names[i].Name, got, i+1)
		}
	}
	if l.Set("patience", 1) {
		t.Error("there is no such limit")
	}
}

// TestDiscard takes everything.
func TestDiscard(*testing.T) {
	Discard.Data(A, 0, []byte("bytes"))
	Discard.Gap(B, 0, -1)
	Discard.Close(A, 0, FIN)
	Discard.Finish()
}
