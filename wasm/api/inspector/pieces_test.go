package inspector

import (
	"bytes"
	"io"
	"testing"
)

type pieceList struct{ list [][]byte }

func (p *pieceList) Write(b []byte) (int, error) {
	p.list = append(p.list, bytes.Clone(b))
	return len(b), nil
}

func TestPieces(t *testing.T) {
	for _, writes := range [][]int{
		{}, {1}, {PieceSize}, {PieceSize + 1}, {3*PieceSize + 7}, {10, PieceSize - 10, 1}, {PieceSize - 1, 2 * PieceSize, 5}, {100, 10 * PieceSize},
	} {
		var got pieceList
		var want []byte
		w := newPieces(&got)
		for i, n := range writes {
			line := bytes.Repeat([]byte{byte('a' + i)}, n)
			want = append(want, line...)
			if _, err := w.Write(line); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytes.Join(got.list, nil), want) {
			t.Errorf("%v: the pieces together are not what was written", writes)
		}
		for _, p := range got.list {
			if len(p) == 0 || len(p) > PieceSize {
				t.Errorf("%v: a piece of %d bytes", writes, len(p))
			}
		}
	}
}

func TestPiecesStopAtAnError(t *testing.T) {
	r, w := io.Pipe()
	r.Close()
	n, err := pieces{w}.Write(make([]byte, 3*PieceSize))
	if n != 0 || err != io.ErrClosedPipe {
		t.Errorf("got %d, %v; want nothing and the writer's error", n, err)
	}
}
