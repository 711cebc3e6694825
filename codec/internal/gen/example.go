package main

import (
	"bytes"
	"fmt"
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
