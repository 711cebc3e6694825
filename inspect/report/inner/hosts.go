package inner

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"vmesskit/inspect/capture"
)

// hosts gives names an address. Packets have none else, and what a name meant
// to the server is not in the capture.
type hosts struct {
	w     *capture.Writer
	given map[string]netip.Addr
	taken map[uint32]bool // addresses of given, as offsets in the range
}

// The addresses that stand for names: those for benchmarks, which are nobody's
// (RFC 2544, RFC 5180).
const (
	range4   = 198<<24 | 18<<16 // 198.18.0.0/15
	size4    = 1 << 17
	maxHosts = size4 / 2 // so that a free one is found soon
)

var range6 = [6]byte{0x20, 0x01, 0x00, 0x02} // 2001:2::/48

// unknownHost stands for a target that the capture does not show.
const unknownHost = "unknown.invalid"

// endpoint gives the address of "host:port", and tells the file's reader how it
// is called if it stands for a name.
func (h *hosts) endpoint(target string) netip.AddrPort {
	host, port := splitTarget(target)
	if ip, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(ip.WithZone(""), port)
	}
	if host == "" {
		host = unknownHost
	}
	return netip.AddrPortFrom(h.address(strings.ToLower(host)), port)
}

// splitTarget takes "host:port" apart. IPv6 is in brackets.
func splitTarget(target string) (host string, port uint16) {
	i := strings.LastIndexByte(target, ':')
	if i < 0 {
		return target, 0
	}
	n, err := strconv.ParseUint(target[i+1:], 10, 16)
	if err != nil {
		return target, 0
	}
	return strings.TrimSuffix(strings.TrimPrefix(target[:i], "["), "]"), uint16(n)
}

// address gives the address that stands for a name: as far as may be the same
// one in every file, since it begins to look where the name's hash says. Those
// beyond the first maxHosts have the hash in an address of IPv6, and are not
// remembered.
func (h *hosts) address(name string) netip.Addr {
	if a, ok := h.given[name]; ok {
		return a
	}
	sum := sha256.Sum256([]byte(name))
	if len(h.given) >= maxHosts {
		var b [16]byte
		copy(b[copy(b[:], range6[:]):], sum[:])
		h.w.Name(netip.AddrFrom16(b), label(name))
		return netip.AddrFrom16(b)
	}
	n := binary.BigEndian.Uint32(sum[:]) % size4
	for h.taken[n] || n == 0 || n == size4-1 {
		n = (n + 1) % size4
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], range4+n)
	a := netip.AddrFrom4(b)
	h.given[name], h.taken[n] = a, true
	h.w.Name(a, label(name))
	return a
}

// label makes a name fit to be one in a file of names.
func label(name string) string { return strings.ReplaceAll(printable(name), " ", "_") }

// printable makes a text of the network's fit to be shown.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, s)
}
