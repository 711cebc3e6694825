package inspector_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vmesskit/inspect/capture"
	"vmesskit/inspect/cli"
	"vmesskit/wasm/api/inspector"
)

const (
	captures = "../../../testdata/captures"
	id       = "1459a8ff-ba70-414b-adbe-b8c4107835d4" // of nobody in them
)

func file(t *testing.T, name string) capture.Input {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(captures, name))
	if err != nil {
		t.Fatal(err)
	}
	return input(name, content)
}

func input(name string, content []byte) capture.Input {
	return capture.Input{Name: name, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}

// users gives the ids of a recorded capture, as a list.
func users(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(captures, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct {
		Cases []struct {
			Name  string
			Users []struct {
				ID      string
				AlterID int `json:"alter_id"`
			}
		}
	}
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for _, c := range manifest.Cases {
		if c.Name == name {
			for i, u := range c.Users {
				fmt.Fprintf(&list, "%s %d user %d\n", u.ID, u.AlterID, i+1)
			}
		}
	}
	if list.Len() == 0 {
		t.Fatalf("the manifest has no users of %s", name)
	}
	return list.String()
}

// command gives what `vmess decode --json` prints.
func command(t *testing.T, users string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	env := cli.System()
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(users), &out, &errs
	env.Getenv = func(string) string { return "" }
	args = append([]string{"vmess", "decode", "--json", "--id-file", "-"}, args...)
	if status := cli.Main(context.Background(), args, env); status > 1 {
		t.Fatalf("%v: status %d: %s", args, status, &errs)
	}
	return out.String()
}

func TestDecodePrintsWhatTheCommandPrints(t *testing.T) {
	for _, c := range []struct {
		name  string // of a capture in the manifest
		files []string
		flags []string
		req   inspector.Request
	}{
		{"users-5x4-v4-v4-legacy", []string{"users-5x4-v4-v4-legacy.pcap"}, nil, inspector.Request{}},
		{"big-2m-gcm", []string{"big-2m-gcm.pcap"}, []string{"--no-hash", "--show-secrets"}, inspector.Request{NoHash: true, ShowSecrets: true}},
		{"rotated-editcap", []string{"rotated-editcap-0.pcap", "rotated-editcap-1.pcap"}, []string{"--port", "1", "--port", "2"}, inspector.Request{Ports: []uint16{1, 2}}},
		{"file-pcap-gz", []string{"file-pcap-gz.pcap.gz"}, []string{"--all"}, inspector.Request{All: true}},
		{"fail-tamper-body-up", []string{"fail-tamper-body-up.pcap"}, nil, inspector.Request{}},
		{"udp-legacy-v4-v4", []string{"udp-legacy-v4-v4.pcap"}, nil, inspector.Request{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.req.Users = users(t, c.name)
			args := c.flags
			for _, name := range c.files {
				in := file(t, name)
				in.Name = filepath.Join(captures, name)
				c.req.Captures = append(c.req.Captures, in)
				args = append(args, in.Name)
			}
			var got strings.Builder
			result, err := inspector.Decode(&c.req, &got)
			if err != nil {
				t.Fatal(err)
			}
			if want := command(t, c.req.Users, args...); got.String() != want {
				t.Errorf("got\n%s\nwant\n%s", &got, want)
			}
			if n := strings.Count(got.String(), `"type":"session"`); result.Sessions != n {
				t.Errorf("got %d sessions in the result, %d in the lines", result.Sessions, n)
			}
			if n := strings.Count(got.String(), `"verdict":"ok"`); result.Sessions-result.Failed != n {
				t.Errorf("got %d sessions, %d failed; %d are ok in the lines", result.Sessions, result.Failed, n)
			}
		})
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestErrorsHaveAKind(t *testing.T) {
	refused := errors.New("no more")
	good := file(t, "leg-ipv6.pcap")
	for _, c := range []struct {
		name string
		req  inspector.Request
		w    io.Writer
		kind inspector.Kind
		want string
	}{
		{"no capture", inspector.Request{}, io.Discard, inspector.KindRequest, "no capture to decode"},
		{"noise", inspector.Request{Captures: []capture.Input{input("a", make([]byte, 99))}}, io.Discard, inspector.KindCapture,
			"a: file header at 0: 00 00 00 00, want the magic number of pcap or pcapng"},
		{"not to be opened", inspector.Request{Captures: []capture.Input{{Name: "a", Open: func() (io.ReadCloser, error) { return nil, refused }}}}, io.Discard, inspector.KindCapture,
			"a: input: no more"},
		{"users", inspector.Request{Captures: []capture.Input{good}, Users: id + " 70000"}, io.Discard, inspector.KindUsers,
			"users:1: an alterId out of range, wanted 0 to 65535"},
		{"sink", inspector.Request{Captures: []capture.Input{good}, Ports: []uint16{1}}, writer(func([]byte) (int, error) { return 0, refused }), inspector.KindWrite,
			"no more"},
		{"panic of an input", inspector.Request{Captures: []capture.Input{{Name: "a", Open: func() (io.ReadCloser, error) { panic("internal error: a") }}}}, io.Discard, inspector.KindInternal,
			"internal error: a"},
		{"panic of a sink", inspector.Request{Captures: []capture.Input{good}, Ports: []uint16{1}}, writer(func(p []byte) (int, error) { return int(p[1<<30]), nil }), inspector.KindInternal,
			"internal error: runtime error: index out of range [1073741824] with length "},
	} {
		t.Run(c.name, func(t *testing.T) {
			result, err := inspector.Decode(&c.req, c.w)
			var known *inspector.Error
			if result != nil || !errors.As(err, &known) || known.Kind != c.kind || !strings.HasPrefix(known.Error(), c.want) {
				t.Errorf("got %v, %#v; want the kind %q: %s", result, err, c.kind, c.want)
			}
		})
	}
}

func TestBlankUsersAreNone(t *testing.T) {
	for _, text := range []string{"", " \n\t\n"} {
		req := inspector.Request{Captures: []capture.Input{file(t, "leg-ipv6.pcap")}, Ports: []uint16{1}, Users: text}
		if _, err := inspector.Decode(&req, io.Discard); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A label with an id comes from a list whose columns are in another order.
func TestLabelsWithIDsAreHidden(t *testing.T) {
	text := strings.Replace(users(t, "leg-ipv6"), "user 1", strings.ToUpper(id), 1)
	req := inspector.Request{Captures: []capture.Input{file(t, "leg-ipv6.pcap")}, Users: text}
	var out strings.Builder
	result, err := inspector.Decode(&req, &out)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(result.Hidden, []int{1}) {
		t.Errorf("got %v, want user 1 hidden", result.Hidden)
	}
	if strings.Contains(strings.ToLower(out.String()), id) || !strings.Contains(out.String(), `"user":"#1"`) {
		t.Errorf("got %s\nwant user #1 and no id", &out)
	}
}
