package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vmesskit/interop/harness"
)

// manifest is manifest.json.
type manifest struct {
	Format int               `json:"format"`
	Set    string            `json:"set"`
	Peers  []peer            `json:"peers"`
	Cases  []json.RawMessage `json:"cases"`
}

type peer struct {
	Impl    string `json:"impl"`
	Version string `json:"version"`
	From    string `json:"from"`
}

const manifestName = "manifest.json"

// readManifest reads the manifest of a folder, or begins one.
func readManifest(folder string) (*manifest, error) {
	m := &manifest{Format: 1, Set: "own"}
	text, err := os.ReadFile(filepath.Join(folder, manifestName))
	if errors.Is(err, os.ErrNotExist) {
		return m, os.MkdirAll(folder, 0o755)
	}
	if err != nil {
		return nil, err
	}
	return m, json.Unmarshal(text, m)
}

func (m *manifest) describePeers(ctx context.Context) error {
	v2ray, err := harness.Version(ctx, harness.V2Ray)
	if err != nil {
		return err
	}
	xray, err := harness.Version(ctx, harness.Xray)
	if err != nil {
		return err
	}
	m.Peers = []peer{
		{string(harness.V2Ray), v2ray, "Debian's package v2ray"},
		{string(harness.Xray), xray, "Go module github.com/xtls/xray-core"},
	}
	return nil
}

func nameOf(text json.RawMessage) string {
	var e struct{ Name string }
	json.Unmarshal(text, &e)
	return e.Name
}

// put puts an entry in the place of the one with its name.
func (m *manifest) put(e *entry) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		panic(err) // an entry is numbers and text
	}
	i := slices.IndexFunc(m.Cases, func(c json.RawMessage) bool { return nameOf(c) == e.Name })
	if i < 0 {
		m.Cases = append(m.Cases, nil)
		i = len(m.Cases) - 1
	}
	m.Cases[i] = out.Bytes()
}

// write writes the manifest, with the cases in the order of the recipes. What
// has no recipe any more is dropped.
func (m *manifest) write(folder string, order []*recipe) error {
	place := func(name string) int {
		return slices.IndexFunc(order, func(c *recipe) bool { return c.Name == name })
	}
	m.Cases = slices.DeleteFunc(m.Cases, func(c json.RawMessage) bool { return place(nameOf(c)) < 0 })
	slices.SortFunc(m.Cases, func(a, b json.RawMessage) int { return place(nameOf(a)) - place(nameOf(b)) })
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(m); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, manifestName), out.Bytes(), 0o644)
}

// writeFiles writes the capture, the secrets of TLS, and where something
// failed the logs.
func (c *recipe) writeFiles(folder string, e *entry, r *harness.Result) error {
	var pcap bytes.Buffer
	if err := harness.WritePCAP(&pcap, r.Packets); err != nil {
		return err
	}
	if pcap.Len() > mostBytes || len(r.Packets) == 0 {
		return fmt.Errorf("a capture of %d packets and %d bytes, want something and at most %d", len(r.Packets), pcap.Len(), mostBytes)
	}
	e.Capture = captureInfo{"EN10MB", "pcap", len(r.Packets), pcap.Len(), r.Packets[0].Time.Unix()}
	files := map[string][]byte{e.File: pcap.Bytes()}
	if e.Transport.KeyLog != nil {
		files[*e.Transport.KeyLog] = r.KeyLog
	}
	if !strings.HasPrefix(c.expected, "ok") && !strings.HasPrefix(c.expected, "unsupported") {
		e.ServerLog, e.ClientLog = c.Name+".server.log", c.Name+".client.log"
		if c.Service != nil {
			e.ServerLog = ""
		} else {
			files[e.ServerLog] = []byte(r.ServerLog)
		}
		files[e.ClientLog] = []byte(strings.Join(r.ClientLogs, ""))
	}
	for name, text := range files {
		if err := c.tellsNothing(name, text); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// tellsNothing refuses logs with ids or with names of files of this machine.
func (c *recipe) tellsNothing(name string, text []byte) error {
	if !strings.HasSuffix(name, ".log") {
		return nil
	}
	secret := []string{os.TempDir() + "/", c.Server.Transport.Seed}
	for _, p := range append(c.Clients, c.Server) {
		for _, u := range p.Users {
			secret = append(secret, u.ID)
		}
	}
	for _, s := range secret {
		if s != "" && bytes.Contains(text, []byte(s)) {
			return fmt.Errorf("%s would hold a secret", name)
		}
	}
	return nil
}
