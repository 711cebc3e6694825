package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestLinesFitTheSchema holds what decode prints of the small captures, list
// and tree, against what schema prints.
func TestLinesFitTheSchema(t *testing.T) {
	const captures, small = "../../testdata/captures", 20_000
	print := func(ids string, args ...string) []byte {
		t.Helper()
		var stdout, stderr bytes.Buffer
		env := testEnv(&stdout, &stderr)
		env.Getenv = func(string) string { return ids }
		if status := Main(t.Context(), append([]string{"vmess"}, args...), env); status > exitNegative {
			t.Fatalf("%q: status %d: %s", args, status, &stderr)
		}
		return stdout.Bytes()
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(print("", "schema")))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("decode", doc); err != nil {
		t.Fatal(err)
	}
	schema := c.MustCompile("decode")

	check := func(name string, lines []byte) (opened int) {
		t.Helper()
		for line := range bytes.Lines(lines) {
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			opened += bytes.Count(line, []byte(`"kind":"opened"`))
		}
		return opened
	}

	trees := 0
	for name, users := range readManifest(t, captures) {
		file := filepath.Join(captures, name+".pcap")
		if info, err := os.Stat(file); err != nil || info.Size() > small {
			continue // or another format, of which the lines are the same
		}
		var ids []string
		for _, u := range users {
			ids = append(ids, u.ID+" "+strconv.Itoa(u.AlterID))
		}
		for _, flags := range []string{"", "--all --show-secrets", "--tree 1", "--tree 1 --show-secrets"} {
			args := append([]string{"decode", file, "--json", "--skew-budget", "1"}, strings.Fields(flags)...)
			trees += check(name+" "+flags, print(strings.Join(ids, ","), args...))
		}
	}
	if trees < 20 {
		t.Errorf("%d buffers opened in all trees", trees)
	}
	for _, server := range []string{"v2ray", "xray"} {
		at := "../../testdata/logs/" + server
		check(server, print("", "decode", at+".pcap", "--json", "--skew-budget", "1", "--config", at+".json", "--log", at+"-access.log", "--log", at+"-error.log"))
	}
}
