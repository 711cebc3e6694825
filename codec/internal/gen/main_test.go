package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

func TestGeneratedFieldsAreUpToDate(t *testing.T) {
	src, err := os.ReadFile("../wire/field.go")
	if err != nil {
		t.Fatal(err)
	}
	want, err := fields(src)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../fields_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("codec/fields_gen.go is not what the field table gives; run go generate ./codec")
	}
}

func TestFieldsRefusesOtherSources(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"package wire\nconst (", "expected"},
		{"package wire\nvar x = 1\nconst y = 2\n", "no constants"},
		{"package wire\nconst (\n\tFieldNone Field = iota\n\tFieldOne\n)\n", "2 constants for"},
	} {
		if _, err := fields([]byte(c.src)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("fields(%q): got error %v, want one with %q", c.src, err, c.want)
		}
	}
}
