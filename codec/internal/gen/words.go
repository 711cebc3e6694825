package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"

	"vmesskit/codec"
)

// names are the values of a field that have words.
type names struct {
	field codec.Field
	title string // of its section
	file  string // where the constants are
	typ   string // their type
	bits  bool
}

var allNames = []*names{
	{codec.FieldSecurity, "security", "enums.go", "Security", false},
	{codec.FieldOption, "option", "enums.go", "Option", true},
	{codec.FieldCommand, "command", "enums.go", "Command", false},
	{codec.FieldAddrType, "address-type", "address.go", "AddrType", false},
	{codec.FieldResponseCommand, "response-command", "response.go", "ResponseCommand", false},
	{codec.FieldMuxStatus, "mux-status", "mux/words.go", "Status", false},
	{codec.FieldMuxOption, "mux-option", "mux/words.go", "Option", true},
	{codec.FieldMuxNetwork, "mux-network", "mux/words.go", "Network", false},
}

// namesOf gives the names of a field's values, or nil.
func namesOf(f codec.Field) *names {
	if f == codec.FieldResponseOption {
		f = codec.FieldOption
	}
	for _, n := range allNames {
		if n.field == f {
			return n
		}
	}
	return nil
}

// table writes the values with the words that the codec has for them, and what
// the source says about each.
func (n *names) table(codecDir string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(codecDir, n.file), nil, parser.ParseComments)
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, spec := range constants(file, n.typ) {
		lit, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return "", fmt.Errorf("%s: %s has no plain value", n.file, spec.Names[0])
		}
		v, err := strconv.ParseUint(lit.Value, 0, 8)
		if err != nil {
			return "", err
		}
		value, word := strconv.Itoa(int(v)), ""
		if n.bits {
			value, word = fmt.Sprintf("0x%02X", v), strings.Join(flagWords(n.field, uint8(v)), " ")
		} else {
			word = enumWord(n.field, uint8(v))
		}
		rows = append(rows, []string{value, word, strings.TrimSpace(spec.Comment.Text())})
	}
	if len(rows) == 0 {
		return "", fmt.Errorf("%s: no constants of type %s", n.file, n.typ)
	}
	return markdown([]string{"value", "word", "meaning"}, rows), nil
}

// constants gives the constants of a type.
func constants(file *ast.File, typ string) (out []*ast.ValueSpec) {
	for _, d := range file.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.CONST {
			continue
		}
		for _, s := range block.Specs {
			spec := s.(*ast.ValueSpec)
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ && len(spec.Values) == 1 {
				out = append(out, spec)
			}
		}
	}
	return out
}
