package inspector

import (
	"bufio"
	"io"
	"slices"
)

// PieceSize bounds what a sink gets at once. A line may be longer, and a whole
// result larger than a page should ever hold in one value.
const PieceSize = 64 << 10

// newPieces gathers lines to pieces; their last is written by Flush.
func newPieces(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(pieces{w}, PieceSize) }

type pieces struct{ w io.Writer }

func (p pieces) Write(b []byte) (n int, err error) {
	for piece := range slices.Chunk(b, PieceSize) {
		k, err := p.w.Write(piece)
		n += k
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
