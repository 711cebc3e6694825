package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// A goal is what a figure has to reach.
type goal struct {
	bound  float64
	atMost bool
}

func atLeast(v float64) goal { return goal{bound: v} }
func atMost(v float64) goal  { return goal{v, true} }

// of says what is wanted, and whether the sample's median misses it.
func (g goal) of(s sample) string {
	if g.bound == 0 {
		return ""
	}
	sign, missed := "≥ ", len(s) == 0 || s.median() < g.bound
	if g.atMost {
		sign, missed = "≤ ", len(s) == 0 || s.median() > g.bound
	}
	text := sign + strconv.FormatFloat(math.Round(g.bound*100)/100, 'f', -1, 64)
	if missed {
		text += " **missed**"
	}
	return text
}

func tableHead(w io.Writer, title string, columns ...string) {
	fmt.Fprintf(w, "\n### %s\n\n", title)
	tableRow(w, columns...)
	fmt.Fprintln(w, "|"+strings.Repeat(" --- |", len(columns)))
}

func tableRow(w io.Writer, cells ...string) {
	fmt.Fprintln(w, "| "+strings.Join(cells, " | ")+" |")
}

// print gives the tables of what is measured in one process.
func (f figures) print(w io.Writer) {
	f.bodies(w, "Open a body", "interop/Open/", "`Open`", 0.80, 0.93)
	f.bodies(w, "Seal a body", "interop/Seal/", "`Seal`", 0.90, 0.90)
	f.headers(w)
	f.users(w)
}

var bodyNames = []struct{ label, name string }{
	{"gcm/M", "AES-128-GCM, masking"},
	{"gcm/MP", "AES-128-GCM, masking, padding"},
	{"gcm/AMP", "AES-128-GCM, authenticated length, padding"},
	{"chacha/M", "ChaCha20-Poly1305, masking"},
	{"chacha/AMP", "ChaCha20-Poly1305, authenticated length, padding"},
	{"none/M", "none, masking"},
}

func (f figures) bodies(w io.Writer, title, from, raw string, small, large float64) {
	tableHead(w, title, "cipher and options", "chunk", "of raw "+raw, "wanted", "of raw "+raw+", lengths too", "times Xray", "ns a chunk", "allocations in 4 MiB", "Xray's")
	for _, body := range bodyNames {
		for _, size := range []string{"2K", "8K", "16K"} {
			name := from + body.label + "/" + size
			get := func(unit string) sample { return f.of(name, unit) }
			wanted := goal{}
			switch {
			case body.label == "none/M":
			case size != "2K":
				wanted = atLeast(large)
			case strings.HasPrefix(body.label, "gcm") || title == "Seal a body":
				wanted = atLeast(small)
			}
			goals, time := wanted.of(get("x-raw")), get("ns/chunk").String()
			if body.label == "none/M" && strings.Contains(from, "Open") {
				goals = atMost(40).of(get("ns/chunk")) + " ns"
			}
			tableRow(w, body.name, strings.TrimSuffix(size, "K")+" KB", cell(get("x-raw")), goals, cell(get("x-raws")),
				cell(get("x-xray")), time, count(get("allocs/op")), count(get("xray-allocs")))
		}
	}
	if !strings.Contains(from, "Open") {
		return
	}
	for _, size := range []string{"2K", "8K", "16K"} {
		name := "codec/Open/cfb/S/" + size
		tableRow(w, "AES-128-CFB with checksum; raw is the standard library's CFB and FNV-1a", strings.TrimSuffix(size, "K")+" KB",
			cell(f.of(name, "x-raw")), atLeast(1).of(f.of(name, "x-raw")), "", "", f.of(name, "ns/chunk").String(), "", "")
	}
}

// count is the median of what comes in whole numbers.
func count(s sample) string {
	if len(s) == 0 {
		return ""
	}
	return strconv.FormatFloat(math.Round(s.median()), 'f', 0, 64)
}

// cell is empty for what is not measured.
func cell(s sample) string {
	if len(s) == 0 {
		return ""
	}
	return s.String()
}

func (f figures) headers(w io.Writer) {
	tableHead(w, "Request headers", "operation", "µs", "wanted", "of its SHA-256 blocks and AES keys alone", "times Xray", "allocations", "wanted")
	for _, r := range []struct {
		what, name string
		time       float64
	}{
		{"open, user known", "interop/OpenHeader", 10},
		{"seal, with the auth id", "interop/SealHeader", 12},
		{"the whole server: user, replay, open, judge, remember", "interop/Serve", 0},
	} {
		us, allocs := f.of(r.name, "best-ns").times(1e-3), f.of(r.name, "allocs/op")
		goals, few := goal{}, goal{}
		if r.time > 0 {
			goals, few = atMost(r.time), atMost(12)
		}
		tableRow(w, r.what, us.String(), goals.of(us), cell(f.of(r.name, "x-raw")), cell(f.of(r.name, "x-xray")), count(allocs), few.of(allocs))
	}
}

func (f figures) users(w io.Writer) {
	tableHead(w, "Whose request is it?", "operation", "ns each", "of the primitive", "wanted", "times Xray", "allocations")
	for _, n := range []string{"1", "100", "10000", "100000"} {
		ours, theirs := "codec/MatchMiss/"+n, "interop/Match/"+n
		raw := f.of(ours, "x-raw")
		tableRow(w, "no user of "+grouped(n)+" fits: one AES block each", f.of(ours, "ns/user").String(), raw.String(), atLeast(1/1.3).of(raw),
			cell(f.of(theirs, "x-xray")), count(f.of(ours, "allocs/op")))
	}
	auth, match, alter := "codec/LegacyAuth", "codec/MatchLegacy/new", "codec/AlterIDs"
	raw := f.of(auth, "x-raw")
	tableRow(w, "legacy auth of an id and second: an HMAC-MD5 whose key is set", f.of(auth, "best-ns").String(), raw.String(), atLeast(0.9).of(raw), "", count(f.of(auth, "allocs/op")))
	tableRow(w, "no legacy id of 500 fits, in 241 new seconds: the same for each, and kept", f.of(match, "ns/id-second").String(), f.of(match, "x-raw").String(), "", "", "")
	rate := f.of(alter, "ids/s").times(1e-6)
	tableRow(w, "chain of alter ids: one MD5 each; "+rate.String()+" million a second", f.of(alter, "best-ns").times(1e-3).String(), f.of(alter, "x-raw").String(), atLeast(5).of(rate)+" million a second", "", "")
}

// grouped writes 10000 as 10,000.
func grouped(n string) string {
	if len(n) > 3 {
		return n[:len(n)-3] + "," + n[len(n)-3:]
	}
	return n
}
