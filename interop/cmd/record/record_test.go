package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vmesskit/codec"
	"vmesskit/interop/harness"
)

const folder = "../../../testdata/captures-own"

// TestManifest: the folder has what the recipes make, in their order, and every
// file that the manifest names.
func TestManifest(t *testing.T) {
	m, err := readManifest(folder)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, c := range cases() {
		want = append(want, c.Name)
	}
	for _, c := range m.Cases {
		name := nameOf(c)
		got = append(got, name)
		if _, err := os.Stat(filepath.Join(folder, name+".pcap")); err != nil {
			t.Error(err)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the manifest has\n%q\nthe recipes make\n%q", got, want)
	}
}

// TestIDs: they are random UUIDs by their form, and the same each time.
func TestIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range cases() {
		for _, p := range append(c.Clients, c.Server) {
			for _, u := range p.Users {
				seen[u.ID] = true
				if b := mustID(u.ID); b[6]>>4 != 4 || b[8]>>6 != 2 {
					t.Errorf("%s: %s", c.Name, u.ID)
				}
			}
		}
	}
	if len(seen) < len(cases()) {
		t.Errorf("%d ids in %d cases", len(seen), len(cases()))
	}
	if got := codec.ID(mustID("6f1a2c52-6f0e-4d0a-9a53-0d3a4e1b7c01")); got != (codec.ID{
		0x6f, 0x1a, 0x2c, 0x52, 0x6f, 0x0e, 0x4d, 0x0a, 0x9a, 0x53, 0x0d, 0x3a, 0x4e, 0x1b, 0x7c, 0x01,
	}) {
		t.Errorf("read as %x", got)
	}
}

// TestLogsTellNothing: a log with the id of a user does not get into the
// folder.
func TestLogsTellNothing(t *testing.T) {
	c := pair("quiet", harness.V2Ray, harness.Xray, raw)
	if err := c.tellsNothing("quiet.server.log", []byte("rejected "+c.Server.Users[0].ID)); err == nil {
		t.Error("a log with an id was let through")
	}
	if err := c.tellsNothing("quiet.server.log", []byte("rejected")); err != nil {
		t.Error(err)
	}
}
