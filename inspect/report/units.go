package report

import (
	"strconv"
	"time"

	"vmesskit/inspect/flow"
)

// size writes a number of bytes in decimal units with one digit behind the
// point: "812 B", "12.3 kB".
func size(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	units := [...]string{"kB", "MB", "GB", "TB", "PB", "EB"}
	unit := int64(1000)
	for i := range units {
		tenths := n/unit*10 + (n%unit*10+unit/2)/unit
		if tenths < 10_000 || i == len(units)-1 {
			return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + " " + units[i]
		}
		unit *= 1000
	}
	panic("internal error: no unit")
}

// count writes a number with a comma at each thousand.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural writes a number with its noun: "1 session", "2,000 sessions".
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

// Plural writes a number with its noun as a report does, for what stands beside one.
func Plural(n int64, noun string) string { return plural(n, noun) }

// signed writes seconds with their sign: "+600 s".
func signed(n int64) string {
	s := count(n) + " s"
	if n >= 0 {
		return "+" + s
	}
	return s
}

// clockWords says where a clock stands beside another one: "600 s ahead of UTC".
func clockWords(seconds int64, other string) string {
	switch {
	case seconds > 0:
		return count(seconds) + " s ahead of " + other
	case seconds < 0:
		return count(-seconds) + " s behind " + other
	}
	return "the same as " + other
}

const day = "2006-01-02"

// unixTime writes Unix seconds as a date and time, or nothing where no
// calendar has them.
func unixTime(n int64) string {
	const last = 253402300799 // of the year 9999
	if n < 0 || n > last {
		return ""
	}
	return time.Unix(n, 0).UTC().Format(day + " 15:04:05 UTC")
}

// lasting writes how long something took: "114 ms", "3.8 s", "1 min 3 s".
func lasting(from, to flow.Time) string {
	d := time.Duration(to - from)
	unit := func(d, unit time.Duration, name string) string {
		return strconv.FormatInt(int64(d/unit), 10) + " " + name
	}
	switch {
	case d == 0:
		return "0 s"
	case d.Round(time.Microsecond) < time.Millisecond:
		return unit(d.Round(time.Microsecond), time.Microsecond, "µs")
	case d.Round(time.Millisecond) < time.Second:
		return unit(d.Round(time.Millisecond), time.Millisecond, "ms")
	case d.Round(100*time.Millisecond) < time.Minute:
		return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
	case d.Round(time.Second) < time.Hour:
		d = d.Round(time.Second)
		return unit(d, time.Minute, "min") + " " + unit(d%time.Minute, time.Second, "s")
	}
	d = d.Round(time.Minute)
	return unit(d, time.Hour, "h") + " " + unit(d%time.Hour, time.Minute, "min")
}

// ranges writes numbers that ascend: "1-4, 7". At most a few are named.
func ranges(list []int) string {
	const most = 8
	s := ""
	for i, parts := 0, 0; i < len(list); parts++ {
		if parts == most {
			return s + " and " + count(int64(len(list)-i)) + " more"
		}
		first := i
		for i++; i < len(list) && list[i] == list[i-1]+1; i++ {
		}
		if s != "" {
			s += ", "
		}
		s += strconv.Itoa(list[first])
		if last := list[i-1]; last != list[first] {
			s += "-" + strconv.Itoa(last)
		}
	}
	return s
}
