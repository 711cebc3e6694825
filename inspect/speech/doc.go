// Package speech names what the first bytes of a side look like: HTTP, TLS,
// SSH, DNS and so on. Bytes are judged, never port numbers.
//
// Start with Ear, which listens to a side until it knows. The tells are in
// tells.go and http.go: a row of the table is a function from the first bytes
// to a flow.Speech. What looks random, as VMess does, has no name.
package speech
