// Package inspect reads captures of VMess sessions with the owner's ids and
// says what happened in each, and why.
//
// Start with Decode, the only place that wires the stages together:
//
//	capture -> peel -> session -> facts -> verdict -> report
//
// Everything in front of the facts runs while the packets are read; verdicts,
// which compare sessions with each other, are made at the end.
package inspect
