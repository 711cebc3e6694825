package cli

import (
	"net/netip"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/report"
)

// where reads the flags that choose by place and time.
func (f *decodeFlags) where(c *cli.Context, o *decodeOptions) (err error) {
	for _, text := range c.StringSlice("host") {
		h, err := parseHost(text)
		if err != nil {
			return err
		}
		o.filter.Host = append(o.filter.Host, h)
	}
	if c.IsSet("since") {
		if o.filter.Since, err = parseMoment("--since", c.String("since"), 0); err != nil {
			return err
		}
	}
	if c.IsSet("until") {
		o.filter.Until, err = parseMoment("--until", c.String("until"), flow.Time(time.Second)-1)
	}
	return err
}

// parseHost reads an address, a network, or a part of a name or an address.
func parseHost(text string) (report.Host, error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	if a, err := netip.ParseAddr(bare); err == nil {
		a = a.Unmap().WithZone("")
		return report.Host{Net: netip.PrefixFrom(a, a.BitLen())}, nil
	}
	if strings.Contains(text, "/") {
		n, err := netip.ParsePrefix(text)
		if err != nil {
			return report.Host{}, usagef("--host %s is no network", show(text)).or("want one such as 192.0.2.0/24 or 2001:db8::/32")
		}
		return report.Host{Net: n.Masked()}, nil
	}
	if text == "" {
		return report.Host{}, usagef("--host has nothing to look for").or("want an address, a network, or a part of a name")
	}
	return report.Host{Text: strings.ToLower(text)}, nil
}

const aDay = flow.Time(24 * time.Hour)

// parseMoment reads a time. To a time of day, which is exact to the second, more
// is added.
func parseMoment(flag, text string, more flow.Time) (report.Moment, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return func(*capture.Summary) flow.Time { return flow.Time(t.UnixNano()) }, nil
	}
	if t, err := time.Parse("15:04:05", text); err == nil {
		clock := flow.Time(t.Sub(t.Truncate(24 * time.Hour)))
		return func(c *capture.Summary) flow.Time { return onItsDay(clock, c) + more }, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return func(c *capture.Summary) flow.Time { return c.Last - flow.Time(d) }, nil
	}
	return nil, usagef("%s %s", flag, show(text)).or("want 2006-01-02T15:04:05Z, 15:04:05, or 10m before the capture's end")
}

// midnight gives the beginning of a moment's day.
func midnight(t flow.Time) flow.Time { return flow.Time(t.UTC().Truncate(24 * time.Hour).UnixNano()) }

// onItsDay is when a clock showed a time: on the first day on which the capture
// has that second, else on the day on which it begins.
func onItsDay(clock flow.Time, c *capture.Summary) flow.Time {
	first := midnight(c.First) + clock
	t := first
	if t+flow.Time(time.Second) <= c.First {
		t += aDay
	}
	if t > c.Last {
		return first
	}
	return t
}
