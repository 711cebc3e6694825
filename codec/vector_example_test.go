package codec_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"vmesskit/codec"
)

type workedExample struct {
	UUID idText
	Wire hexBytes

	CmdKey      hexBytes `json:"cmd_key"`
	AuthIDKey   hexBytes `json:"auth_id_key"`
	AuthID      hexBlock `json:"eauid"`
	AuthIDPlain hexBytes `json:"eauid_plaintext"`
	AuthFields  string   `json:"eauid_fields"`
	Nonce       hexBytes `json:"connection_nonce"`

	LengthKey   hexBytes `json:"length_key"`
	LengthNonce hexBytes `json:"length_nonce"`
	LengthPlain hexBytes `json:"length_plaintext"`
	Length      hexBytes `json:"alength"`
	HeaderKey   hexBytes `json:"header_key"`
	HeaderNonce hexBytes `json:"header_nonce"`
	HeaderPlain hexBytes `json:"header_plaintext"`
	Header      hexBytes `json:"aheader"`

	FirstMask hexBytes    `json:"first_chunk_mask"`
	Writes    []bodyWrite `json:"request_body_writes"`
}

// testWorkedExample holds every intermediate value against the trace.
func testWorkedExample(t *testing.T, f workedExample) {
	key := f.UUID.CmdKey()
	a, err := codec.OpenAuthID(key, f.AuthID)
	noError(t, "auth id", err)
	crc := binary.BigEndian.Uint32(f.AuthIDPlain[12:])
	same(t, "auth id", fmt.Sprintf("time %d, rand %x, crc %08x", a.Time, a.Rand, crc), f.AuthFields)
	sealed := codec.SealAuthID(key, a)
	sameBytes(t, "sealed auth id", sealed[:], f.AuthID[:])

	sender, ok := codec.NewUsers(codec.Account{ID: f.UUID.ID}).Match(f.AuthID, codec.Around(a.Time, 0))
	same(t, "user found", ok, true)
	trace := &codec.Trace{}
	opener := codec.NewRequestOpener(sender)
	opener.Trace = trace
	r, n, err := opener.Open(f.Wire)
	noError(t, "request", err)
	same(t, "header's size", n, len(f.Wire))

	body, err := codec.NewOpener(r.Body())
	noError(t, "body", err)
	for i, w := range f.Writes {
		payload, n, err := body.Open(nil, w.Wire)
		noError(t, "chunk", err)
		same(t, "chunk's size", n, len(w.Wire))
		sameBytes(t, fmt.Sprintf("chunk %d", i), payload, w.Payload)
	}

	for field, want := range map[string]hexBytes{
		"cmd-key":             f.CmdKey,
		"auth-id-key":         f.AuthIDKey,
		"auth-id-plain":       f.AuthIDPlain,
		"header-length-key":   f.LengthKey,
		"header-length-nonce": f.LengthNonce,
		"header-length-plain": f.LengthPlain,
		"header-key":          f.HeaderKey,
		"header-nonce":        f.HeaderNonce,
		"command-section":     f.HeaderPlain,
		"mask-draw":           f.FirstMask,
	} {
		sameBytes(t, field, traceBuffer(t, trace, field), want)
	}
	for field, want := range map[string]hexBytes{
		"auth-id":              f.AuthID[:],
		"header-length-sealed": f.Length[:2],
		"header-length-tag":    f.Length[2:],
		"connection-nonce":     f.Nonce,
		"header-sealed":        f.Header[:len(f.Header)-16],
		"header-tag":           f.Header[len(f.Header)-16:],
		"auth-time":            f.AuthIDPlain[:8],
		"auth-random":          f.AuthIDPlain[8:12],
		"auth-checksum":        f.AuthIDPlain[12:],
		"header-length":        f.LengthPlain,
		"chunk-length-masked":  f.Writes[0].Wire[:2],
		"payload-plain":        f.Writes[0].Payload,
	} {
		sameBytes(t, field, traceSpan(t, trace, field), want)
	}

	h := r.Header
	plain, err := h.Append(nil)
	noError(t, "section", err)
	sameBytes(t, "section", plain, f.HeaderPlain)
	wire, err := codec.SealRequest(nil, key, &h, a.Time, filled(recorded))
	noError(t, "request", err)
	sameBytes(t, "request", wire, f.Wire)
	checkSealing(t, "body", h.RequestBody, f.Writes)
	checkOpening(t, "body", h.RequestBody, f.Writes)
}
