package vectors

import (
	"strconv"

	"vmesskit/codec"
)

// idCase is a text that peers take for an id.
type idCase struct {
	id, title, text string
	pinned          []string // who made the same of it
	alter           []string // and of its alter ids
}

var idCases = []idCase{
	{"id/canonical", "a UUID in its canonical form", idText, []string{"v2fly", "xray", "sing"}, []string{"v2fly", "sing"}},
	{"id/digits", "a UUID without hyphens", "66ad4540b58c4ad29926ea63445a9b57", []string{"xray", "sing"}, []string{"sing"}},
	{"id/upper", "a UUID in capitals", "66AD4540-B58C-4AD2-9926-EA63445A9B57", []string{"xray"}, nil},
	{"id/zero", "the UUID of zeros", "00000000-0000-0000-0000-000000000000", []string{"v2fly"}, []string{"v2fly"}},
	{"id/mapped", "a text that stands for an id", "example", []string{"xray", "sing"}, []string{"sing"}},
	{"id/mapped-1", "a text of one byte", "a", []string{"xray", "sing"}, []string{"sing"}},
	{"id/mapped-30", "a text of thirty bytes, the most that Xray takes", "this string is thirty bytes ok", []string{"xray", "sing"}, []string{"sing"}},
	{"id/mapped-utf8", "a text of characters with several bytes", "我爱🍉老师1314", []string{"xray", "sing"}, []string{"sing"}},
}

const (
	mapFormula   = "SHA1(16 zero bytes || text)[0:16], version 5, variant 2"
	parseFormula = "the digits, in the order of the text"
)

func idVectors() []*Vector {
	var out []*Vector
	for _, c := range idCases {
		id := mustID(c.text)
		key := id.CmdKey()
		formula := parseFormula
		if len(c.text) <= 30 {
			formula = mapFormula
		}
		v := &Vector{ID: c.id, Title: c.title, Inputs: []Input{{"text", c.text}}, Steps: []Step{
			{"id", id[:], formula, c.pinned},
			{codec.FieldCmdKey.String(), key[:], "MD5(id || \"c48619fe-8f02-49e0-b9e9-edf763e17e21\")", c.pinned},
		}}
		for i, alter := range codec.AlterIDs(nil, id, 4) {
			v.Steps = append(v.Steps, alterStep(i, alter, c.alter))
		}
		if c.text == idText {
			v.Steps = append(v.Steps, alterStep(99, codec.AlterIDs(nil, id, 100)[99], []string{"v2fly"}))
		}
		out = append(out, v)
	}
	return out
}

func alterStep(i int, id codec.ID, pinned []string) Step {
	return Step{"alter-id." + strconv.Itoa(i), id[:], "MD5(the one before || \"16167dc8-16b6-4e6d-b8bb-65dd68113a81\"), from the id on", pinned}
}
