package codec_test

import (
	"testing"

	"vmesskit/codec"
)

type v2flyIDs struct {
	IDs []struct {
		UUID     string
		Bytes    hexBlock   `json:"id_bytes"`
		CmdKey   hexBlock   `json:"cmd_key"`
		AlterIDs []hexBlock `json:"alter_ids"`
	}
	Hundredth struct {
		UUID  idText
		Index int
		ID    hexBlock
	} `json:"alter_id_index_99"`
}

func testV2flyIDs(t *testing.T, f v2flyIDs) {
	for _, v := range f.IDs {
		for name, parse := range map[string]func(string) (codec.ID, error){"ParseUUID": codec.ParseUUID, "ParseID": codec.ParseID} {
			id, err := parse(v.UUID)
			if err != nil || id != codec.ID(v.Bytes) {
				t.Errorf("%s(%q): got %v, %v, want %x", name, v.UUID, id, err, v.Bytes)
			}
		}
		id := codec.ID(v.Bytes)
		same(t, v.UUID+": command key", id.CmdKey(), codec.CmdKey(v.CmdKey))
		sameAlterIDs(t, v.UUID, id, v.AlterIDs)
	}
	h := f.Hundredth
	same(t, "100th alter id", codec.AlterIDs(nil, h.UUID.ID, h.Index+1)[h.Index], codec.ID(h.ID))
}

func sameAlterIDs(t *testing.T, name string, id codec.ID, want []hexBlock) {
	t.Helper()
	got := codec.AlterIDs(nil, id, len(want))
	for i := range want {
		same(t, name+": alter id", got[i], codec.ID(want[i]))
	}
}

// textIDs are texts as Xray or sing reads them.
type textIDs struct {
	Vectors []struct {
		Input    string
		Length   int `json:"input_len_bytes"`
		Error    bool
		UUID     string
		Mapped   bool       `json:"mapped_by_uuid5"`
		CmdKey   hexBlock   `json:"cmd_key"`
		AlterIDs []hexBlock `json:"alter_ids"`
	}
}

// Texts that a peer takes and ParseID does not, and why.
var (
	refusedOfXray = map[string]string{
		"66ad4540-b58c4ad29926ea63445a9b57": "33 to 35 bytes, some hyphens: sing maps it to another id",
	}
	refusedOfSing = map[string]string{
		"{66ad4540-b58c-4ad2-9926-ea63445a9b57}":        "braces: no other peer reads them",
		"urn:uuid:66ad4540-b58c-4ad2-9926-ea63445a9b57": "URN: no other peer reads it",
		"this string is thirty-one bytes":               "31 bytes and more are mapped by sing alone",
		"":                                              "nothing is mapped by sing alone",
	}
)

func testXrayIDs(t *testing.T, f textIDs) { testTextIDs(t, f, refusedOfXray) }
func testSingIDs(t *testing.T, f textIDs) { testTextIDs(t, f, refusedOfSing) }

func testTextIDs(t *testing.T, f textIDs, refused map[string]string) {
	met := 0
	for _, v := range f.Vectors {
		same(t, v.Input+": bytes", len(v.Input), v.Length)
		id, err := codec.ParseID(v.Input)
		if reason, ok := refused[v.Input]; ok {
			met++
			if err == nil {
				t.Errorf("ParseID(%q): got %v, want an error: %s", v.Input, id, reason)
			}
		} else if v.Error {
			if err == nil {
				t.Errorf("ParseID(%q): got %v, want an error", v.Input, id)
			}
		} else if err != nil || id.String() != v.UUID {
			t.Errorf("ParseID(%q): got %v, %v, want %s", v.Input, id, err, v.UUID)
		}
		if err != nil && refusalOf(err) != (refusal{codec.ErrMalformed, "id"}) {
			t.Errorf("ParseID(%q): got %v, want malformed at id", v.Input, err)
		}
		if v.Error {
			continue
		}
		if v.Mapped {
			same(t, "MapID("+v.Input+")", codec.MapID(v.Input).String(), v.UUID)
		}
		id, err = codec.ParseUUID(v.UUID)
		noError(t, v.UUID, err)
		same(t, v.Input+": command key", id.CmdKey(), codec.CmdKey(v.CmdKey))
		sameAlterIDs(t, v.Input, id, v.AlterIDs)
	}
	same(t, "texts refused by name", met, len(refused))
}
