// Package session reads one VMess conversation over any byte stream: who it
// is, what the header says, both bodies, how it ended. It states facts and
// judges nothing.
//
// Start with Decoder: it is the flow.Source at the end of the pipeline, opens
// a conversation for each flow that it is offered, and keeps the Facts of each.
// What is inside a body (mux frames, datagrams with addresses) attaches where
// body.deliver hands over the plaintext; a Tap receives it when the input is read
// again.
package session
