// Damage decodes every capture of a manifest again and again, each time with
// another damage, and fails where the decoder breaks a promise: it neither
// panics nor holds more memory than it says, and what it gives as plaintext was
// sent.
//
//	go run ./internal/damage testdata/captures/manifest.json
//
// Start with main. damages.go has what is done to a file, truth.go what was
// sent, check.go what is wrong with a result.
package main
