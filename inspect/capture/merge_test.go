package capture

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
)

// openFiles counts how many inputs are open at once.
type openFiles struct{ now, most, opened, max int }

func (o *openFiles) input(name string, file []byte) Input {
	return Input{Name: name, Open: func() (io.ReadCloser, error) {
		if o.now == o.max {
			return nil, fmt.Errorf("open %s: %w", name, syscall.EMFILE)
		}
		o.now++
		o.opened++
		o.most = max(o.most, o.now)
		return &openFile{bytes.NewReader(file), o}, nil
	}}
}

type openFile struct {
	io.Reader
	o *openFiles
}

func (f *openFile) Close() error {
	f.o.now--
	return nil
}

// hourly makes n captures, each of which begins before the one in front of it
// ends, and gives them in any order.
func hourly(o *openFiles, n, overlap int) (in []Input, packets int) {
	const each = 10
	for i := range n {
		var recs []rec
		for j := range each + 1 {
			at := int64(i*each + j)
			if j == each {
				at = int64(min((i+overlap)*each, n*each-1))
			}
			recs = append(recs, rec{at: at, data: frame(client, server, uint32(100+at), 0, ack, []byte{byte(at)})})
			packets++
		}
		in = append(in, o.input(fmt.Sprint("file", i), classicFile(le, true, 1, recs...)))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { in[i], in[j] = in[j], in[i] })
	return in, packets
}

// TestManyInputs: thousands of captures of one time after another need few
// files at once.
func TestManyInputs(t *testing.T) {
	const n = 2000
	for _, overlap := range []int{1, 3} {
		o := &openFiles{max: keepOpen + 10}
		in, packets := hourly(o, n, overlap)
		flows, sum, err := readInputs(t, Options{}, in...)
		if err != nil || len(flows) != 1 || sum.Packets != int64(packets) {
			t.Fatalf("%d flows, %d packets, %v; want 1 and %d", len(flows), sum.Packets, err, packets)
		}
		for i, b := range flows[0].got[0] {
			if b != byte(i) {
				t.Fatalf("byte %d is %d: the packets are not in order", i, b)
			}
		}
		for _, f := range sum.Files {
			if want := int64(11); f.Packets != want || f.Problem != "" || len(f.LinkTypes) != 1 {
				t.Fatalf("%+v, want %d packets", f, want)
			}
		}
		if o.now != 0 || o.opened > 2*n {
			t.Errorf("%d are still open, %d were opened", o.now, o.opened)
		}
		t.Logf("at most %d of %d are open at once", o.most, n)
	}
}

// TestTooManyAtOnce: where the files are of the same time the error says what
// to do.
func TestTooManyAtOnce(t *testing.T) {
	for _, most := range []int{100, 300} {
		o := &openFiles{max: most}
		in, _ := hourly(o, 400, 400)
		_, _, err := readInputs(t, Options{}, in...)
		if err == nil || !strings.Contains(err.Error(), "mergecap") || o.now != 0 {
			t.Errorf("at most %d: %v, %d still open", most, err, o.now)
		}
	}
}

// An input that can be read once is opened once, wherever it stands.
func TestOnce(t *testing.T) {
	o := &openFiles{max: -1}
	in, _ := hourly(o, keepOpen+5, 0)
	for i := range in {
		open, left := in[i].Open, 1
		in[i].Once = true
		in[i].Open = func() (io.ReadCloser, error) {
			if left--; left < 0 {
				return nil, io.ErrClosedPipe
			}
			return open()
		}
	}
	if _, _, err := readInputs(t, Options{}, in...); err != nil {
		t.Error(err)
	}
}
