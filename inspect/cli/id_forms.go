package cli

import (
	"strings"

	"vmesskit/codec"
)

// howRead is what a program makes of a text in the place of an id.
type howRead string

const (
	readLiteral howRead = "literal" // the text is the id
	readMapped  howRead = "mapped"  // the text stands for an id
	readNot     howRead = "refused"
)

// reading is what one program makes of a text.
type reading struct {
	program string
	how     howRead
	id      codec.ID
}

// readings tells what the known programs make of a text. They differ where a
// text is neither a plain UUID nor short, and then the two ends of a connection
// can have two ids.
func readings(text string) []reading {
	return []reading{readV2Ray(text), readXray(text), readSing(text)}
}

// agree tells whether all make the same of it; programs that refuse a text do
// no harm to those who use others.
func agree(all []reading) bool {
	for _, r := range all {
		if r.how != all[0].how || r.id != all[0].id {
			return false
		}
	}
	return true
}

// readV2Ray is the parser of v2ray and v2fly: groups of digits, each with a
// hyphen in front or not. What stands behind the last one is ignored.
func readV2Ray(text string) reading {
	r := reading{program: "v2ray", how: readNot}
	if len(text) < 32 {
		return r
	}
	if id, ok := digitGroups(text); ok {
		r.how, r.id = readLiteral, id
	}
	return r
}

// readXray does the same for 32 to 36 bytes, and maps shorter texts.
func readXray(text string) reading {
	r := readV2Ray(text)
	r.program = "Xray"
	switch n := len(text); {
	case n >= 1 && n <= maxMapped:
		r.how, r.id = readMapped, codec.MapID(text)
	case n > 36:
		r.how, r.id = readNot, codec.ID{}
	}
	return r
}

// readSing is the parser of sing-box and mihomo: some forms of a UUID; every
// other text is mapped.
func readSing(text string) reading {
	bare := text
	if inner, ok := strings.CutPrefix(text, "{"); ok && strings.HasSuffix(inner, "}") {
		bare = strings.TrimSuffix(inner, "}")
	} else if inner, ok := strings.CutPrefix(text, "urn:uuid:"); ok {
		bare = inner
	}
	if id, err := codec.ParseUUID(bare); err == nil {
		return reading{"sing-box", readLiteral, id}
	}
	return reading{"sing-box", readMapped, codec.MapID(text)}
}

func digitGroups(text string) (id codec.ID, ok bool) {
	var digits strings.Builder
	for _, n := range []int{8, 4, 4, 4, 12} {
		text = strings.TrimPrefix(text, "-")
		if len(text) < n {
			return id, false
		}
		digits.WriteString(text[:n])
		text = text[n:]
	}
	id, err := codec.ParseUUID(digits.String())
	return id, err == nil
}

// knownIDs stand in manuals and sample files, from which they are copied into
// servers that everybody can then use.
var knownIDs = map[codec.ID]string{
	literal("b831381d-6324-4d53-ad4f-8cda48b30811"): "v2ray's quick start",
	literal("23ad6b10-8d1a-40f7-8ad0-e3e35cd38297"): "the sample configuration in v2ray's releases",
	literal("27848739-7e62-4138-9fd3-098a63964b6b"): "the manuals of v2ray and v2fly",
	literal("5783a3e7-e373-51cd-8642-c83782b807c5"): "Xray's manual",
	literal("bf000d23-0752-40b4-affe-68f7707a9661"): "sing-box's manual",
	literal("a3482e88-686a-4a58-8126-99c9df64b7bf"): "early Android clients, which had it as their default",
	literal("66ad4540-b58c-4ad2-9926-ea63445a9b57"): "test vectors, those of vmess vectors among them",
	literal("3f1c9a52-6d0e-4b7a-9c41-8e2b5d7f0a16"): "the examples of vmess's own documents",
	codec.MapID("example"):                          "manuals, as the mapping of the text \"example\"",
}

func literal(text string) codec.ID {
	id, err := codec.ParseUUID(text)
	if err != nil {
		panic("internal error: " + err.Error())
	}
	return id
}

// guessable says why an id is one that somebody would try first.
func guessable(id codec.ID) string {
	if where, known := knownIDs[id]; known {
		return "a public example: it stands in " + where
	}
	for _, b := range id {
		if b != id[0] {
			return ""
		}
	}
	return "easy to guess: all its bytes are the same"
}
