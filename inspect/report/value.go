package report

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"vmesskit/codec"
)

// decoded says what the bytes of a field mean, or nothing where they mean no
// more than themselves.
func decoded(f codec.Field, b []byte) string {
	info := f.Info()
	switch info.Form {
	case codec.FormText:
		return strconv.Quote(string(b))
	case codec.FormIP:
		if a, ok := netip.AddrFromSlice(b); ok {
			return a.String()
		}
	case codec.FormUnix:
		if len(b) == 8 {
			return unixValue(int64(binary.BigEndian.Uint64(b)))
		}
	case codec.FormUint, codec.FormEnum, codec.FormFlags:
		if len(b) > 0 && len(b) <= 8 {
			return number(f, info, b)
		}
	}
	return ""
}

func unixValue(t int64) string {
	n := strconv.FormatInt(t, 10)
	if s := unixTime(t); s != "" {
		return s + " (" + n + ")"
	}
	return n
}

// number reads a big-endian number and gives its name where it has one.
func number(f codec.Field, info *codec.FieldInfo, b []byte) string {
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	if info.Mask != 0 {
		v = v & uint64(info.Mask) >> bits.TrailingZeros8(info.Mask)
	}
	switch {
	case info.Form == codec.FormFlags:
		words := strings.Join(codec.Option(v).Names(nil), ", ")
		if words == "" {
			words = "none"
		}
		return words + " (0x" + strconv.FormatUint(v, 16) + ")"
	case info.Form == codec.FormEnum:
		return enumName(f, uint8(v)) + " (" + strconv.FormatUint(v, 10) + ")"
	case len(b) == 4: // a checksum: the only numbers of this size
		s := strconv.FormatUint(v, 16)
		return "0x" + strings.Repeat("0", 8-len(s)) + s
	}
	return strconv.FormatUint(v, 10)
}

func enumName(f codec.Field, v uint8) string {
	switch f {
	case codec.FieldSecurity:
		return codec.Security(v).String()
	case codec.FieldCommand:
		return codec.Command(v).String()
	case codec.FieldAddrType:
		return codec.AddrType(v).String()
	case codec.FieldResponseCommand:
		return codec.ResponseCommand(v).String()
	}
	return "value"
}

// sharedBits shows the bits that a field takes of a byte: "0011 ....".
func sharedBits(mask, v uint8) string {
	var b []byte
	for i := 7; i >= 0; i-- {
		switch {
		case mask>>i&1 == 0:
			b = append(b, '.')
		default:
			b = append(b, '0'+v>>i&1)
		}
		if i == 4 {
			b = append(b, ' ')
		}
	}
	return string(b)
}

// noteText says what a lenient reader let pass.
func noteText(e *codec.Error) string {
	s := strings.TrimPrefix(e.Kind.Error(), "vmess: ")
	if e.Err != nil {
		s += " " + e.Err.Error()
	}
	return s
}
