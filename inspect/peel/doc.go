// Package peel deals with what is around VMess, or in its place: it names what
// the first bytes of a flow look like.
//
// Start with Recognise, the stage between the capture and the sessions. The
// tells are in speech.go and http.go: a row of the table is a function from
// the first bytes to a Speech. Bytes are judged, never port numbers.
package peel
