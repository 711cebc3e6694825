package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"vmesskit/codec"
)

func TestFormatIsUpToDate(t *testing.T) {
	want, err := formatFile("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("FORMAT.md is not what the layouts give; run go generate ./codec")
	}
}

// The example is the recorded one, byte for byte.
func TestExampleIsThatOfSing(t *testing.T) {
	file, err := os.ReadFile("../../../testdata/vectors/worked_example.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		UUID, Wire string
		Writes     []struct{ Wire string } `json:"request_body_writes"`
	}
	if err := json.Unmarshal(file, &recorded); err != nil {
		t.Fatal(err)
	}
	e, err := exampleTalks()[0].run()
	if err != nil {
		t.Fatal(err)
	}
	got, want := hex.EncodeToString(e.trace.Buffers[0].Data), recorded.Wire+recorded.Writes[0].Wire
	if sampleID.String() != recorded.UUID || !strings.HasPrefix(got, want) {
		t.Errorf("the example of %s is %s, recorded of %s is %s", sampleID, got, recorded.UUID, want)
	}
}

// What names a group of bytes that has no place of its own in the document.
var unnamed = map[codec.Field]string{
	codec.FieldClientWire:          "the direction itself",
	codec.FieldServerWire:          "the direction itself",
	codec.FieldHeaderLengthPlain:   "stands as header-length",
	codec.FieldResponseLengthPlain: "stands as response-length",
	codec.FieldChunkLengthPlain:    "stands as chunk-length",
	codec.FieldRequest:             "is section 1.1 and 1.4",
	codec.FieldResponse:            "is section 2.1 and 2.2",
	codec.FieldMuxFrame:            "is section 4.1",
	codec.FieldPacket:              "is section 4.2",
}

// The document leaves no field out.
func TestFormatNamesEveryField(t *testing.T) {
	text, err := os.ReadFile("../../../FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	for f := codec.Field(1); int(f) <= codec.Fields(); f++ {
		name := f.String()
		there := bytes.Contains(text, []byte("`"+name+"`")) || bytes.Contains(text, []byte("\n"+name+" = ")) ||
			bytes.Contains(text, []byte(", "+name+")")) || bytes.Contains(text, []byte(", "+name+","))
		if _, ok := unnamed[f]; there == ok {
			t.Errorf("%s: named %v, listed as unnamed %v", name, there, ok)
		}
	}
}

// Lines of the text fit a page; tables and links need what they need.
func TestFormatFitsAPage(t *testing.T) {
	for i, line := range strings.Split(formatText, "\n") {
		if n := utf8.RuneCountInString(line); n > 150 && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "<!--") {
			t.Errorf("format.tmpl:%d: %d characters", i+1, n)
		}
	}
}

func TestFit(t *testing.T) {
	numbers := func(rows ...[3]int) (list []*sample, value func(*sample) int, letters []letter) {
		at := map[*sample][3]int{}
		for _, r := range rows {
			s := &sample{size: r[0]}
			list, at[s] = append(list, s), r
		}
		of := func(i int) func(*sample) int { return func(s *sample) int { return at[s][i] } }
		return list, of(0), []letter{{"a", of(1)}, {"b", of(2)}}
	}
	for _, c := range []struct {
		rows  [][3]int // the number, a, b
		minus bool
		want  string
	}{
		{[][3]int{{4, 1, 2}, {4, 5, 3}}, false, "4"},
		{[][3]int{{3, 1, 2}, {7, 5, 3}}, false, "2+a"},
		{[][3]int{{3, 1, 2}, {8, 5, 3}}, false, "a+b"},
		{[][3]int{{1, 1, 2}, {6, 5, 3}}, false, "a+b−2"},
		{[][3]int{{1, 1, 2}, {4, 5, 3}, {5, 5, 2}}, false, ""},
		{[][3]int{{1, 1, 2}, {4, 5, 3}, {5, 5, 2}}, true, "2+a−b"},
		{[][3]int{{3, 1, 1}, {7, 5, 5}}, false, "the samples do not tell 2+a from 2+b"},
		{[][3]int{{3, 1, 1}, {9, 5, 2}}, false, ""},
	} {
		list, value, letters := numbers(c.rows...)
		e, ok, err := fit(list, value, letters, c.minus)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case ok:
			got = e.String()
		}
		if got != c.want {
			t.Errorf("%v: got %q, want %q", c.rows, got, c.want)
		}
	}
}

func TestCondition(t *testing.T) {
	one := func(words string) *sample { // "command=tcp early=yes late=yes"; what is late stands behind the field
		s := &sample{}
		for _, w := range strings.Fields(words) {
			name, value, _ := strings.Cut(w, "=")
			at := 0
			if name == "late" {
				at = 9
			}
			s.facts = append(s.facts, fact{strings.ReplaceAll(name, ":", has), value, at})
		}
		return s
	}
	list := func(words ...string) (out []*sample) {
		for _, w := range words {
			out = append(out, one(w))
		}
		return out
	}
	for _, c := range []struct {
		with, without []*sample
		want          string
		ok            bool
	}{
		{list("c=tcp"), nil, "", true},
		{list("c=tcp", "c=udp"), list("c=mux"), "`c` is tcp or udp", true},
		{list("o:a=yes"), list("o:a=no"), "`o` has a", true},
		{list("o:a=no o:b=no"), list("o:a=yes o:b=no", "o:a=no o:b=yes"), "`o` lacks a and b", true},
		{list("o:a=yes o:b=no"), list("o:a=yes o:b=yes", "o:a=no o:b=no"), "`o` has a, lacks b", true},
		{list("c=tcp o:a=yes"), list("c=udp o:a=yes", "c=tcp o:a=no"), "`c` is tcp, `o` has a", true},
		{list("late=yes"), list("late=no"), "", false},
		{list("c=tcp"), list("c=tcp"), "", false},
		{list("o:a=yes", "o:a=no"), list("o:a=yes"), "", false},
	} {
		got, ok := condition(c.with, c.without, func(*sample) int { return 5 })
		if got != c.want || ok != c.ok {
			t.Errorf("got %q, %v, want %q, %v", got, ok, c.want, c.ok)
		}
	}
}

// Samples that are too much alike, or too different, are refused and not
// written down.
func TestPoorSamplesAreRefused(t *testing.T) {
	m, err := collect()
	if err != nil {
		t.Fatal(err)
	}
	section := func(change func(*structure)) string {
		for _, s := range m.structures() {
			if s.name == "command section" {
				change(s)
				if _, err := s.table(); err != nil {
					return err.Error()
				}
			}
		}
		return ""
	}
	for _, c := range []struct {
		change func(*structure)
		want   string
	}{
		{func(*structure) {}, ""},
		{func(s *structure) { s.samples = s.samples[:1] }, "has one size in all samples"},
		{func(s *structure) { delete(s.letters, codec.FieldAddrDomain) }, "the size of domain has no letter"},
		{func(s *structure) {
			for _, sample := range s.samples {
				sample.facts = nil
			}
		}, "no facts tell when"},
		{func(s *structure) { s.samples[3].find("/version").n = 2 }, "version is not always of 1 bytes"},
		{func(s *structure) { s.samples[3].find("/header-checksum").off++ }, "the place of header-checksum"},
		{func(s *structure) {
			s.when = map[codec.Field]when{codec.FieldAddress: {"always", func(*sample) bool { return true }}}
		}, "address is not there when always"},
	} {
		if got := section(c.change); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestOrderOfDerivedValuesIsHeld(t *testing.T) {
	list := []derived{{field: codec.FieldHeaderKey, formula: "KDF(cmd-key)"}, {field: codec.FieldCmdKey, formula: "MD5(id)"}}
	if err := inOrder(list); err == nil || !strings.Contains(err.Error(), "header-key needs cmd-key") {
		t.Errorf("got %v, want an error about the order", err)
	}
	if err := inOrder(list[1:]); err == nil || !strings.Contains(err.Error(), "no session derives auth-id-key") {
		t.Errorf("got %v, want an error about what is missing", err)
	}
}
