// Package inner gives out what sessions carried, when their capture is read
// again: as conversations in a pcapng file (Conversations), as a file for each
// direction (Files), and as the dialogue of one session (Dialogue). Each makes a
// session.Tap for a session that the first reading has reported.
//
// Nothing is kept of what passes. An error of the output stays with the one who
// writes it, which tells it at the end: a tap has nobody to give it to.
package inner
