package report

import _ "embed" // for the schema

// Schema is the JSON Schema (draft 2020-12) of the lines that NewNDJSON and
// TreeJSON write.
//
//go:embed decode.schema.json
var Schema string
