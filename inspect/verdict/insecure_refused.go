package verdict

import "vmesskit/inspect/session"

var insecureRefusedKind = Kind{
	ID:    "insecure-refused",
	Title: "a valid header, but the server does not accept this security",
	Next:  "set security to auto or aes-128-gcm on the client, or remove disableInsecureEncryption from the server",
	Sure:  Likely,
}

// insecureRefused: a cipher without a tag, a server that hung up and has
// answered none such in this capture.
func insecureRefused(j *judge, f *session.Facts) (Verdict, bool) {
	if !insecure(f) || answered(f) || j.server(f).insecure {
		return Verdict{}, false
	}
	e := append([]Item{{"security", f.Header.Security.String()}}, closing(f)...)
	return insecureRefusedKind.verdict(
		"the header is right, but its security is "+f.Header.Security.String()+" and the server closed without an answer: it has disableInsecureEncryption set, or no such cipher",
		e...,
	), true
}
