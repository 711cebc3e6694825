package cli

import (
	"bufio"
	"encoding/hex"
	"encoding/json"

	"github.com/urfave/cli/v2"

	"vmesskit/codec"
	"vmesskit/inspect/vectors"
)

func vectorsExportCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "print vectors as JSON",
		ArgsUsage: "[ID]...",
		Description: vectorsText + `

The values of a vector are in an order in which they can be computed. Bytes are hexadecimal digits; "fields" says what each name means.`,
		Action: func(c *cli.Context) error {
			return runVectorsExport(env, c.Args().Slice())
		},
	}
}

// exported is the file of vectors.
type exported struct {
	Format  string            `json:"format"`
	Licence string            `json:"licence"`
	Note    string            `json:"licence_note"`
	Origins map[string]string `json:"origins"`
	Fields  map[string]string `json:"fields"`
	Vectors []exportedVector  `json:"vectors"`
}

type exportedVector struct {
	ID     string          `json:"id"`
	Title  string          `json:"title"`
	Inputs []exportedInput `json:"inputs"`
	Values []exportedValue `json:"values"`
}

type exportedInput struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type exportedValue struct {
	Name     string   `json:"name"`
	Hex      string   `json:"hex"`
	Formula  string   `json:"formula,omitempty"`
	PinnedBy []string `json:"pinned_by,omitempty"`
}

func runVectorsExport(env *Env, ids []string) error {
	list, err := findVectors(ids)
	if err != nil {
		return err
	}
	file := exported{
		Format: "vmesskit.vectors/1", Licence: vectors.Licence, Note: vectors.LicenceNote,
		Origins: vectors.Origins, Fields: map[string]string{},
	}
	meanings := map[string]string{}
	for f := codec.Field(1); int(f) <= codec.Fields(); f++ {
		meanings[f.String()] = f.Info().Doc
	}
	for _, v := range list {
		e := exportedVector{ID: v.ID, Title: v.Title}
		for _, in := range v.Inputs {
			e.Inputs = append(e.Inputs, exportedInput(in))
			addMeaning(file.Fields, meanings, in.Name)
		}
		for _, s := range v.Steps {
			e.Values = append(e.Values, exportedValue{s.Name, hex.EncodeToString(s.Value), s.Formula, s.Pinned})
			addMeaning(file.Fields, meanings, vectors.Field(s.Name))
		}
		file.Vectors = append(file.Vectors, e)
	}
	out := bufio.NewWriterSize(env.Stdout, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(file); err != nil {
		return err
	}
	return out.Flush()
}

// addMeaning adds what a name means, where it is that of a field.
func addMeaning(to, meanings map[string]string, name string) {
	if text, ok := meanings[name]; ok {
		to[name] = text
	}
}
