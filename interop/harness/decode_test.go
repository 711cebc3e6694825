package harness_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "vmesskit/interop/harness"

	"vmesskit/inspect/cli"
	"vmesskit/internal/corpus"
)

// session is what the command says of one, as far as it is compared.
type session struct {
	Type, Verdict, Reason, Target string
	Up, Down                      struct {
		Bytes     int64
		SHA256    string
		Datagrams []corpus.BytesOf
	}
}

// decodes wants of the command, which gets the capture, the server's user and
// the secrets of TLS, one session for each transfer, with every byte of it.
func decodes(t *testing.T, r *Result, more ...string) error {
	sessions, err := decode(t, r, 0, more...)
	if err != nil {
		return err
	}
	if len(sessions) != len(r.Transfers) {
		return fmt.Errorf("%d sessions decoded, want %d", len(sessions), len(r.Transfers))
	}
	for i := range r.Transfers {
		d := &r.Transfers[i]
		found := slices.IndexFunc(sessions, func(s session) bool { return s.carries(d) })
		if found < 0 {
			return fmt.Errorf("transfer %d to %s is in none of the sessions %+v", i, d.Target, sessions)
		}
		sessions = slices.Delete(sessions, found, found+1)
	}
	return nil
}

// decode runs the command over a recording, and wants an exit status of it.
func decode(t *testing.T, r *Result, want int, more ...string) (list []session, err error) {
	dir := t.TempDir()
	name, keys := filepath.Join(dir, "live.pcap"), filepath.Join(dir, "live.keys")
	var pcap, out, errs bytes.Buffer
	if err := WritePCAP(&pcap, r.Packets); err != nil {
		return nil, err
	}
	if err := os.WriteFile(name, pcap.Bytes(), 0o600); err != nil {
		return nil, err
	}
	args := append([]string{"vmess", "decode", "--json", name}, more...)
	if len(r.KeyLog) > 0 {
		if err := os.WriteFile(keys, r.KeyLog, 0o600); err != nil {
			return nil, err
		}
		args = append(args, "--keylog", keys)
	}
	env := cli.System()
	env.Stdout, env.Stderr = &out, &errs
	env.Getenv = func(key string) string {
		if key == "VMESS_IDS" {
			return testID
		}
		return ""
	}
	if status := cli.Main(context.Background(), args, env); status != want {
		return nil, fmt.Errorf("vmess decode: exit status %d, want %d: %s%s", status, want, &out, &errs)
	}
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var s session
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			return nil, err
		}
		if s.Type == "session" {
			list = append(list, s)
		}
	}
	return list, nil
}

// carries reports whether a session is the transfer, to the byte.
func (s *session) carries(d *Done) bool {
	if s.Verdict != "ok" || s.Target != d.Target {
		return false
	}
	if d.Datagrams != nil {
		var up, down []corpus.BytesOf
		for _, g := range d.Datagrams {
			up, down = append(up, Sum(g.Up)), append(down, Sum(g.Down))
		}
		return slices.EqualFunc(s.Up.Datagrams, up, sameBytes) && slices.EqualFunc(s.Down.Datagrams, down, sameBytes)
	}
	return s.Up.SHA256 == Sum(d.Up).SHA256 && s.Down.SHA256 == Sum(d.Down).SHA256
}

func sameBytes(got, want corpus.BytesOf) bool { return got.SHA256 == want.SHA256 }
