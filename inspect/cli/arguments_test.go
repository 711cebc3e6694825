package cli

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"json", "id-file", "id", "no-hash", "n", "tree", "show-secrets"}
	for _, c := range []struct{ word, want string }{
		{"jsn", "json"}, {"josn", "json"}, {"JSON", ""}, {"idfile", "id-file"}, {"ids", "id"}, {"nohash", "no-hash"},
		{"show", "show-secrets"}, {"secrets", ""}, {"x", ""}, {"", ""}, {"tre", "tree"}, {"three", "tree"}, {"id-", "id"},
	} {
		if got := nearest(c.word, names); got != c.want {
			t.Errorf("%q: got %q, want %q", c.word, got, c.want)
		}
	}
}
