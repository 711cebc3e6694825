// Package wire is the one place that knows how a layout is visited.
//
// A structure of the protocol describes itself once, in a layout method that
// names its fields in wire order. The Cursor decides whether that visit
// parses, appends or also traces. Fields are described by the table in
// field.go; errors name the field and its offset; a Trace maps each byte to
// its field. Start with Cursor.
package wire
