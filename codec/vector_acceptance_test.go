package codec_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"vmesskit/codec"
)

type headerAcceptance struct {
	UUID    idText
	Vectors []struct {
		Name        string
		Near        int64    `json:"near_unix"`
		Wire        hexBytes // absent from the last entry
		Plaintext   hexBytes `json:"header_plaintext"`
		Corruptions *int     `json:"accepted_corruptions"`
		V2fly       struct {
			Accepted    bool
			BodyRefused bool `json:"body_reader_refused"`
			Decoded     struct {
				Address  string
				Command  codec.Command
				Option   codec.Option
				Port     uint16
				Security codec.Security
				Version  uint8
			}
		} `json:"v2fly_v5"`
	}
}

// headerVerdict is what a careful decoder makes of a header. The strict
// reading is refused so; the lenient one has the same as an oddity, or, where
// the structure cannot be followed, is refused as well.
type headerVerdict struct {
	refusal
	broken   bool
	stricter string // why v2fly v5 opens the header
}

// headerVerdicts lists all headers that are not simply good.
var headerVerdicts = map[string]headerVerdict{
	"version 0":          {refusal: refusal{codec.ErrUnsupported, "version"}, stricter: "v2ray does not look at the version"},
	"version 2":          {refusal: refusal{codec.ErrUnsupported, "version"}, stricter: "v2ray does not look at the version"},
	"security 6 (zero)":  {refusal: refusal{codec.ErrUnsupported, "security"}, stricter: "v2fly refuses the body instead"},
	"option P without M": {refusal: refusal{codec.ErrUnsupported, "option"}, stricter: "v2fly refuses the body instead"},

	"wrong FNV1a":                             {refusal: refusal{codec.ErrChecksum, "header-checksum"}},
	"security 2 (auto)":                       {refusal: refusal{codec.ErrUnsupported, "security"}},
	"security 7":                              {refusal: refusal{codec.ErrUnsupported, "security"}},
	"domain of length 0":                      {refusal: refusal{codec.ErrMalformed, "domain"}},
	"domain with a space":                     {refusal: refusal{codec.ErrMalformed, "domain"}},
	"command 3 (mux) with an address present": {refusal: refusal{codec.ErrChecksum, "header-checksum"}},

	"padding nibble larger than what is present": {refusal: refusal{codec.ErrMalformed, "padding"}, broken: true},
	"command 0":             {refusal: refusal{codec.ErrUnsupported, "command"}, broken: true},
	"command 4":             {refusal: refusal{codec.ErrUnsupported, "command"}, broken: true},
	"ATYP 0":                {refusal: refusal{codec.ErrUnsupported, "address-type"}, broken: true},
	"ATYP 4":                {refusal: refusal{codec.ErrUnsupported, "address-type"}, broken: true},
	"truncated to 37 bytes": {refusal: refusal{codec.ErrLimit, "header-length"}, broken: true},
	"38 bytes then nothing": {refusal: refusal{codec.ErrLimit, "header-length"}, broken: true},
}

func testHeaderAcceptance(t *testing.T, f headerAcceptance) {
	users := codec.NewUsers(codec.Account{ID: stranger}, codec.Account{ID: f.UUID.ID, AlterIDs: 2})
	met := 0
	for _, v := range f.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			if v.Corruptions != nil {
				checkCorruptions(t, users, f.Vectors[0].Wire, f.Vectors[0].Near)
				return
			}
			want, refused := headerVerdicts[v.Name]
			if refused {
				met++
			}
			same(t, "taken by v2fly, and by us unless for a reason", v.V2fly.Accepted, !refused || want.stricter != "")

			sender, ok := users.Match([16]byte(v.Wire), codec.Around(v.Near, 120))
			same(t, "user found", ok, true)
			strict := codec.NewRequestOpener(sender)
			r, _, err := strict.Open(v.Wire)
			same(t, "strict", refusalOf(err), want.refusal)
			same(t, "taken", r != nil, !refused)
			lenient := codec.NewRequestOpener(sender)
			lenient.Lenient = true
			r, n, err := lenient.Open(v.Wire)
			if want.broken {
				same(t, "lenient", refusalOf(err), want.refusal)
				_, _, odd, err := codec.ParseRequestHeaderLenient(v.Plaintext)
				same(t, "section refused, and nothing else odd", err != nil && len(odd) == 0, true)
				return
			}
			noError(t, "lenient", err)
			same(t, "header's size", n, len(v.Wire))
			same(t, "oddities", len(r.Oddities) > 0, refused)
			if refused {
				same(t, "oddity", refusalOf(r.Oddities[0]), want.refusal)
			}
			checkSection(t, v.Plaintext, r, refused)
			if !v.V2fly.Accepted {
				return
			}
			d, h := v.V2fly.Decoded, r.Header
			same(t, "version", h.Version, d.Version)
			same(t, "option", h.Option, d.Option)
			same(t, "command", h.Command, d.Command)
			if h.Security != codec.SecurityUnknown { // v2ray rewrites it to CFB; we keep it and read the body so
				same(t, "security", h.Security, d.Security)
			}
			if h.Command != codec.CommandMux {
				same(t, "address", h.Address.Normalize().String(), fmt.Sprintf("%s:%d", d.Address, d.Port))
			}
			_, err = codec.NewOpener(r.Body())
			same(t, "body refused", err != nil, v.V2fly.BodyRefused)
		})
	}
	same(t, "headers refused by name", met, len(headerVerdicts))
}

// checkSection holds a header against its plaintext: parsed without the
// envelope, and, if nobody refuses it, appended again.
func checkSection(t *testing.T, plain []byte, r *codec.Request, refused bool) {
	t.Helper()
	h, n, err := codec.ParseRequestHeader(plain)
	same(t, "section refused", err != nil, refused)
	if refused {
		_, _, odd, err := codec.ParseRequestHeaderLenient(plain)
		noError(t, "section", err)
		same(t, "section's oddities", fmt.Sprint(odd), fmt.Sprint(r.Oddities))
		return
	}
	same(t, "trailing", len(r.Header.Trailing), len(plain)-n)
	sameBytes(t, "section", appendHeader(t, h), plain[:n])
	sameBytes(t, "section of the opened request", appendHeader(t, r.Header), plain[:n])
}

// checkCorruptions flips the lowest bit of each byte.
func checkCorruptions(t *testing.T, users *codec.Users, wire []byte, near int64) {
	for i := range wire {
		damaged := bytes.Clone(wire)
		damaged[i] ^= 1
		auth := [16]byte(damaged)
		sender, ok := users.Match(auth, codec.AnyTime)
		if i < len(auth) {
			_, legacy := users.MatchLegacy(auth, codec.Around(near, 120))
			same(t, fmt.Sprintf("byte %d: user found", i), ok || legacy, false)
			continue
		}
		want := refusal{codec.ErrAuth, "header-length-tag"} // the nonce is in its key
		if i >= 42 {
			want.field = "header-tag"
		}
		for _, lenient := range []bool{false, true} {
			o := codec.NewRequestOpener(sender)
			o.Lenient = lenient
			_, _, err := o.Open(damaged)
			same(t, fmt.Sprintf("byte %d, lenient %v", i, lenient), refusalOf(err), want)
		}
	}
}

type bodyAcceptance struct {
	bodySecrets
	Vectors []struct {
		Name      string
		Security  codec.Security
		Option    codec.Option
		Command   codec.Command
		Wire      hexBytes
		Delivered hexBytes `json:"delivered_before_end"`
		End       string   `json:"reference_end"`
	}
}

// bodyVerdict is what a careful decoder makes of a body.
type bodyVerdict struct {
	end       codec.End
	refusal   refusal // where it is refused
	delivered string
	stricter  string // why v2fly v5 calls it a clean end
}

const chunkA, chunkB = "AAAAAAAA", "BBBBBBBB"

// bodyVerdicts is by name, or by name and security where that matters.
var bodyVerdicts = map[string]bodyVerdict{
	"untouched, with end chunk":                         {end: codec.EndChunk, delivered: chunkA + chunkB},
	"sealed lengths, untouched":                         {end: codec.EndChunk, delivered: chunkA + chunkB},
	"trailing bytes after the end chunk":                {end: codec.EndChunk, delivered: chunkA + chunkB},
	"cut right after the length field of the end chunk": {end: codec.EndChunk, delivered: chunkA + chunkB},
	"cut right after chunk 1 (no end chunk)":            {end: codec.EndBoundary, delivered: chunkA},
	"cut after one byte of the second length field":     {end: codec.EndCut, delivered: chunkA},
	"cut inside the second chunk":                       {end: codec.EndCut, delivered: chunkA},
	"none: cut inside the second chunk": {end: codec.EndCut, delivered: chunkA,
		stricter: "v2ray hands out the part of the chunk"},
	"second length field rewritten to ffff": {end: codec.EndCut, delivered: chunkA},

	"one payload bit of chunk 2 flipped":              {refusal: refusal{codec.ErrAuth, "payload-tag"}, delivered: chunkA},
	"aes-128-cfb: one payload bit of chunk 2 flipped": {refusal: refusal{codec.ErrChecksum, "payload-checksum"}, delivered: chunkA},
	"none: one payload bit of chunk 2 flipped":        {end: codec.EndChunk, delivered: chunkA + "BBBBBCBB"}, // nothing protects it
	"tag of the end chunk broken": {refusal: refusal{codec.ErrAuth, "payload-tag"}, delivered: chunkA + chunkB,
		stricter: "v2ray never looks at the end chunk's tag"},
	"second length field rewritten to 16 (forged end)": {refusal: refusal{codec.ErrAuth, "payload-tag"}, delivered: chunkA,
		stricter: "v2ray never looks at the end chunk's tag"},
	"second length field rewritten to 5 (below the tag size)": {refusal: refusal{codec.ErrMalformed, "chunk-length"}, delivered: chunkA},
	"second length field rewritten to 0":                      {refusal: refusal{codec.ErrMalformed, "chunk-length"}, delivered: chunkA},
	"sealed length field of chunk 1 corrupted":                {refusal: refusal{codec.ErrAuth, "chunk-length-tag"}},
	"chunks 1 and 2 swapped":                                  {refusal: refusal{codec.ErrAuth, "payload-tag"}},
	"chunk 1 repeated":                                        {refusal: refusal{codec.ErrAuth, "payload-tag"}, delivered: chunkA},
}

func testBodyAcceptance(t *testing.T, f bodyAcceptance) {
	met := map[string]bool{}
	for _, v := range f.Vectors {
		t.Run(bodyName(v.Security, v.Option, v.Command)+" "+v.Name, func(t *testing.T) {
			name := v.Security.String() + ": " + v.Name
			want, ok := bodyVerdicts[name]
			if !ok {
				name = v.Name
				want, ok = bodyVerdicts[name]
			}
			if !ok {
				t.Fatal("no verdict")
			}
			met[name] = true
			clean := want.refusal == refusal{} && want.end != codec.EndCut
			same(t, "clean for v2fly, and for us unless for a reason", v.End == "clean end", clean || want.stricter != "")
			// v2ray loses good chunks that it read together with a bad one.
			if clean {
				sameBytes(t, "delivered by v2fly and by us", v.Delivered, []byte(want.delivered))
			} else if want.stricter == "" && !bytes.HasPrefix([]byte(want.delivered), v.Delivered) {
				t.Errorf("delivered by v2fly %q, by us %q", v.Delivered, want.delivered)
			}

			h := codec.RequestHeader{BodyKey: f.Key, BodyIV: f.IV, Security: v.Security, Option: v.Option, Command: v.Command}
			for _, step := range []int{len(v.Wire), 1} {
				o, err := codec.NewOpener(h.RequestBody())
				noError(t, "opener", err)
				got := drain(o, v.Wire, step)
				same(t, "refused", refusalOf(got.err), want.refusal)
				if got.err == nil {
					same(t, "end", got.end, want.end)
				}
				same(t, "delivered", string(bytes.Join(got.chunks, nil)), want.delivered)
			}
			checkReader(t, h.RequestBody(), v.Wire, want)
		})
	}
	same(t, "bodies with a verdict", len(met), len(bodyVerdicts))
}

// checkReader reads the body through the io skin.
func checkReader(t *testing.T, b codec.Body, wire []byte, want bodyVerdict) {
	t.Helper()
	o, err := codec.NewOpener(b)
	noError(t, "opener", err)
	got, err := io.ReadAll(codec.NewReader(bytes.NewReader(wire), o))
	same(t, "read", string(got), want.delivered)
	same(t, "reader's refusal", refusalOf(err), want.refusal)
	if want.refusal == (refusal{}) {
		same(t, "reader's end is unexpected", errors.Is(err, io.ErrUnexpectedEOF), want.end == codec.EndCut)
	}
}

// drained is what a direction held.
type drained struct {
	chunks [][]byte
	end    codec.End
	err    error // unless io.EOF
}

// drain opens a body of which step more bytes arrive at a time. It stops at an
// end chunk.
func drain(o *codec.Opener, wire []byte, step int) (d drained) {
	buf, off := bytes.Clone(wire), 0
	for seen := 0; seen < len(buf); {
		seen = min(seen+step, len(buf))
		for {
			payload, n, err := o.OpenInPlace(buf[off:seen])
			if err == codec.ErrShort {
				break
			}
			off += n
			if err == io.EOF {
				d.end = o.Finish(nil)
				return d
			}
			if err != nil {
				d.err = err
				return d
			}
			d.chunks = append(d.chunks, payload)
		}
	}
	d.end = o.Finish(buf[off:])
	return d
}
