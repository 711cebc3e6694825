package report

import (
	"bytes"
	"flag"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/inspect/capture"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// goldens has what is printed for the samples. The words are the first line of
// the file.
func goldens(t *testing.T) map[string]func(io.Writer) error {
	text := func(o TextOptions) func(io.Writer) error {
		o.Users = 4
		return func(w io.Writer) error { return tell(NewText(w, o)) }
	}
	none := func(c capture.Summary, users, others int) func(io.Writer) error {
		return func(w io.Writer) error {
			return NewText(w, TextOptions{Width: 80, Users: users}).Summary(&Summary{Capture: c, OtherFlows: others})
		}
	}
	list := map[string]func(io.Writer) error{
		"text-80: the samples in 80 columns":     text(TextOptions{Width: 80, Others: true}),
		"text-100: the samples in 100 columns":   text(TextOptions{Width: 100}),
		"text-140: the samples in 140 columns":   text(TextOptions{Width: 140}),
		"text-wide: the samples without a bound": text(TextOptions{Others: true}),
		"text-colour: the samples in colour":     text(TextOptions{Width: 100, Color: true, Others: true}),
		"text-secrets: the samples with ids":     text(TextOptions{Width: 80, Secrets: true}),
		"text-without: the samples without ids given": func(w io.Writer) error {
			return tell(NewText(w, TextOptions{Width: 60, HowToGive: "give those of the server"}))
		},
		"text-few: the samples with tables of two rows":  text(TextOptions{Width: 80, Rows: 2}),
		"none-packets: no packets":                       none(capture.Summary{}, 1, 0),
		"none-flows: nothing but ARP":                    none(capture.Summary{Packets: 4, Bytes: 240, Ignored: 4}, 1, 0),
		"none-bad: nothing that can be followed":         none(capture.Summary{Packets: 4, Bytes: 240, Bad: 4}, 1, 0),
		"none-users: no ids":                             none(capture.Summary{Packets: 4, Bytes: 240, TCP: 1}, 0, 1),
		"none-match: other traffic only":                 none(capture.Summary{Packets: 4, Bytes: 240, TCP: 3}, 2, 3),
		"lines: the samples as JSON":                     func(w io.Writer) error { return tell(NewNDJSON(w, JSONOptions{})) },
		"lines-secrets: the same with ids, without hash": func(w io.Writer) error { return tell(NewNDJSON(w, JSONOptions{Secrets: true, NoHash: true})) },
		"filter: two users, in 100 columns": func(w io.Writer) error {
			return tell(Filter(NewText(w, TextOptions{Width: 100, Users: 4}), FilterOptions{User: []string{"bob", "#2"}}))
		},
		"detail: the samples one by one, in 80 columns": func(w io.Writer) error {
			return details(w, TextOptions{Width: 80, Users: 4})
		},
		"detail-secrets: the same with ids, without hashes": func(w io.Writer) error {
			return details(w, TextOptions{Width: 100, Secrets: true, NoHash: true, Users: 4})
		},
	}
	for name, c := range talks() {
		list["tree-"+name+": its fields, in 100 columns"] = func(w io.Writer) error { return Tree(w, c.trace(t), TreeOptions{Width: 100}) }
	}
	gcm := talks()["aead-gcm"]
	list["tree-secrets: the fields of aead-gcm with secrets, in 140 columns"] = func(w io.Writer) error {
		return Tree(w, gcm.trace(t), TreeOptions{Width: 140, Secrets: true})
	}
	list["tree-colour: the fields of aead-gcm in colour"] = func(w io.Writer) error {
		return Tree(w, gcm.trace(t), TreeOptions{Width: 80, Color: true})
	}
	list["tree-json: the fields of aead-gcm as JSON"] = func(w io.Writer) error {
		return TreeJSON(w, gcm.trace(t), TreeOptions{})
	}
	list["tree-odd: a header with oddities"] = func(w io.Writer) error { return Tree(w, oddTrace(t), TreeOptions{Width: 100}) }
	return list
}

func details(w io.Writer, o TextOptions) error {
	for _, s := range sampleSessions() {
		if err := Detail(w, s, o); err != nil {
			return err
		}
		io.WriteString(w, "\n")
	}
	return nil
}

func TestGoldens(t *testing.T) {
	list := goldens(t)
	var files []string
	for _, key := range slices.Sorted(maps.Keys(list)) {
		name, words, _ := strings.Cut(key, ": ")
		path := filepath.Join("testdata", name+".golden")
		files = append(files, path)
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			b.WriteString("# " + words + "\n")
			if err := list[key](&b); err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	there, err := filepath.Glob("testdata/*.golden")
	if err != nil || !slices.Equal(there, files) {
		t.Errorf("testdata has %q, want %q (%v)", there, files, err)
	}
}
