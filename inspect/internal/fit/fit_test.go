package fit

import (
	"slices"
	"testing"
)

func TestLinesAndWords(t *testing.T) {
	for _, c := range []struct {
		s            string
		n            int
		words, lines []string
	}{
		{"", 5, []string{""}, []string{""}},
		{"a bc def", 4, []string{"a bc", "def"}, []string{"a bc", "def"}},
		{"  a \n b\t", 9, []string{"a b"}, []string{"a b"}},
		{"a abcdefg b", 3, []string{"a", "abcdefg", "b"}, []string{"a", "abc", "def", "g b"}},
		{"x " + Unbroken("a b c") + " d", 5, []string{"x", "a b c", "d"}, []string{"x", "a b c", "d"}},
		{"日本 語", 5, []string{"日本", "語"}, []string{"日本", "語"}},
		{"日本語", 5, []string{"日本語"}, []string{"日本", "語"}},
		{"日", 1, []string{"日"}, []string{"日"}},
	} {
		if got := Words(c.s, c.n); !slices.Equal(got, c.words) {
			t.Errorf("words of %q in %d: got %q, want %q", c.s, c.n, got, c.words)
		}
		if got := Lines(c.s, c.n); !slices.Equal(got, c.lines) {
			t.Errorf("lines of %q in %d: got %q, want %q", c.s, c.n, got, c.lines)
		}
	}
	if got := Lines("a  "+Unbroken("b c"), 0); !slices.Equal(got, []string{"a  b c"}) {
		t.Errorf("without a bound: %q", got)
	}
}

func TestHead(t *testing.T) {
	for n, want := range []string{"", "a", "a", "a日", "a日b", "a日b"} {
		if got := Head("a日b", n); got != want || Cells(got) > n {
			t.Errorf("%d columns: got %q, want %q", n, got, want)
		}
	}
}
