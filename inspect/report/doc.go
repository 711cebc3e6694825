// Package report writes what a run has found: as text for a terminal
// (NewText, Detail), as one JSON object a line (NewNDJSON), as the tree of
// fields of one session with their bytes beside them (Tree, TreeJSON), and as a
// page (HTML). It decides nothing: facts, verdicts and findings come in whole.
//
// A Writer receives a run. Filter stands in front of another Writer and lets a
// part of the sessions through, a Redactor gives their names others. All that came from the network is made
// harmless before it is printed, and keys, ids and payload stay inside unless
// they are asked for.
//
// JSON is appended by hand: this package is part of the page's WebAssembly,
// where encoding/json would cost more than all of it. A test holds the two
// against each other.
package report
