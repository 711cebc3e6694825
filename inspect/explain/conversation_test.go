package explain

import (
	"bytes"
	"strings"
	"testing"
)

func TestConversation(t *testing.T) {
	for _, c := range []struct {
		name, text     string
		up, down       string
		isConversation bool
	}{
		{"as build prints it", "up 0102\ndown 0304\n", "\x01\x02", "\x03\x04", true},
		{"several lines of a side", "client: 01\nserver: 03\r\nclient: 02\n\nserver: 04", "\x01\x02", "\x03\x04", true},
		{"arrows", "> 01 02\n", "\x01\x02", "", true},
		{"an answer alone", "down 0304\n", "", "", false},
		{"hex", "0102\n0304\n", "", "", false},
		{"another word", "up 0102\nleft 0304\n", "", "", false},
		{"no hex behind the word", "up hello!\n", "", "", false},
		{"nothing", "", "", "", false},
	} {
		up, down, ok := Conversation([]byte(c.text))
		if ok != c.isConversation || ok && (!bytes.Equal(up, []byte(c.up)) || !bytes.Equal(down, []byte(c.down))) {
			t.Errorf("%s: got %x, %x, %v", c.name, up, down, ok)
		}
	}
}

func TestTypo(t *testing.T) {
	whole := strings.Repeat("a1", 40)
	for text, want := range map[string]string{
		whole:                        "",
		whole + "b":                  "81 digits, an odd number",
		whole[:30] + "g" + whole[:9]: "character 31 is no digit",
		"zz":                         "",
		"a file's name.hex":          "",
		"abcdef":                     "",
	} {
		if got := Typo(text); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q in it", text, got, want)
		}
	}
}
