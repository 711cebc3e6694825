package users

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vmesskit/codec"
)

const (
	id1 = "66ad4540-b58c-4ad2-9926-ea63445a9b57"
	id2 = "3f1c9a52-6d0e-4b7a-9c41-8e2b5d7f0a16"
	id3 = "3f1c9a526d0e4b7a9c418e2b5d7f0a17"
)

func mustID(t *testing.T, text string) codec.ID {
	t.Helper()
	id, err := codec.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestParseFile(t *testing.T) {
	one, two, three := mustID(t, id1), mustID(t, id2), mustID(t, id3)
	for _, c := range []struct {
		name, text string
		want       []User
	}{
		{"id alone", id1, []User{{ID: one}}},
		{"all three words", id1 + " 4 alice\n", []User{{ID: one, AlterIDs: 4, Label: "alice"}}},
		{"label without alterId", id1 + " alice", []User{{ID: one, Label: "alice"}}},
		{"label with spaces", id1 + "\t64  alice of the mill ", []User{{ID: one, AlterIDs: 64, Label: "alice of the mill"}}},
		{"label that begins with a digit", id1 + " 4 2nd phone", []User{{ID: one, AlterIDs: 4, Label: "2nd phone"}}},
		{"word that only begins with digits", id1 + " 4th", []User{{ID: one, Label: "4th"}}},
		{"alterId alone", id1 + " 0", []User{{ID: one}}},
		{"largest alterId", id1 + " 65535", []User{{ID: one, AlterIDs: 65535}}},
		{"comments", "# users\n" + id1 + " 4 # office\n  # none\n" + id2 + " a#b\n", []User{{ID: one, AlterIDs: 4}, {ID: two, Label: "a#b"}}},
		{"blank lines and CRLF", "\r\n" + id1 + " 1 a\r\n\r\n" + id2 + "\r\n", []User{{ID: one, AlterIDs: 1, Label: "a"}, {ID: two}}},
		{"byte order mark", "\ufeff" + id1, []User{{ID: one}}},
		{"without hyphens, upper case", strings.ToUpper(id3), []User{{ID: three}}},
		{"free text is mapped", "example 0 e", []User{{ID: mustID(t, "feb54431-301b-52bb-a6dd-e1e93e81bb9e"), Label: "e", Mapped: true}}},
		{"not ASCII", id1 + " Zoë", []User{{ID: one, Label: "Zoë"}}},
	} {
		got, err := ParseFile("users.txt", []byte(c.text))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestParseFileErrors(t *testing.T) {
	const badID = "an id of %d bytes that cannot be read, wanted 32 hex digits with or without hyphens, or a text of 1 to 30 bytes"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "users.txt: no user in it, wanted one in a line: ID [alterId] [label]"},
		{"comments only", "# nobody\n\n", "users.txt: no user in it, wanted one in a line: ID [alterId] [label]"},
		{"digit missing", "\n" + id1[:35], "users.txt:2: " + fmt.Sprintf(badID, 35)},
		{"not hexadecimal", id1[:35] + "g", "users.txt:1: " + fmt.Sprintf(badID, 36)},
		{"too long a text", strings.Repeat("k", 31), "users.txt:1: " + fmt.Sprintf(badID, 31)},
		{"alterId too large", id1 + " 65536", "users.txt:1: an alterId out of range, wanted 0 to 65535"},
		{"alterId beyond every integer", id1 + " 99999999999999999999999", "users.txt:1: an alterId out of range, wanted 0 to 65535"},
		{"alterId negative", id1 + " -1 x", "users.txt:1: an alterId out of range, wanted 0 to 65535"},
		{"same id twice", id2 + " a\n# b\n" + strings.ToUpper(id2) + " c", "users.txt:3: the id of line 1 again, wanted each id once"},
		{"same id without hyphens", id2 + "\n" + strings.ReplaceAll(id2, "-", ""), "users.txt:2: the id of line 1 again, wanted each id once"},
		{"same text twice", id2 + "\nthe day\nthe night", "users.txt:3: a text as the id, the same as in line 2; if this is a list of users, wanted each id once, and if not, the list: ID [alterId] [label]"},
		{"label in front", "alice " + id1, "users.txt:1: the first word is read as the id, but an id stands behind it, wanted ID [alterId] [label] in this order"},
		{"escape sequence in a label", id1 + " a\x1b[31m", "users.txt:1: a control character in a label, wanted printable text"},
		{"label too long", id1 + " " + strings.Repeat("l", 201), "users.txt:1: a label of 201 bytes, wanted at most 200"},
		{"not text", id1 + "\n\xff\xfe", "users.txt:2: bytes that are not UTF-8, wanted text"},
	} {
		got, err := ParseFile("users.txt", []byte(c.text))
		if err == nil || err.Error() != c.want || got != nil {
			t.Errorf("%s: got %v, %v; want the error %q", c.name, got, err, c.want)
		}
	}
}

func TestParseFileTooLarge(t *testing.T) {
	_, err := ParseFile("users.txt", make([]byte, MaxFile+1))
	want := "users.txt: 67108865 bytes, wanted at most 67108864"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestTooManyUsers(t *testing.T) {
	list := userList{fail: func(n int, text string) error { return &Error{Line: n, Text: text} }, users: make([]User, MaxUsers)}
	err := list.add(MaxUsers+1, id1)
	want := "1000001: more than 1000000 users"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestParseList(t *testing.T) {
	one, two := mustID(t, id1), mustID(t, id2)
	for _, c := range []struct {
		text string
		want []User
	}{
		{"", nil},
		{" , ", nil},
		{id1, []User{{ID: one}}},
		{id1 + "," + id2, []User{{ID: one}, {ID: two}}},
		{" " + id1 + " 4 alice b ,\n" + id2 + " 1,", []User{{ID: one, AlterIDs: 4, Label: "alice b"}, {ID: two, AlterIDs: 1}}},
	} {
		got, err := ParseList(c.text)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: got %v, %v; want %v", c.text, got, err, c.want)
		}
	}
	for _, c := range []struct{ text, want string }{
		{id1 + "," + id1, "user 2 of the list: the id of user 1 again, wanted each id once"},
		{"," + id1 + " 70000", "user 2 of the list: an alterId out of range, wanted 0 to 65535"},
	} {
		_, err := ParseList(c.text)
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestErrorHasPlace(t *testing.T) {
	_, err := ParseFile("u", []byte("\n\n"+id1+" 70000"))
	var e *Error
	if !errors.As(err, &e) || e.File != "u" || e.Line != 3 || e.Column != 0 {
		t.Errorf("got %#v, want file u, line 3", err)
	}
}

// What is wrong must be told without repeating it: a typo in an id leaves most
// of the id readable.
func TestErrorsKeepSecrets(t *testing.T) {
	for i := range len(id1) {
		text := id1[:i] + "~" + id1[i+1:]
		_, err := ParseFile("users.txt", []byte(text+" 4 alice"))
		checkNoSecret(t, err, id1, text)
	}
	for i := 31; i < len(id1); i++ {
		_, err := ParseList(id1[:i])
		checkNoSecret(t, err, id1)
	}
}

func TestHoldsID(t *testing.T) {
	bare := strings.ReplaceAll(id1, "-", "")
	for _, c := range []struct {
		label string
		want  bool
	}{
		{"", false},
		{"alice", false},
		{id1, true},
		{strings.ToUpper(id1), true},
		{bare, true},
		{"4 " + id1 + " alice", true},
		{"a=" + bare + "0", true},
		{id1[:8] + id1[9:], true},
		{"_" + id1, false},
		{"é" + id1, true},
		{id1[:35], false},
		{"0" + id1, false},
		{strings.Replace(id1, "-", "--", 1), false},
		{strings.Replace(id1, "-", " ", 1), false},
		{id1[:35] + "g", false},
	} {
		if got := HoldsID(c.label); got != c.want {
			t.Errorf("%q: got %v, want %v", c.label, got, c.want)
		}
	}
}

// An expression says the same as the loops, in more bytes of WebAssembly.
func TestHoldsIDAsAnExpression(t *testing.T) {
	expr := regexp.MustCompile(`(?i)\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}`)
	rapid.Check(t, func(t *rapid.T) {
		label := rapid.StringMatching(`[a-g_ -]{0,2}[0-9a-fA-F]{8}-?[0-9a-f]{3,4}-{0,2}[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9A-F]{11,13}[x-]?`).Draw(t, "label")
		if got, want := HoldsID(label), expr.MatchString(label); got != want {
			t.Errorf("%q: got %v, want %v", label, got, want)
		}
	})
}

// checkNoSecret wants an error with no four bytes in a row of a secret.
func checkNoSecret(t *testing.T, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, s := range secrets {
		for i := range len(s) - 3 {
			if strings.Contains(err.Error(), s[i:i+4]) {
				t.Errorf("error %q shows %q of a secret", err, s[i:i+4])
				return
			}
		}
	}
}
