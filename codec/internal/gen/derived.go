package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"vmesskit/codec"
)

// exampleHeader is that of the worked example in testdata/vectors, which sing
// sealed.
func exampleHeader() codec.RequestHeader {
	h := sampleHeader(0x1011)
	h.Padding = make([]byte, 13)
	return h
}

// exampleTalks are sessions with the keys of the example, which together derive
// everything. The first one is the example itself.
func exampleTalks() (list []talk) {
	first := talk{
		scheme: codec.AEAD, header: exampleHeader(),
		up: []string{"GET / HTTP/1.1\r\n"}, down: []string{"HTTP/1.1 204 No Content\r\n\r\n"},
	}
	padded, authenticated, chacha, legacy := first, first, first, first
	padded.header.Option |= codec.GlobalPadding
	authenticated.header.Option |= codec.AuthenticatedLength
	chacha.header.Security = codec.SecurityChaCha20Poly1305
	legacy.scheme, legacy.header.Security = codec.Legacy, codec.SecurityAES128CFB
	return []talk{first, padded, authenticated, chacha, legacy}
}

// derived is a value that is computed, one way to compute it, and what that
// gives in the example.
type derived struct {
	field   codec.Field
	formula string
	value   []byte
	scheme  codec.Scheme // of the first session that derived it
}

// derivedValues gives every value that is computed in sessions, in an order in
// which each one needs only what is in front of it.
func derivedValues(list []exchange, talks []talk) ([]derived, error) {
	var out []derived
	for i, e := range list {
		for _, b := range e.trace.Buffers {
			known := slices.ContainsFunc(out, func(d derived) bool { return d.field == b.Field && d.formula == b.Formula })
			if b.Derived() && !known {
				out = append(out, derived{b.Field, b.Formula, b.Data, talks[i].scheme})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b derived) int { return int(a.field) - int(b.field) })
	return out, inOrder(out)
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	nameOnly = regexp.MustCompile(`[a-z][a-z0-9]*(-[a-z0-9]+)*`)
)

// inOrder refuses a value that is needed in front of its own place, and the
// field table's other derived values if no session has them.
func inOrder(list []derived) error {
	at := map[string]int{}
	for i, d := range list {
		if _, ok := at[d.field.String()]; !ok {
			at[d.field.String()] = i
		}
	}
	for i, d := range list {
		for _, name := range nameOnly.FindAllString(quoted.ReplaceAllString(d.formula, ""), -1) {
			if need, ok := at[name]; ok && need > i {
				return fmt.Errorf("%s needs %s, which is derived behind it", d.field, name)
			}
		}
	}
	for f := codec.FieldCmdKey; int(f) <= codec.Fields(); f++ {
		if _, ok := at[f.String()]; !ok {
			return fmt.Errorf("no session derives %s", f)
		}
	}
	return nil
}

// derivedText writes the values with their formulas.
func derivedText(list []derived) string {
	var b strings.Builder
	for i, d := range list {
		info := d.field.Info()
		again := i > 0 && list[i-1].field == d.field
		several := again || i+1 < len(list) && list[i+1].field == d.field
		head := info.Name
		if several {
			head += " (" + d.scheme.String() + ")"
		}
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s = %s\n", head, d.formula)
		if !again {
			fmt.Fprintf(&b, "    %s\n", info.Doc)
		}
		fmt.Fprintf(&b, "    %d bytes: %s\n", len(d.value), hex.EncodeToString(d.value))
	}
	return b.String()
}

// seal is how bytes of the wire are made of others.
type seal struct{ made, of string }

// seals are the formulas of all that is encrypted, hashed or masked and is no
// derived value. A test computes each.
var seals = [][]seal{
	{
		{"auth-checksum", "CRC32(auth-time || auth-random)"},
		{"auth-id", "AES(auth-id-key, auth-id-plain)"},
		{"header-length-sealed || header-length-tag", "GCM(header-length-key, header-length-nonce, header-length, auth-id)"},
		{"header-checksum", "FNV1a(command-section[0:-4])"},
		{"header-sealed || header-tag", "GCM(header-key, header-nonce, command-section, auth-id)"},
	},
	{
		{"legacy-auth", "HMAC-MD5(id, time)"},
		{"header-encrypted", "CFB(cmd-key, legacy-iv, command-section)"},
	},
	{
		{"response-length-sealed || response-length-tag", "GCM(response-length-key, response-length-nonce, response-length)"},
		{"switch-checksum", "FNV1a(switch-account[4:])"},
		{"response-sealed || response-tag", "GCM(response-header-key, response-header-nonce, response-plain)"},
		{"response-encrypted", "CFB(response-key, response-iv, response-plain)"},
	},
	{
		{"chunk-length-masked", "chunk-length XOR mask-draw"},
		{"chunk-length-sealed || chunk-length-tag", "AEAD(length-key, length-nonce, chunk-length)"},
		{"payload-sealed || payload-tag", "AEAD(key, chunk-nonce, payload)"},
		{"payload-checksum", "FNV1a(payload-plain)"},
		{"chunk-encrypted", "CFB(key, iv, chunk-plain)"},
	},
}

// alterIDs is the formula of an alter id.
const alterIDs = `MD5(id || "16167dc8-16b6-4e6d-b8bb-65dd68113a81")`

func sealsText() string {
	var b strings.Builder
	for i, group := range seals {
		if i > 0 {
			b.WriteString("\n")
		}
		width := 0
		for _, s := range group {
			width = max(width, len(s.made))
		}
		for _, s := range group {
			fmt.Fprintf(&b, "%-*s = %s\n", width, s.made, s.of)
		}
	}
	return b.String()
}

// exampleText writes the bytes of a direction with their fields, and what came
// out of sealed ones below them.
func exampleText(t *codec.Trace, wire codec.Field) string {
	var b bytes.Buffer
	for i := range t.Buffers {
		if t.Buffers[i].Field == wire {
			writeBuffer(&b, t, i, "")
		}
	}
	return b.String()
}

func writeBuffer(b *bytes.Buffer, t *codec.Trace, buffer int, indent string) {
	data := t.Buffers[buffer].Data
	for i, s := range t.Spans {
		if s.Buffer != buffer || s.Field.Info().Form == codec.FormGroup {
			continue
		}
		label := s.Field.String() + value(s.Field, data[s.Off:s.Off+s.Len])
		if mask := s.Field.Info().Mask; mask == 0x0F {
			label = "  " + label // the byte stands in the line above
			fmt.Fprintf(b, "%s%4s  %-32s  %s\n", indent, "", "", strings.TrimSpace(label))
			continue
		}
		for off := 0; off < s.Len; off += 16 {
			line := data[s.Off+off : s.Off+min(off+16, s.Len)]
			fmt.Fprintf(b, "%s\n", strings.TrimRight(fmt.Sprintf("%s%4d  %-32x  %s", indent, s.Off+off, line, label), " "))
			label = ""
		}
		for j := range t.Buffers {
			if o := &t.Buffers[j]; o.From == i && !o.Derived() {
				fmt.Fprintf(b, "%s      opened:\n", indent)
				writeBuffer(b, t, j, indent+"      ")
			}
		}
	}
}

// value reads the bytes of a field, if they can be read.
func value(f codec.Field, b []byte) string {
	switch info := f.Info(); {
	case info.Form == codec.FormUint && info.Size <= 2:
		return fmt.Sprint(" ", number(b, f))
	case info.Form == codec.FormText:
		return " " + string(b)
	case info.Form == codec.FormUnix:
		return fmt.Sprint(" ", sampleTime)
	case info.Form == codec.FormEnum && info.Mask != 0:
		return " " + enumWord(f, b[0]&info.Mask)
	case info.Form == codec.FormEnum:
		return " " + enumWord(f, b[0])
	case info.Form == codec.FormFlags:
		return " " + strings.Join(flagWords(f, b[0]), " ")
	case f == codec.FieldPayloadPlain:
		return fmt.Sprintf(" %q", b)
	}
	return ""
}
