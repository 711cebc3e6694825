package codec

import (
	"net/netip"
	"strconv"
	"strings"

	"vmesskit/codec/internal/wire"
)

// AddrType is the kind of a target's host. The numbers are not those of
// SOCKS: 2 is a domain and 3 is IPv6.
type AddrType uint8

const (
	AddrIPv4   AddrType = 1 // 4 bytes
	AddrDomain AddrType = 2 // a length of one byte, then the name
	AddrIPv6   AddrType = 3 // 16 bytes
)

var addrTypeNames = [...]string{AddrIPv4: "ipv4", AddrDomain: "domain", AddrIPv6: "ipv6"}

// String gives "ipv4", "domain", "ipv6" or AddrType(9).
func (t AddrType) String() string { return name(addrTypeNames[:], "AddrType", uint8(t)) }

// Address is where the server is to connect to. Parsing keeps the form of the
// wire; Normalize converts.
type Address struct {
	Port   uint16
	Type   AddrType
	IP     netip.Addr // for AddrIPv4 and AddrIPv6
	Domain string     // for AddrDomain
}

// Layout visits the fields of a in wire order: the port stands first. It is
// for the structures of this module that hold an address, and the only place
// that knows how one is coded; the cursor is internal.
func (a *Address) Layout(c *wire.Cursor) {
	group := c.Begin(wire.FieldAddress)
	c.U16(wire.FieldPort, &a.Port)
	c.U8(wire.FieldAddrType, (*uint8)(&a.Type))
	switch a.Type {
	case AddrIPv4:
		c.IP(wire.FieldAddrIPv4, 4, &a.IP)
	case AddrDomain:
		c.Text8(wire.FieldAddrLength, wire.FieldAddrDomain, &a.Domain)
	case AddrIPv6:
		c.IP(wire.FieldAddrIPv6, 16, &a.IP)
	default:
		c.Fail(wire.FieldAddrType, ErrUnsupported, c.Len()-1, wire.Want(int(a.Type), 1, 3))
	}
	c.End(group)
}

// HostPort makes an address of a host, which is an IP address or a domain.
func HostPort(host string, port uint16) Address {
	a := Address{Port: port, Type: AddrDomain, Domain: host}
	return a.Normalize()
}

// Normalize converts what peers convert: a domain that is an IP literal, and
// an IPv4 address inside IPv6.
func (a Address) Normalize() Address {
	ip := a.IP
	if a.Type == AddrDomain {
		ip = literalIP(a.Domain)
	}
	if !ip.IsValid() {
		return a
	}
	ip = ip.Unmap()
	if ip.Is4() {
		return Address{Port: a.Port, Type: AddrIPv4, IP: ip}
	}
	return Address{Port: a.Port, Type: AddrIPv6, IP: ip}
}

// Validate reports why a careful server would refuse a, or nil. The offset of
// the error is in the address.
func (a *Address) Validate() error {
	c := wire.Appender(nil)
	a.Layout(&c)
	if a.Type == AddrDomain && !domainFits(a.Domain) {
		c.Fail(wire.FieldAddrDomain, ErrMalformed, addrDomain, badDomain)
	}
	return c.Err()
}

// String gives "host:port", with brackets around IPv6.
func (a Address) String() string {
	port := strconv.Itoa(int(a.Port))
	switch a.Type {
	case AddrDomain:
		return a.Domain + ":" + port
	case AddrIPv6:
		return "[" + a.IP.String() + "]:" + port
	}
	return a.IP.String() + ":" + port
}

// literalIP gives the address that a name spells out, with brackets or without,
// or none.
func literalIP(name string) netip.Addr {
	if inner, ok := strings.CutPrefix(name, "["); ok {
		if inner, ok = strings.CutSuffix(inner, "]"); ok {
			name = inner
		}
	}
	ip, err := netip.ParseAddr(name)
	if err != nil || ip.Zone() != "" {
		return netip.Addr{}
	}
	return ip
}

// addrDomain is where a name begins in its address: behind the port, the type
// and the length.
const addrDomain = 4

const badDomain = wire.Detail("name, want letters, digits and . _ -")

// domainFits reports whether servers take the name: digits, letters, dot,
// underscore and hyphen, or an IP literal, which they convert.
func domainFits(s string) bool { return plainName(s) || literalIP(s).IsValid() }

func plainName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return s != ""
}
