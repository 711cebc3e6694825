package harness

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// The words of SOCKS version 5 (RFC 1928) that are used here.
const (
	socksVersion   = 5
	socksConnect   = 1
	socksAssociate = 3
	socksIPv4      = 1
	socksDomain    = 3
	socksIPv6      = 4
)

// socksDial asks the proxy at port for a command and a target, and gives the
// connection and the address of the answer.
func socksDial(port int, command byte, target string, deadline time.Time) (*net.TCPConn, netip.AddrPort, error) {
	var bound netip.AddrPort
	c, err := net.Dial("tcp", address{loopback, port}.String())
	if err != nil {
		return nil, bound, err
	}
	c.SetDeadline(deadline)
	request, err := socksAddress([]byte{socksVersion, command, 0}, target)
	if err == nil {
		_, err = c.Write([]byte{socksVersion, 1, 0}) // without authentication
	}
	if err == nil {
		err = socksExpect(c, []byte{socksVersion, 0})
	}
	if err == nil {
		_, err = c.Write(request)
	}
	if err == nil {
		err = socksExpect(c, []byte{socksVersion, 0, 0, socksIPv4})
	}
	var rest [6]byte
	if err == nil {
		_, err = io.ReadFull(c, rest[:])
	}
	if err != nil {
		c.Close()
		return nil, bound, fmt.Errorf("SOCKS: %w", err)
	}
	bound = netip.AddrPortFrom(netip.AddrFrom4([4]byte(rest[:4])), binary.BigEndian.Uint16(rest[4:]))
	return c.(*net.TCPConn), bound, nil
}

func socksExpect(r io.Reader, want []byte) error {
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil {
		return err
	}
	if string(got) != string(want) {
		return fmt.Errorf("answer %x, want %x", got, want)
	}
	return nil
}

// socksAddress appends a target.
func socksAddress(dst []byte, target string) ([]byte, error) {
	host, service, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, err
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		dst = append(append(dst, socksDomain, byte(len(host))), host...)
	case ip.Is4():
		dst = append(append(dst, socksIPv4), ip.AsSlice()...)
	default:
		dst = append(append(dst, socksIPv6), ip.AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(dst, uint16(port)), nil
}

// socksPayload is what a datagram of the proxy carries.
func socksPayload(p []byte) ([]byte, error) {
	n := 4
	if len(p) > n {
		switch p[3] {
		case socksIPv4:
			n += 4
		case socksIPv6:
			n += 16
		case socksDomain:
			n += 1 + int(p[4])
		}
	}
	if n += 2; len(p) < n {
		return nil, fmt.Errorf("SOCKS: a datagram of %d bytes, want at least %d", len(p), n)
	}
	return p[n:], nil
}
