package capture

// mpls takes one label off. Below the last one nothing says what follows, but
// its first four bits do: IP has its version there, and a pseudowire may have
// a control word that begins with 0. Without one, an Ethernet frame is known
// by its type; if its first address begins with 4 or 6 it passes for IP, which
// is why RFC 4928 wants the control word.
func mpls(p []byte) (kind, []byte, bool) {
	const label, control = 4, 4
	if len(p) <= label {
		return 0, nil, false
	}
	bottom := p[2]&1 != 0
	p = p[label:]
	switch {
	case !bottom:
		return kindMPLS, p, true
	case looksLike(kindIPv4, p):
		return kindIPv4, p, true
	case looksLike(kindIPv6, p):
		return kindIPv6, p, true
	case len(p) > control && p[0]>>4 == 0 && looksEthernet(p[control:], 0):
		return kindEthernet, p[control:], true
	case looksEthernet(p, 0):
		return kindEthernet, p, true
	}
	return kindOther, p, true
}
