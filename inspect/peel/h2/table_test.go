package h2

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"vmesskit/inspect/flow"
)

// The static entries are those of another implementation, by number.
func TestStatic(t *testing.T) {
	for i, e := range static {
		var got entry
		d := hpack.NewDecoder(0, func(f hpack.HeaderField) { got = entry{f.Name, f.Value} })
		if _, err := d.Write([]byte{0x80 | byte(i+1)}); err != nil || got != e {
			t.Errorf("entry %d: %q, wanted %q (%v)", i+1, e, got, err)
		}
	}
}

// A connection whose table fills, empties and changes its size is followed.
func TestTableFollowsEncoder(t *testing.T) {
	r := rand.New(rand.NewPCG(7541, 2))
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	room := flow.NewRoom(flow.NewMeter(1000), 1000)
	table := newTable(&room)
	agents := []string{"curl/8.5.0", "grpc-go/1.71.0", "Ω", strings.Repeat("long ", 200), ""}
	for n := range 3000 {
		block.Reset()
		if r.IntN(20) == 0 {
			enc.SetMaxDynamicTableSize(uint32(r.IntN(usualTable + 1)))
		}
		write := func(name, value string) {
			f := hpack.HeaderField{Name: name, Value: value, Sensitive: r.IntN(5) == 0}
			if err := enc.WriteField(f); err != nil {
				t.Fatal(err)
			}
		}
		for range r.IntN(4) {
			write("x-fill", strings.Repeat("x", r.IntN(300)))
		}
		agent, path := agents[r.IntN(len(agents))], "/"+strings.Repeat("p", r.IntN(9))
		write("user-agent", agent)
		write(":path", path)
		var got fields
		table.read(block.Bytes(), &got)
		if got.userAgent != agent || got.path != path || got.unknown != 0 || got.missing {
			t.Fatalf("block %d: %+v, wanted %q and %q", n, got, agent, path)
		}
		if table.used > table.limit {
			t.Fatalf("block %d: %d bytes in a table of %d", n, table.used, table.limit)
		}
	}
}
