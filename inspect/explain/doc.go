// Package explain answers an implementer's question: which derivation did I get
// wrong? Explain reads a request, a response or both, and says of each layer
// what was derived, what was compared, and whether it opened. Where a layer does
// not open it tries the mistakes that others made, one at a time and then in
// pairs, and names the one that makes it open.
//
// # How it works
//
// The codec knows how VMess is, and has no switch for how it is not. Here is a
// second reading of the protocol, the model, in which everything that one can
// get wrong is a field of a struct: orders, salts, endianness, which key goes
// where. Its zero value with the right salts is VMess; a mistake sets a field.
// A test holds the model without mistakes equal to the codec, trace for trace,
// on all vectors, so that the two cannot drift apart; the model with a mistake
// is also the wrong encoder that made testdata/vectors/mistakes.
//
// Start with Explain; then model.go for what can be wrong, mistakes*.go for the
// list, steps.go for the derivations as a table, read.go for the reading,
// search.go for how a mistake is found.
//
// The package needs no clock, no files and nothing of the inspector but the
// codec, so that a page can use it as it is.
package explain
