package harness

import (
	"encoding/json"
	"fmt"

	"vmesskit/internal/corpus"
)

// plan makes the plaintext of a transfer from its numbers, as the manifest's
// README tells, so that anyone can make it again.
func plan(name string, i int, t Transfer) *Done {
	d := &Done{Transfer: t}
	if d.Style == "" {
		d.Style = "rand"
	}
	if t.Datagrams != nil || t.Packets != nil {
		d.planDatagrams(name, i)
		return d
	}
	mode := "seq"
	if t.Duplex {
		mode = "duplex"
	}
	d.Recipe = map[string]any{"c": name, "i": i, "u": t.Up, "d": t.Down, "m": mode, "r": 1, "s": d.Style}
	if t.Say != nil {
		d.Recipe = map[string]any{"say": t.Say, "answer": t.Answer}
	}
	d.Up, d.Down = streams(d.Recipe)
	return d
}

// streams asks the corpus, which has to make the same from the manifest.
func streams(recipe map[string]any) (up, down []byte) {
	var c corpus.Connection
	text, err := json.Marshal(recipe)
	if err == nil {
		err = json.Unmarshal(text, &c.Plaintext)
	}
	if err != nil {
		panic(err) // a recipe is numbers and text
	}
	return c.Streams()
}

func (d *Done) planDatagrams(name string, i int) {
	all := d.Packets
	for k, n := range d.Transfer.Datagrams {
		p := fmt.Appendf(nil, "%s/%d/%d ", name, i, k)
		all = append(all, append(p, make([]byte, max(0, n-len(p)))...))
	}
	for _, up := range all {
		down := append([]byte("answer to this: "), up...)
		d.Datagrams = append(d.Datagrams, Datagram{Up: up, Down: down})
	}
}
