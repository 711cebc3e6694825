package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestIDs wants ids that are in order, apart, and found.
func TestIDs(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9-]+(/[a-z0-9-]+)*$`)
	seen := map[string]bool{}
	for _, v := range All() {
		if !form.MatchString(v.ID) || seen[v.ID] {
			t.Errorf("id %q is no id, or there twice", v.ID)
		}
		seen[v.ID] = true
		if got := Find(v.ID); len(got) != 1 || got[0] != v {
			t.Errorf("%s: found %d", v.ID, len(got))
		}
		if v.Title == "" || len(v.Inputs) == 0 || len(v.Steps) == 0 {
			t.Errorf("%s: without a title, inputs or steps", v.ID)
		}
		names := map[string]bool{}
		for _, s := range v.Steps {
			if names[s.Name] || len(s.Value) == 0 {
				t.Errorf("%s: %s is empty, or there twice", v.ID, s.Name)
			}
			names[s.Name] = true
			for _, by := range s.Pinned {
				if Origins[by] == "" {
					t.Errorf("%s: %s is pinned by %q", v.ID, s.Name, by)
				}
			}
		}
	}
	if got := len(Find("request/aead/none")); got != 12+12+6 {
		t.Errorf("%d requests below request/aead/none, want 30", got)
	}
	if Find("request/ae") != nil || Find("") != nil {
		t.Error("half a word finds something")
	}
}

// TestUnchanged holds everything: a vector that somebody has stored must stay
// as it is. New ones change the sum as well; then only additions may be seen
// in the export.
func TestUnchanged(t *testing.T) {
	h := sha256.New()
	for _, v := range All() {
		fmt.Fprintln(h, v.ID, v.Inputs)
		for _, s := range v.Steps {
			fmt.Fprintf(h, "%s %x\n", s.Name, s.Value)
		}
	}
	const want = "5363c1580ce77b5b"
	if got := hex.EncodeToString(h.Sum(nil)[:8]); got != want {
		t.Errorf("%d vectors have the sum %s, want %s", len(All()), got, want)
	}
}

// TestOrder wants each step behind what it is made of.
func TestOrder(t *testing.T) {
	for _, v := range All() {
		at := map[string]int{}
		for i, s := range v.Steps {
			at[s.Name] = i
		}
		for _, pair := range [][2]string{
			{"cmd-key", "auth-id-key"}, {"auth-id-key", "auth-id"}, {"auth-id", "header-length-key"}, {"header-length-plain", "header-length-sealed"},
			{"header-checksum", "command-section"}, {"command-section", "header-sealed"}, {"header-key", "header-sealed"}, {"header-tag", "request"},
			{"legacy-iv", "header-encrypted"}, {"header-encrypted", "request"}, {"request", "chunk.0.chunk"}, {"response", "chunk.0.chunk"},
			{"response-key", "response-length-key"}, {"response-header-nonce", "response-tag"}, {"length-key", "chunk.0.chunk-length-sealed"},
			{"chunk.0.padding-draw", "chunk.0.mask-draw"}, {"chunk.0.mask-draw", "chunk.0.chunk-length-masked"}, {"chunk.0.chunk-nonce", "chunk.0.payload-tag"},
			{"chunk.0.chunk", "chunk.1.mask-draw"}, {"chunk.2.payload-checksum", "chunk.2.chunk-plain"}, {"stream.0", "stream.1"},
		} {
			first, one := at[pair[0]]
			then, two := at[pair[1]]
			if one && two && first > then {
				t.Errorf("%s: %s stands behind %s", v.ID, pair[0], pair[1])
			}
		}
	}
}

func TestCheck(t *testing.T) {
	v := Find("request/worked-example")[0]
	right := map[string][]byte{}
	for _, s := range v.Steps {
		right[s.Name] = s.Value
	}
	if m := v.Check(right); m != nil {
		t.Errorf("right values: %+v", m)
	}
	reversed := slices.Clone(v.Step("header-key").Value)
	slices.Reverse(reversed)
	for _, c := range []struct {
		name, hint string
		value      []byte
	}{
		{"header-key", "its bytes are in the reverse order", reversed},
		{"header-key", "that is the value of header-length-key", v.Step("header-length-key").Value},
		{"cmd-key", "that is the input body-iv", bodyIV[:]},
		{"auth-id-key", "it begins right, and is too long", append(slices.Clone(v.Step("auth-id-key").Value), 1)},
		{"header-nonce", "it begins right, and is too short", v.Step("header-nonce").Value[:4]},
		{"header-nonce", "its length is wrong", []byte("x")},
		{"header-nonce", "", bytes.Repeat([]byte{1}, 12)},
		{"header-nonce", "it is empty", nil},
	} {
		values := map[string][]byte{"request": []byte("wrong, too"), "no such name": nil}
		values[c.name] = c.value
		m := v.Check(values)
		if m == nil || m.Step.Name != c.name || m.Hint != c.hint || v.Steps[m.Index].Name != c.name {
			t.Errorf("%s: %+v, want the hint %q", c.name, m, c.hint)
		}
	}
}

// TestNoSecretWords: values of vectors are public, and so is every name in
// them; the id is one that is printed all over the world.
func TestFormulas(t *testing.T) {
	for _, v := range All() {
		for _, s := range v.Steps {
			if strings.HasSuffix(s.Name, "-key") && s.Formula == "" {
				t.Errorf("%s: %s without a formula", v.ID, s.Name)
			}
		}
	}
}
