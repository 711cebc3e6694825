package inner

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/report"
	"vmesskit/inspect/session"
)

// Folder is where files are made. Names have no separators in them.
type Folder interface {
	// Create makes a file. That there is one of the name is an error.
	Create(name string) (io.WriteCloser, error)
	// Append opens a file that Create made, to go on at its end.
	Append(name string) (io.WriteCloser, error)
}

// Files writes what sessions carried to a folder: a file for each direction of a
// session or a sub-connection in which there was anything, and an index that says
// what is what. Datagrams stand one behind the other; their sizes and addresses
// are in the index.
type Files struct {
	folder Folder
	list   []*report.Session
	width  int // digits of the largest number
	index  io.WriteCloser
	made   map[place]*file
	open   []*file // the latest used last
	total  int64
	err    error
}

// IndexName is the name of the index: JSON, one object a line.
const IndexName = "index.jsonl"

const (
	maxOpen  = 64 // files at the same time; what is closed is opened again
	maxName  = 80 // bytes of a target in a name
	maxHoles = 16 // that the index lists of a file
)

// place is what a file is of.
type place struct {
	session, sub int
	from         codec.Direction
}

// file is one that is written.
type file struct {
	name        string
	w           io.WriteCloser // nil while it is closed
	bytes       int64
	sum         hash.Hash
	first, last flow.Time
	holes       []int64
}

// NewFiles begins with the index, so that a folder that has been used before is
// refused at once.
func NewFiles(folder Folder, list []*report.Session) (*Files, error) {
	f := &Files{folder: folder, list: list, made: make(map[place]*file), width: 1}
	if len(list) > 0 {
		f.width = len(strconv.Itoa(list[len(list)-1].Index))
	}
	var err error
	f.index, err = folder.Create(IndexName)
	return f, err
}

// Count gives how many files there are besides the index, and their bytes.
func (f *Files) Count() (files int, bytes int64) { return len(f.made), f.total }

// Tap gives the tap of one of the sessions.
func (f *Files) Tap(s *report.Session) session.Tap {
	return &keeper{f: f, s: s, lost: make(map[way]bool)}
}

// keeper writes the files of one session.
type keeper struct {
	f    *Files
	s    *report.Session
	subs int          // that were opened
	lost map[way]bool // the beginning of what has no file yet is missing
}

func (k *keeper) Header(codec.Direction, flow.Time)               {}
func (k *keeper) Open(int, flow.Time)                             { k.subs++ }
func (k *keeper) Close(codec.Direction, int, flow.Time, flow.How) {}
func (k *keeper) Finish()                                         {}

func (k *keeper) Data(p *session.Carried) {
	f := k.f
	if f.err != nil || len(p.Data) == 0 {
		return
	}
	at := place{k.s.Index, p.Sub, p.From}
	out := f.made[at]
	if out == nil {
		out = &file{name: f.name(k.s, p.Sub, p.From), first: p.At, sum: sha256.New()}
		if k.lost[way{p.Sub, p.From}] {
			out.holes = []int64{0}
		}
		f.made[at] = out
	}
	if f.err = f.ready(out); f.err == nil {
		_, f.err = out.w.Write(p.Data)
	}
	out.sum.Write(p.Data)
	out.bytes += int64(len(p.Data))
	out.last = p.At
	f.total += int64(len(p.Data))
}

func (k *keeper) Hole(from codec.Direction, at flow.Time) {
	for sub := session.NoSub; sub < k.subs; sub++ {
		switch out := k.f.made[place{k.s.Index, sub, from}]; {
		case out == nil:
			k.lost[way{sub, from}] = true
		case len(out.holes) < maxHoles:
			out.holes = append(out.holes, out.bytes)
		}
	}
}

// ready sees to it that a file is open, and closes the one that was not used
// for the longest time if there are too many.
func (f *Files) ready(out *file) (err error) {
	if i := slices.Index(f.open, out); i >= 0 {
		f.open = append(slices.Delete(f.open, i, i+1), out)
		return nil
	}
	if len(f.open) == maxOpen {
		if err := f.shut(f.open[0]); err != nil {
			return err
		}
		f.open = slices.Delete(f.open, 0, 1)
	}
	if out.bytes == 0 {
		out.w, err = f.folder.Create(out.name)
	} else {
		out.w, err = f.folder.Append(out.name)
	}
	if err == nil {
		f.open = append(f.open, out)
	}
	return err
}

func (f *Files) shut(out *file) error {
	err := out.w.Close()
	out.w = nil
	return err
}

// name makes a name that every system takes: numbers, direction, target.
func (f *Files) name(s *report.Session, sub int, from codec.Direction) string {
	name := fmt.Sprintf("session-%0*d", f.width, s.Index)
	target := s.Facts.Header.Target
	if sub != session.NoSub {
		name += fmt.Sprintf(".%d", sub+1)
		target = s.Facts.Mux[sub].Target
	}
	name += "-" + from.String()
	if target != "" {
		name += "-" + harmless(target)
	}
	return name + ".bin"
}

// harmless keeps of a target what cannot mean anything to a file system or a
// shell.
func harmless(target string) string {
	target = strings.NewReplacer("[", "", "]", "").Replace(target)
	b := []byte(target[:min(len(target), maxName)])
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-':
		case c == '.' && i > 0 && b[i-1] != '.':
		default:
			b[i] = '_'
		}
	}
	return string(b)
}

// Close writes the index, closes all files and tells the first error.
func (f *Files) Close() error {
	for _, out := range f.open {
		if err := f.shut(out); f.err == nil {
			f.err = err
		}
	}
	w := bufio.NewWriter(f.index)
	if f.err == nil {
		f.err = f.writeIndex(w)
	}
	if err := w.Flush(); f.err == nil {
		f.err = err
	}
	if err := f.index.Close(); f.err == nil {
		f.err = err
	}
	return f.err
}
