package users

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"vmesskit/codec"
)

// Limits of what is read. A file beyond them is refused, not cut.
const (
	MaxFile     = 64 << 20  // bytes of a list
	MaxUsers    = 1_000_000 // users of one input
	MaxAlterIDs = 65535     // alter ids of one user
	maxLabel    = 200       // bytes of a label
)

// User is one user as the owner of a server knows it.
type User struct {
	ID       codec.ID
	AlterIDs int    // 0: the user has no legacy ids
	Label    string // may be empty; callers then name the user by its number, "#1"
	Mapped   bool   // a list has a text in the place of the id, from which peers make one
}

// ParseFile reads a list of users, one in a line:
//
//	ID [alterId] [label]      # comment
//
// A second word of digits is the alterId. The label is the rest of the line and
// may hold spaces. A # at the start of a line or after white space begins a
// comment. name is the file's name for the errors.
func ParseFile(name string, text []byte) ([]User, error) {
	if len(text) > MaxFile {
		return nil, &Error{File: name, Text: strconv.Itoa(len(text)) + " bytes, wanted at most " + strconv.Itoa(MaxFile)}
	}
	text = bytes.TrimPrefix(text, byteOrderMark)
	if first := bytes.TrimSpace(text[:min(len(text), 64)]); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		return nil, &Error{File: name, Text: "this is JSON, wanted one user in a line; a server's configuration is read as such"}
	}
	list := userList{fail: func(n int, text string) error { return &Error{File: name, Line: n, Text: text} }, unit: "line"}
	for n := 1; len(text) > 0; n++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		if err := list.add(n, string(line)); err != nil {
			return nil, err
		}
	}
	if len(list.users) == 0 {
		return nil, &Error{File: name, Text: "no user in it, wanted one in a line: ID [alterId] [label]"}
	}
	return list.users, nil
}

// ParseList reads users as ParseFile does, separated by commas. An empty
// list is fine.
func ParseList(text string) ([]User, error) {
	if len(text) > MaxFile {
		return nil, &Error{Text: strconv.Itoa(len(text)) + " bytes, wanted at most " + strconv.Itoa(MaxFile)}
	}
	list := userList{fail: func(n int, text string) error {
		return &Error{Text: "user " + strconv.Itoa(n) + " of the list: " + text}
	}, unit: "user"}
	n := 0
	for item := range strings.SplitSeq(text, ",") {
		n++
		if err := list.add(n, item); err != nil {
			return nil, err
		}
	}
	return list.users, nil
}

// userList collects users and remembers where each id was, so that the second
// occurrence of one can be told with the place of the first.
type userList struct {
	users []User
	where map[codec.ID]int
	unit  string // what the places count
	fail  func(place int, text string) error
}

func (l *userList) add(place int, entry string) error {
	u, ok, text := parseUser(entry)
	if text != "" {
		return l.fail(place, text)
	}
	if !ok {
		return nil
	}
	if first, dup := l.where[u.ID]; dup {
		return l.fail(place, l.again(&u, first))
	}
	if len(l.users) == MaxUsers {
		return l.fail(place, "more than "+strconv.Itoa(MaxUsers)+" users")
	}
	if l.where == nil {
		l.where = map[codec.ID]int{}
	}
	l.where[u.ID] = place
	l.users = append(l.users, u)
	return nil
}

// again says that an entry has the id of another one. Words in a file that is no
// list are ids as well, so that the file itself may be the mistake.
func (l *userList) again(u *User, first int) string {
	text := "the id of " + l.unit + " " + strconv.Itoa(first) + " again, wanted each id once"
	if u.Mapped {
		text = "a text as the id, the same as in " + l.unit + " " + strconv.Itoa(first) +
			"; if this is a list of users, wanted each id once, and if not, the list: ID [alterId] [label]"
	}
	return text
}

// parseUser reads one entry. ok is false where it has nothing but space and
// comment; wrong says what is wrong with it, and is empty where nothing is.
func parseUser(entry string) (u User, ok bool, wrong string) {
	if !utf8.ValidString(entry) {
		return u, false, "bytes that are not UTF-8, wanted text"
	}
	id, rest := cutWord(dropComment(entry))
	if id == "" {
		return u, false, ""
	}
	if u.ID, wrong = ReadID(id); wrong != "" {
		return u, false, wrong
	}
	if _, err := codec.ParseUUID(id); err != nil {
		u.Mapped = true
	}
	if word, after := cutWord(rest); isNumber(word) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 0 || n > MaxAlterIDs {
			return u, false, "an alterId out of range, wanted 0 to " + strconv.Itoa(MaxAlterIDs)
		}
		u.AlterIDs, rest = n, after
	}
	u.Label = strings.TrimSpace(rest)
	if u.Mapped && HoldsID(u.Label) {
		return u, false, "the first word is read as the id, but an id stands behind it, wanted ID [alterId] [label] in this order"
	}
	return u, true, CheckLabel(u.Label)
}

// ReadID reads an id. wrong describes a bad one without showing it, and is
// empty for a good one.
func ReadID(text string) (id codec.ID, wrong string) {
	id, err := codec.ParseID(text)
	if err != nil {
		return id, "an id of " + strconv.Itoa(len(text)) + " bytes that cannot be read, wanted 32 hex digits with or without hyphens, or a text of 1 to 30 bytes"
	}
	return id, ""
}

// CheckLabel says what is wrong with a label; nothing for a good one.
func CheckLabel(label string) (wrong string) {
	if len(label) > maxLabel {
		return "a label of " + strconv.Itoa(len(label)) + " bytes, wanted at most " + strconv.Itoa(maxLabel)
	}
	// A label is printed on terminals, where control characters act.
	if strings.ContainsFunc(label, unicode.IsControl) {
		return "a control character in a label, wanted printable text"
	}
	return ""
}

// HoldsID tells whether a label has an id in its literal form in it, also with
// more behind. Labels are printed and ids are not, so that such a label must
// not be used: it comes from a list whose columns are in another order.
func HoldsID(label string) bool {
	for i := range len(label) {
		if i > 0 && isWordByte(label[i-1]) {
			continue
		}
		if _, found := CutID(label[i:]); found {
			return true
		}
	}
	return false
}

// CutID cuts an id in its literal form off the beginning of a text.
func CutID(text string) (after string, found bool) {
	s := text
	for i, digits := range [...]int{8, 4, 4, 4, 12} {
		if i > 0 {
			s = strings.TrimPrefix(s, "-")
		}
		if len(s) < digits || strings.Trim(s[:digits], "0123456789abcdefABCDEF") != "" {
			return text, false
		}
		s = s[digits:]
	}
	return s, true
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// dropComment cuts a # and what follows, where the # begins a word.
func dropComment(s string) string {
	for i := range len(s) {
		if s[i] == '#' && (i == 0 || isSpace(s[i-1])) {
			return s[:i]
		}
	}
	return s
}

var byteOrderMark = []byte("\xef\xbb\xbf")

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func cutWord(s string) (word, rest string) {
	s = strings.TrimSpace(s)
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// isNumber tells a number, also one with a sign, from the start of a label.
func isNumber(word string) bool {
	digits := strings.TrimLeft(word, "+-")
	return digits != "" && len(word)-len(digits) <= 1 && strings.Trim(digits, "0123456789") == ""
}
