package cli

import (
	"testing"
	"time"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

// TestDayOfATime: a time of day is of the day on which the capture has it, else of
// the first one.
func TestDayOfATime(t *testing.T) {
	at := func(text string) flow.Time {
		m, err := time.Parse("2006-01-02 15:04:05.9", text)
		if err != nil {
			t.Fatal(err)
		}
		return flow.Time(m.UnixNano())
	}
	const (
		first, last             = "2026-11-22 08:16:53.5", "2026-11-22 08:16:55"
		beforeNight, afterNight = "2026-11-22 23:50:00", "2026-11-23 00:10:00"
		firstDay, fourthDay     = "2026-11-22 12:00:00", "2026-11-25 09:00:00"
	)
	for _, c := range []struct{ clock, first, last, want string }{
		{"08:00:00", first, last, "2026-11-22 08:00:00"},
		{"08:16:53", first, last, "2026-11-22 08:16:53"},
		{"08:20:00", first, last, "2026-11-22 08:20:00"},
		{"23:55:00", beforeNight, afterNight, "2026-11-22 23:55:00"},
		{"00:05:00", beforeNight, afterNight, "2026-11-23 00:05:00"},
		{"00:15:00", beforeNight, afterNight, "2026-11-22 00:15:00"},
		{"12:30:00", firstDay, fourthDay, "2026-11-22 12:30:00"},
		{"09:30:00", firstDay, fourthDay, "2026-11-23 09:30:00"},
	} {
		clock := at("2026-01-01 "+c.clock) - at("2026-01-01 00:00:00")
		got := onItsDay(clock, &capture.Summary{First: at(c.first), Last: at(c.last)})
		if got != at(c.want) {
			t.Errorf("%s from %s to %s: got %v, want %s", c.clock, c.first, c.last, got.UTC(), c.want)
		}
	}
}
