package vectors

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"vmesskit/codec"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// order is how the fields of a message follow from each other. A trace has them
// in the order in which a reader meets them; who writes an implementation has
// to get the earlier ones right before he can get the later.
var order = []codec.Field{
	// Request.
	codec.FieldCmdKey,
	codec.FieldAuthIDKey, codec.FieldAuthChecksum, codec.FieldAuthIDPlain, codec.FieldAuthID,
	codec.FieldLegacyAuth, codec.FieldLegacyIV,
	codec.FieldHeaderChecksum, codec.FieldSection,
	codec.FieldHeaderLengthPlain, codec.FieldHeaderLengthKey, codec.FieldHeaderLengthNonce,
	codec.FieldHeaderLengthSealed, codec.FieldHeaderLengthTag,
	codec.FieldHeaderKey, codec.FieldHeaderNonce, codec.FieldHeaderSealed, codec.FieldHeaderTag,
	codec.FieldHeaderEncrypted, codec.FieldRequest,

	// Response.
	codec.FieldResponseKey, codec.FieldResponseIV,
	codec.FieldSwitchChecksum, codec.FieldResponseCommandData, codec.FieldResponsePlain,
	codec.FieldResponseLengthPlain, codec.FieldResponseLengthKey, codec.FieldResponseLengthNonce,
	codec.FieldResponseLengthSealed, codec.FieldResponseLengthTag,
	codec.FieldResponseHeaderKey, codec.FieldResponseHeaderNonce, codec.FieldResponseSealed, codec.FieldResponseTag,
	codec.FieldResponseEncrypted, codec.FieldResponse,

	// Body, and each chunk of it.
	codec.FieldLengthKey, codec.FieldChaChaKey,
	codec.FieldPaddingDraw, codec.FieldMaskDraw,
	codec.FieldChunkLengthPlain, codec.FieldChunkLength, codec.FieldChunkLengthMasked,
	codec.FieldLengthNonce, codec.FieldChunkLengthSealed, codec.FieldChunkLengthTag,
	codec.FieldChunkNonce, codec.FieldPayloadSealed, codec.FieldPayloadTag, codec.FieldPayloadChecksum,
	codec.FieldChunkPlain, codec.FieldStream, codec.FieldChunk,
}

var rank = func() map[codec.Field]int {
	m := map[codec.Field]int{}
	for i, f := range order {
		m[f] = i
	}
	return m
}()

// collector takes the values out of a trace.
type collector struct {
	trace  *codec.Trace
	chunks map[int]int // number of a chunk, by its span
	found  []found
}

type found struct {
	Step
	chunk, rank int
}

const noChunk = -1

// steps gives the values of a trace in the order of their derivation. A stretch
// of a body without chunks counts as a chunk.
func steps(t *codec.Trace) []Step {
	c := &collector{trace: t, chunks: map[int]int{}}
	for i, s := range t.Spans {
		if s.Field == codec.FieldChunk || s.Field == codec.FieldStream {
			c.chunks[i] = len(c.chunks)
		}
	}
	for _, b := range t.Buffers {
		c.take(b.Field, b.Data, b.Formula, c.chunkOf(b.From))
	}
	for i, s := range t.Spans {
		c.take(s.Field, t.Buffers[s.Buffer].Data[s.Off:s.Off+s.Len], "", c.chunkOf(i))
	}
	slices.SortStableFunc(c.found, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.chunk, b.chunk), cmp.Compare(a.rank, b.rank))
	})
	var out []Step
	for _, f := range c.found {
		out = append(out, f.Step)
	}
	return out
}

// chunkOf gives the chunk that a span belongs to, or noChunk.
func (c *collector) chunkOf(span int) int {
	for span >= 0 {
		if n, ok := c.chunks[span]; ok {
			return n
		}
		s := &c.trace.Spans[span]
		if s.Parent >= 0 {
			span = s.Parent
		} else {
			span = c.trace.Buffers[s.Buffer].From
		}
	}
	return noChunk
}

func (c *collector) take(f codec.Field, value []byte, formula string, chunk int) {
	r, wanted := rank[f]
	if !wanted {
		return // an input, or a part of what is there as a whole
	}
	name := f.String()
	switch {
	case f == codec.FieldStream:
		name = "stream." + strconv.Itoa(chunk)
	case chunk != noChunk:
		name = "chunk." + strconv.Itoa(chunk) + "." + name
	}
	if slices.ContainsFunc(c.found, func(was found) bool {
		// Derived for both sides; or a length that is there with its buffer.
		return was.Name == name || f == codec.FieldChunkLength && was.chunk == chunk && was.rank == rank[codec.FieldChunkLengthPlain]
	}) {
		return
	}
	c.found = append(c.found, found{Step{Name: name, Value: slices.Clone(value), Formula: formula}, chunk, r})
}

// Field takes the chunk off the name of a step: "chunk.0.chunk-nonce" is a
// chunk-nonce.
func Field(step string) string {
	if rest, ok := strings.CutPrefix(step, "chunk."); ok {
		_, name, _ := strings.Cut(rest, ".")
		return name
	}
	name, _, _ := strings.Cut(step, ".")
	return name
}
