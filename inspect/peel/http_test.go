package peel

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestParseDate compares with time.Parse, which also takes what it would not write
// so itself: good dates, and those of which one byte is another.
func TestParseDate(t *testing.T) {
	const form = "Mon, 02 Jan 2006 15:04:05 GMT"
	r := rand.New(rand.NewPCG(9110, 1))
	read := 0
	for range 20000 {
		b := []byte(time.Unix(r.Int64N(250_000_000_000), 0).UTC().Format(form))
		if r.IntN(2) == 0 {
			b[5+r.IntN(len(b)-5)] = "0123456789 GJan:-"[r.IntN(17)] // not in the weekday, which nobody reads
		}
		s := string(b)
		want, err := time.Parse(form, s)
		good := err == nil && want.Format(form)[5:] == s[5:]
		got, ok := parseDate(s)
		if ok != good || ok && got != want.Unix() {
			t.Fatalf("%q: %d (%t), wanted %d (%v)", s, got, ok, want.Unix(), err)
		}
		if ok {
			read++
		}
	}
	if read < 10000 {
		t.Errorf("%d good dates of 20000", read)
	}
	for _, s := range []string{"", "0", "Sun, 31 Feb 2027 08:49:37 GMT", "Sun, 29 Feb 2026 08:49:37 GMT", "Sun, 06 anF 1994 08:49:37 GMT", strings.Repeat("9", 29)} {
		if got, ok := parseDate(s); ok {
			t.Errorf("%q: %d", s, got)
		}
	}
}
