package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
)

const (
	sessions = 20_000
	users    = 50

	// Runs of tshark take long, and it is two orders away.
	tsharkRounds = 3
)

// material is what the commands read.
type material struct {
	vmess, self        string
	longIDs, long      string // one session of many bytes
	manyIDs, many      string // many sessions
	longSize, manySize int64
}

// prepare makes the command and the captures, always the same ones.
func prepare(dir, size string) (m material, err error) {
	in := func(name string) string { return filepath.Join(dir, name) }
	m = material{vmess: in("vmess"), longIDs: in("long.txt"), long: in("long.pcap"), manyIDs: in("many.txt"), many: in("many.pcap")}
	if m.self, err = os.Executable(); err != nil {
		return m, err
	}
	say("building vmess")
	if m.vmess, err = filepath.Abs(m.vmess); err != nil {
		return m, err
	}
	if err := goBuild(".", "build", "-trimpath", "-o", m.vmess, "./inspect/cmd/vmess"); err != nil {
		return m, err
	}
	if err := os.WriteFile(m.longIDs, []byte("b831381d-6324-4d53-ad4f-8cda48b30811\n"), 0o600); err != nil {
		return m, err
	}
	for _, old := range []string{m.long, m.many, m.manyIDs} {
		os.Remove(old)
	}
	for _, args := range [][]string{
		{"build", "session", "--id-file", m.longIDs, "--bytes", size, "--pcap", m.long},
		{"build", "sessions", "--users", strconv.Itoa(users), "--users-out", m.manyIDs, "--sessions", strconv.Itoa(sessions), "--pcap", m.many},
	} {
		say("vmess %s %s", args[0], args[1])
		if out, err := exec.Command(m.vmess, append(args, "--seed", "1", "--time", "1700000000")...).CombinedOutput(); err != nil {
			return m, fmt.Errorf("vmess build: %w\n%s", err, out)
		}
	}
	for _, f := range []struct {
		name string
		size *int64
	}{{m.long, &m.longSize}, {m.many, &m.manySize}} {
		i, err := os.Stat(f.name)
		if err != nil {
			return m, err
		}
		*f.size = i.Size()
	}
	return m, nil
}

// captures measures what reads files.
func captures(w io.Writer, dir string, o options) error {
	m, err := prepare(dir, o.bytes)
	if err != nil {
		return err
	}
	one, two := []string{"GOMAXPROCS=1"}, []string{"GOMAXPROCS=2"}
	decode := func(ids, file string, flags ...string) []string {
		return append([]string{m.vmess, "decode", "--json", "--id-file", ids, file}, flags...)
	}
	tshark := func(file string) *contender {
		return &contender{name: "tshark -q -z conv,tcp", args: []string{"tshark", "-q", "-z", "conv,tcp", "-r", file}, rounds: tsharkRounds}
	}
	cat := &contender{name: "cat", args: []string{"cat", m.long}}
	ordered := &contender{name: "TCP bytes in order", args: []string{m.self, orderCommand, m.long}, env: one}
	shark := tshark(m.long)
	decode1 := &contender{name: "vmess decode --no-hash, one core", args: decode(m.longIDs, m.long, "--no-hash"), env: one}
	decode2 := &contender{name: "vmess decode --no-hash, two cores", args: decode(m.longIDs, m.long, "--no-hash"), env: two}
	if err := turns(o.rounds, cat, ordered, decode1, decode2, shark); err != nil {
		return err
	}
	many1 := &contender{name: "vmess decode, one core", args: decode(m.manyIDs, m.many), env: one}
	many2 := &contender{name: "vmess decode, two cores", args: decode(m.manyIDs, m.many), env: two}
	sharkMany := tshark(m.many)
	if err := turns(o.rounds, many1, many2, sharkMany); err != nil {
		return err
	}

	m.printLong(w, cat, ordered, decode1, decode2, shark)
	m.printMany(w, many1, many2, sharkMany)
	say("%s/%s, %s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.NumCPU())
	return nil
}

func (m *material) printLong(w io.Writer, cat, ordered, decode1, decode2, shark *contender) {
	gb := float64(m.longSize) / 1e9
	tableHead(w, fmt.Sprintf("A capture of %.2f GB: one session, AES-128-GCM, chunks of 8 KB, segments of 1460 bytes", gb),
		"command", "CPU seconds", "GB a CPU second", "wanted", "speed of cat", "wanted", "times tshark", "wanted", "MB resident", "wanted", "seconds")
	for _, c := range []*contender{cat, ordered, decode1, decode2, shark} {
		var perSecond, ofCat, timesShark, memory goal
		switch c {
		case ordered:
			ofCat, timesShark, memory = atLeast(0.4), atLeast(40), atMost(32)
		case decode1:
			perSecond = atLeast(1.5)
		}
		speed, a, b, rss := rate(gb, c.cpu), cat.cpu.over(c.cpu), shark.cpu.over(c.cpu), sample{float64(c.rss) / 1e6}
		tableRow(w, c.name, c.cpu.String(), speed.String(), perSecond.of(speed), a.String(), ofCat.of(a), b.String(), timesShark.of(b),
			rss.String(), memory.of(rss), c.wall.String())
	}
	fmt.Fprintf(w, "\nOn two cores decode was %s times as fast as on one, by the clock.\n", decode1.wall.over(decode2.wall))
}

func (m *material) printMany(w io.Writer, many1, many2, shark *contender) {
	tableHead(w, fmt.Sprintf("A capture of %d short AEAD sessions of %d users, %.1f MB", sessions, users, float64(m.manySize)/1e6),
		"command", "CPU seconds", "sessions a CPU second", "wanted", "times tshark", "MB resident", "seconds")
	for _, c := range []*contender{many1, many2, shark} {
		wanted := goal{}
		if c == many1 {
			wanted = atLeast(sessions)
		}
		speed := rate(sessions, c.cpu)
		tableRow(w, c.name, c.cpu.String(), speed.String(), wanted.of(speed), shark.cpu.over(c.cpu).String(), sample{float64(c.rss) / 1e6}.String(), c.wall.String())
	}
}

func rate(amount float64, seconds sample) (out sample) {
	for _, s := range seconds {
		out = append(out, amount/s)
	}
	return out
}
