package tls

import (
	"strconv"

	"vmesskit/inspect/flow"
)

const (
	closeNotify  = 0
	userCanceled = 90
	fatal        = 2
)

// alertNames are IANA's (registry "TLS Alerts").
var alertNames = map[byte]string{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
	30: "decompression_failure", 40: "handshake_failure", 41: "no_certificate", 42: "bad_certificate",
	43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown",
	47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
	60: "export_restriction", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
	86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension",
	110: "unsupported_extension", 111: "certificate_unobtainable", 112: "unrecognized_name",
	113: "bad_certificate_status_response", 114: "bad_certificate_hash_value", 115: "unknown_psk_identity",
	116: "certificate_required", 120: "no_application_protocol", 121: "ech_required",
}

func alertName(b byte) string {
	if name, ok := alertNames[b]; ok {
		return name
	}
	return strconv.Itoa(int(b))
}

// alert takes what this side complains about. After a fatal alert or a
// close_notify it sends no more.
func (d *direction) alert(p []byte) {
	if len(p) != 2 {
		return
	}
	ends := p[0] == fatal || d.s.version() == tls13 && p[1] != userCanceled
	switch {
	case p[1] == closeNotify:
		d.finish()
	case ends:
		d.refuse(alertName(p[1]))
		d.finish()
	}
}

// refuse notes a fatal alert. One of the server, before it sent anything of its
// own, is its answer.
func (d *direction) refuse(name string) {
	l := d.s.layer
	if l.Get("alert") == "" {
		l.Set("alert", d.who()+": "+name)
	}
	if d.server() {
		l.Says = flow.Speech{Protocol: "tls", Detail: "alert " + name}
		if !d.spoke {
			l.Answer = flow.TurnedDown
		}
	}
}

// finish closes the direction from within.
func (d *direction) finish() {
	d.settleLoss()
	d.close(flow.FIN)
	d.die()
	d.s.settle()
}
