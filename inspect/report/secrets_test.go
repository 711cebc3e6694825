package report

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"vmesskit/codec"
)

// TestNoSecrets looks for ids, keys and payload in all that is printed, in
// every form in which they could be there.
func TestNoSecrets(t *testing.T) {
	print := map[string]func(io.Writer, bool) error{
		"text":   func(w io.Writer, s bool) error { return tell(NewText(w, TextOptions{Secrets: s, Others: true})) },
		"ndjson": func(w io.Writer, s bool) error { return tell(NewNDJSON(w, JSONOptions{Secrets: s})) },
		"detail": func(w io.Writer, s bool) error { return details(w, TextOptions{Secrets: s}) },
	}
	for name, write := range print {
		var b bytes.Buffer
		if err := write(&b, false); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{aliceID, bobID} {
			if strings.Contains(squeezed(b.String()), squeezed(id)) {
				t.Errorf("%s: shows an id", name)
			}
		}
	}
	for name, c := range talks() {
		tr := c.trace(t)
		for _, form := range []string{"text", "json"} {
			hidden, shown := squeezed(tree0(t, tr, form, false)), squeezed(tree0(t, tr, form, true))
			for what, secret := range secretsOf(t, tr, &c) {
				if strings.Contains(hidden, squeezed(hex.EncodeToString(secret))) || strings.Contains(hidden, squeezed(string(secret))) {
					t.Errorf("%s as %s: shows %s", name, form, what)
				}
				whole := form == "json" || len(secret) <= 16
				if whole && !strings.Contains(shown, hex.EncodeToString(secret)) {
					t.Errorf("%s as %s: hides %s although secrets are asked for", name, form, what)
				}
			}
		}
	}
}

// squeezed leaves out what may stand between the digits.
func squeezed(s string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", ":", "", "\n", "").Replace(s))
}

func tree0(t *testing.T, tr *codec.Trace, form string, secrets bool) string {
	t.Helper()
	var b bytes.Buffer
	write := Tree
	if form == "json" {
		write = TreeJSON
	}
	if err := write(&b, tr, TreeOptions{Secrets: secrets, Width: 400}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// secretsOf lists what a trace knows and must not tell.
func secretsOf(t *testing.T, tr *codec.Trace, c *talk) map[string][]byte {
	list := map[string][]byte{"the body key": c.header.BodyKey[:], "the body iv": c.header.BodyIV[:]}
	if s := c.answer.Switch; s != nil {
		list["the announced id"] = s.ID[:]
	}
	for i := range tr.Buffers {
		if b := &tr.Buffers[i]; len(b.Data) > 4 && b.Field.Info().Secret { // two bytes may be anywhere
			list[b.Field.String()] = b.Data
		}
	}
	for i := range tr.Spans {
		s := &tr.Spans[i]
		if s.Field == codec.FieldPayloadPlain || s.Field == codec.FieldStream {
			list[s.Field.String()] = tr.Buffers[s.Buffer].Data[s.Off : s.Off+s.Len]
		}
	}
	return list
}

// TestBrokenSwitchStaysHidden: of an announcement that is cut short, the bytes
// of the id have no field of their own.
func TestBrokenSwitchStaysHidden(t *testing.T) {
	c := talks()["legacy-switch"]
	whole, err := c.answer.Switch.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	id := c.answer.Switch.ID
	c.answer = codec.ResponseHeader{Command: codec.ResponseSwitch, Data: whole[:bytes.Index(whole, id[:])+12]}
	for _, form := range []string{"text", "json"} {
		if out := squeezed(tree0(t, c.trace(t), form, false)); strings.Contains(out, hex.EncodeToString(id[:4])) {
			t.Errorf("%s shows the beginning of the id: %s", form, out)
		}
	}
}

func TestTreeJSONIsJSON(t *testing.T) {
	for name, c := range talks() {
		var tree struct {
			Type, Schema string
			Nodes        []map[string]any
		}
		if err := json.Unmarshal([]byte(tree0(t, c.trace(t), "json", false)), &tree); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tree.Type != "tree" || tree.Schema != TreeSchemaID || len(tree.Nodes) == 0 || tree.Nodes[0]["name"] != "client-wire" {
			t.Errorf("%s: got %+v", name, tree)
		}
	}
}
