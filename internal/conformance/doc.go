// Command conformance runs the decoder over every capture of a manifest and
// compares what it prints with what is known of each: users, headers, the
// plaintext of each connection and direction, datagrams, and the verdicts.
//
//	go run ./internal/conformance testdata/captures/manifest.json
//
// It reads the decoder's JSON lines, as any other program would, and holds
// them against the schema that the command prints. Each sub-connection of a mux
// and each datagram is compared by itself; of a wrapping that is not opened, the
// verdicts are. A line is printed for each capture, and a total; the exit status is 1 on any
// difference. -run NAME keeps the captures whose name contains NAME; -v prints
// all differences of a capture.
package main
