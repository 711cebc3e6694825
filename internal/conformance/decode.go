package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"vmesskit/inspect/cli"
)

// result is what the decoder printed for a case.
type result struct {
	status   int
	sessions []session
	others   int
}

// session is a session line, as far as it is compared.
type session struct {
	Index    int
	Client   string
	Scheme   string
	User     string
	Alter    *int
	Skew     int64 `json:"skew_s"`
	Security string
	Options  []string
	Command  string
	Target   string
	Stack    []string
	Up, Down *stream
	Mux      []sub
	Verdict  string
	Reason   string
	Evidence map[string]any
}

// sub is a sub-connection of a mux.
type sub struct {
	Network, Target string
	Up, Down        *stream
}

type stream struct {
	Bytes     int64
	Chunks    int64
	SHA256    string
	End       string
	Datagrams []datagram
	Pieces    []piece
}

// piece is what was decoded behind a hole.
type piece struct {
	Offset, Bytes int64
	SHA256        string
	Datagrams     []datagram
}

type datagram struct {
	Bytes  int64
	SHA256 string
	Addr   string
}

// lineSchema asks the command for the JSON Schema of its lines.
func lineSchema() (*jsonschema.Schema, error) {
	var out bytes.Buffer
	env := cli.System()
	env.Stdout = &out
	if status := cli.Main(context.Background(), []string{"vmess", "schema"}, env); status != 0 {
		return nil, fmt.Errorf("vmess schema: exit status %d", status)
	}
	doc, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		return nil, fmt.Errorf("vmess schema: %w", err)
	}
	const name = "vmess schema"
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, doc); err != nil {
		return nil, err
	}
	return compiler.Compile(name)
}

// decode runs the command over a case's files, with more flags. An exit status
// beyond most is an error.
func decode(folder string, c *testCase, schema *jsonschema.Schema, most int, flags ...string) (*result, error) {
	var out, errs bytes.Buffer
	env := cli.System()
	env.Stdout, env.Stderr = &out, &errs
	var ids []string
	for _, u := range c.Users {
		ids = append(ids, fmt.Sprintf("%s %d", u.ID, u.AlterID))
	}
	env.Getenv = func(key string) string {
		if key == "VMESS_IDS" {
			return strings.Join(ids, ",")
		}
		return ""
	}
	args := append([]string{"vmess", "decode", "--json"}, flags...)
	if c.Transport.KeyLog != "" {
		args = append(args, "--keylog", filepath.Join(folder, c.Transport.KeyLog))
	}
	if seed := c.Transport.Server.Seed; seed != "" {
		args = append(args, "--kcp-seed", seed)
	}
	for _, f := range c.File {
		args = append(args, filepath.Join(folder, f))
	}
	r := &result{status: cli.Main(context.Background(), args, env)}
	if r.status > most {
		return r, fmt.Errorf("exit status %d: %s", r.status, strings.TrimSpace(errs.String()))
	}
	return r, r.read(&out, schema)
}

// read takes the lines, each of which has to fit the schema.
func (r *result) read(out *bytes.Buffer, schema *jsonschema.Schema) error {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var line struct {
			Type       string
			OtherFlows int `json:"other_flows"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(lines.Bytes()))
		if err != nil {
			return err
		}
		if err := schema.Validate(doc); err != nil {
			return fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		switch line.Type {
		case "session":
			var s session
			if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
				return fmt.Errorf("line %q: %w", lines.Text(), err)
			}
			r.sessions = append(r.sessions, s)
		case "summary":
			r.others = line.OtherFlows
		}
	}
	return lines.Err()
}
