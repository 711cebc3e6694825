package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

func init() {
	outputs = append(outputs, output{"../FORMAT.md", func() ([]byte, error) { return formatFile(".") }})
}

//go:embed format.tmpl
var formatText string

// formatFile gives FORMAT.md. The words are those of the template, the tables
// come from traces of samples, and the names from the codec's sources.
func formatFile(codecDir string) ([]byte, error) {
	m, err := collect()
	if err != nil {
		return nil, err
	}
	all := m.structures()
	talks := exampleTalks()
	examples, err := runAll(talks)
	if err != nil {
		return nil, err
	}
	values, err := derivedValues(examples, talks)
	if err != nil {
		return nil, err
	}
	t, err := template.New("FORMAT.md").Funcs(template.FuncMap{
		"field":   fieldNamed,
		"derived": func() string { return derivedText(values) },
		"seals":   sealsText,
		"example": func(wire string) (string, error) {
			f, err := fieldNamed(wire)
			return exampleText(examples[0].trace, f), err
		},
		"forms": func() (string, error) { return forms(m.bodies) },
		"table": func(name string) (string, error) {
			for _, s := range all {
				if s.name == name {
					return s.table()
				}
			}
			return "", fmt.Errorf("no structure %q", name)
		},
		"names": func(title string) (string, error) {
			for _, n := range allNames {
				if n.title == title {
					return n.table(codecDir)
				}
			}
			return "", fmt.Errorf("no names %q", title)
		},
	}).Parse(formatText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	data := map[string]any{
		"MinSection": codec.MinSection, "MaxSection": codec.MaxSection, "ID": sampleID, "AlterIDs": alterIDs,
		"PacketDomain": mux.PacketDomain, "StreamDomain": mux.StreamDomain,
	}
	if err := t.Execute(&b, data); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// fieldNamed finds a field by its word, so that the template names none that
// is gone.
func fieldNamed(name string) (codec.Field, error) {
	for f := codec.Field(1); int(f) <= codec.Fields(); f++ {
		if f.String() == name {
			return f, nil
		}
	}
	return 0, fmt.Errorf("no field %q", name)
}
