package codec

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// github.com/google/uuid is the oracle.

func TestParseUUIDAgainstGoogle(t *testing.T) {
	for i := range uint64(200) {
		want := uuid.UUID(random(i, 16))
		text := want.String()
		for _, form := range []string{text, strings.ToUpper(text), strings.ReplaceAll(text, "-", ""),
			strings.ToUpper(strings.ReplaceAll(text, "-", ""))} {
			for label, parse := range map[string]func(string) (ID, error){"ParseUUID": ParseUUID, "ParseID": ParseID} {
				if got, err := parse(form); err != nil || got != ID(want) {
					t.Fatalf("%s(%q): got %v, %v, want %v", label, form, got, err, want)
				}
			}
		}
		if got := ID(want).String(); got != text {
			t.Fatalf("got text %q, want %q", got, text)
		}
	}
}

func TestMapIDAgainstGoogle(t *testing.T) {
	for _, text := range []string{"a", "example", "пример", "日本", "with space", strings.Repeat("x", 30), "\x00", ""} {
		if got, want := MapID(text), uuid.NewSHA1(uuid.Nil, []byte(text)); uuid.UUID(got) != want {
			t.Errorf("MapID(%q): got %v, want %v", text, got, want)
		}
	}
	for n := 1; n <= maxMappedText; n++ {
		text := strings.Repeat("z", n)
		if got, err := ParseID(text); err != nil || got != MapID(text) {
			t.Errorf("ParseID of %d bytes: got %v, %v, want it mapped", n, got, err)
		}
	}
}

func TestParseIDRefuses(t *testing.T) {
	good := testID.String()
	for _, c := range []struct{ label, text, want string }{
		{"nothing", "", "vmess: user: id at 0: malformed length, want a UUID of 36 or 32 bytes or a text of 1 to 30"},
		{"31 bytes", strings.Repeat("a", 31), "vmess: user: id at 31: malformed length"},
		{"33 bytes", strings.Repeat("a", 33), "vmess: user: id at 33: malformed length"},
		{"35 bytes", good[:35], "vmess: user: id at 35: malformed length"},
		{"37 bytes", good + "0", "vmess: user: id at 37: malformed length"},
		{"braces", "{" + good + "}", "vmess: user: id at 38: malformed length"},
		{"a letter", "g" + good[1:], "vmess: user: id at 0: malformed character, want a hexadecimal digit"},
		{"a second letter", "0x" + good[2:], "vmess: user: id at 1: malformed character, want a hexadecimal digit"},
		{"no hyphen", good[:13] + "0" + good[14:], "vmess: user: id at 13: malformed character, want a hyphen"},
		{"a hyphen too many", "-" + good[1:], "vmess: user: id at 0: malformed character, want a hexadecimal digit"},
		{"a letter in 32", strings.Repeat("0", 31) + "G", "vmess: user: id at 31: malformed character, want a hexadecimal digit"},
	} {
		id, err := ParseID(c.text)
		if id != (ID{}) || err == nil || !strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, %q, want %q", c.label, id, err, c.want)
		}
		if len(c.text) > 2 && strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: the error repeats the text", c.label)
		}
	}
	if _, err := ParseUUID("example"); !errors.Is(err, ErrMalformed) {
		t.Errorf("ParseUUID maps nothing, got %v", err)
	}
}

// The branch of the alter id chain that nobody has seen: it is there, and it
// gives another id.
func TestRefeedOfAlterIDs(t *testing.T) {
	fed := []byte("fed")
	first := refeedAlterID(append([]byte(nil), fed...), ID{})
	if first == (ID{}) {
		t.Error("got the id that was to be avoided")
	}
	if second := refeedAlterID(append([]byte(nil), fed...), first); second == first {
		t.Error("got the same id again")
	} else if want := refeedAlterID(append(fed, alterIDAgain...), ID{}); second != want {
		t.Errorf("got %v, want one feed more, %v", second, want)
	}
	chain := AlterIDs([]ID{testID}, testID, 3)
	for i := range 3 {
		if chain[i+1] != NextAlterID(chain[i]) {
			t.Errorf("alter id %d does not follow from the one before it", i)
		}
	}
}
