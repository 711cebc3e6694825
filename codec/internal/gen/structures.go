package main

import (
	"vmesskit/codec"
)

// material is what the tables are made of.
type material struct{ headers, bodies, frames, datagrams, segments []exchange }

func collect() (m material, err error) {
	if m.headers, err = runAll(headers()); err != nil {
		return m, err
	}
	if m.bodies, err = runAll(bodies()); err != nil {
		return m, err
	}
	if m.frames, err = frames(); err != nil {
		return m, err
	}
	if m.datagrams, err = datagrams(); err != nil {
		return m, err
	}
	m.segments, err = segments()
	return m, err
}

// structures gives every structure of the protocol with its samples.
func (m *material) structures() []*structure {
	heads := m.headers
	list := []*structure{
		{
			name:    "request",
			samples: having(samplesOf(heads, codec.FieldClientWire, codec.FieldRequest), codec.FieldAuthID),
			letters: map[codec.Field]string{codec.FieldHeaderSealed: "s"},
		},
		{
			name:    "auth id",
			samples: samplesOf(heads, codec.FieldAuthIDPlain, codec.FieldNone),
		},
		{
			name:    "command section",
			samples: samplesOf(heads, codec.FieldSection, codec.FieldNone),
			letters: map[codec.Field]string{codec.FieldAddress: "a", codec.FieldAddrDomain: "n", codec.FieldHeaderPadding: "p"},
		},
		{
			name:    "legacy request",
			samples: having(samplesOf(heads, codec.FieldClientWire, codec.FieldRequest), codec.FieldLegacyAuth),
			letters: map[codec.Field]string{codec.FieldHeaderEncrypted: "s"},
			says:    map[string]string{"s": "is the size of the command section, which nothing in front of it tells"},
		},
	}
	list = append(list, responses(heads)...)
	list = append(list, chunks(m.bodies)...)
	return append(list, inner(m.frames, m.datagrams, m.segments)...)
}

func responses(heads []exchange) []*structure {
	return []*structure{
		{
			name:    "response",
			samples: having(samplesOf(heads, codec.FieldServerWire, codec.FieldResponse), codec.FieldResponseSealed),
			letters: map[codec.Field]string{codec.FieldResponseSealed: "r"},
		},
		{
			name:    "legacy response",
			samples: having(samplesOf(heads, codec.FieldServerWire, codec.FieldResponse), codec.FieldResponseEncrypted),
			letters: map[codec.Field]string{codec.FieldResponseEncrypted: "r"},
			says:    map[string]string{"r": "is the size of the response header, which nothing in front of it tells"},
		},
		{
			name:    "response header",
			samples: samplesOf(heads, codec.FieldResponsePlain, codec.FieldNone),
			letters: map[codec.Field]string{codec.FieldResponseCommandData: "c"},
			when: map[codec.Field]when{
				codec.FieldResponseCommandData: {"`response-command` is not none", func(s *sample) bool { return s.fact("response-command") != "none" }},
			},
		},
		{
			name:    "switch account",
			samples: samplesOf(heads, codec.FieldSwitchAccount, codec.FieldNone),
			letters: map[codec.Field]string{codec.FieldSwitchHost: "n"},
		},
	}
}

// chunks are the forms of a chunk.
func chunks(list []exchange) []*structure {
	letters := map[codec.Field]string{
		codec.FieldPayloadSealed: "n", codec.FieldPayloadPlain: "n", codec.FieldChunkPadding: "p",
	}
	says := func() map[string]string {
		return map[string]string{
			"n": "is the size of the payload; it is 0 in an end chunk",
			"p": "is `padding-draw` modulo 64 where there is padding, else 0",
		}
	}
	head := []joint{{"h", []codec.Field{
		codec.FieldChunkLength, codec.FieldChunkLengthMasked, codec.FieldChunkLengthSealed, codec.FieldChunkLengthTag,
	}}}
	onWire := append(samplesOf(list, codec.FieldClientWire, codec.FieldChunk), samplesOf(list, codec.FieldServerWire, codec.FieldChunk)...)
	none := where(onWire, "security", "none")
	padding := func(words, name, value string) map[codec.Field]when {
		return map[codec.Field]when{codec.FieldChunkPadding: {"`option` has global-padding" + words, func(s *sample) bool {
			return s.fact("option has global-padding") == "yes" && (name == "" || s.fact(name) == value) && s.drawn(codec.FieldPaddingDraw, s.places[0])%64 > 0
		}}}
	}
	always := padding("", "", "")
	return []*structure{
		{name: "chunk", samples: where(onWire, "security", "aes-128-gcm", "chacha20-poly1305"), letters: letters, says: says(), joint: head, when: always},
		{name: "plain chunk", samples: where(none, "dialect", "v2ray"), letters: letters, says: says(), when: padding(", `command` is udp", "command", "udp")},
		{name: "plain chunk of sing", samples: where(none, "dialect", "sing"), letters: letters, says: says(), joint: head, when: always},
		{name: "cfb chunk", samples: samplesOf(list, codec.FieldChunkPlain, codec.FieldNone), letters: letters, says: says(), when: always},
	}
}

// inner are the structures that a body can carry.
func inner(frames, datagrams, segments []exchange) []*structure {
	address := []joint{{"a", []codec.Field{codec.FieldAddrIPv4, codec.FieldAddrIPv6}}}
	rest := map[string]string{"d": "is the size of the datagram"}
	return []*structure{
		{
			name:    "mux frame",
			samples: samplesOf(frames, codec.FieldMuxFrame, codec.FieldNone),
			letters: map[codec.Field]string{
				codec.FieldAddress: "a", codec.FieldAddrDomain: "n", codec.FieldMuxExtra: "x", codec.FieldMuxData: "d",
			},
			says:  map[string]string{"x": "is what is left of the metadata"},
			value: map[codec.Field]string{codec.FieldMuxMetaLength: "m"},
			when: map[codec.Field]when{
				codec.FieldMuxNetwork: {"`mux-status` is new; or it is keep and this byte is 2", targeted},
				codec.FieldAddress:    {"there is a `mux-network`", targeted},
				codec.FieldMuxGlobalID: {"`mux-status` is new, `mux-network` is udp, `mux-option` has data, and 8 bytes of metadata are left", func(s *sample) bool {
					return s.fact("mux-status") == "new" && s.fact("mux-network") == "udp" && s.fact("mux-option has data") == "yes" && s.left() >= 8
				}},
			},
		},
		{
			name: "packet", samples: samplesOf(datagrams, codec.FieldPacket, codec.FieldNone), joint: address,
			letters: map[codec.Field]string{codec.FieldPacketData: "d"}, says: rest,
		},
		{
			name: "segment", samples: samplesOf(segments, codec.FieldPacket, codec.FieldNone), joint: address,
			letters: map[codec.Field]string{codec.FieldPacketData: "d"}, says: map[string]string{"d": rest["d"]},
		},
	}
}
