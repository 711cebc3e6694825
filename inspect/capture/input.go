package capture

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"syscall"
)

// Input is one capture file. Open may be called again, for a later run or, of
// many inputs, for this one: all but the first 256 are opened for a look at
// their first packet, and again when it is its turn.
type Input struct {
	Name string
	Open func() (io.ReadCloser, error)
	Once bool // Open works once only, as for the standard input; it stays open then
}

// packers are recognised by their first bytes, never by a file's name. Only
// gzip is built in; the others are unpacked if Options.Unpack has them.
var packers = []struct{ name, magic string }{
	{"gzip", "\x1f\x8b"},
	{"zstd", "\x28\xb5\x2f\xfd"},
	{"xz", "\xfd7zXZ\x00"},
	{"bzip2", "BZh"},
	{"lz4", "\x04\x22\x4d\x18"},
}

const longestMagic = 6

// file is an input that is being read.
type file struct {
	info   *File
	index  int // in the order of the inputs
	in     Input
	raw    io.Closer // nil if it is closed
	packed io.Closer // the unpacker, if it wants to be closed
	format format    // nil if the input is no capture
	unfit  error     // why not
	head   packet    // the next packet, unless at the end
	done   bool
	parked bool // closed until the time of head comes
}

// format reads the packets of one kind of capture file.
type format interface {
	// next reads the next packet; io.EOF is the end of the file.
	next(*packet) error
}

// open opens in. The error says that this is not possible; an input that is
// no capture is found in file.unfit.
func (o *Options) open(in Input, info *File, size int, meter *progress) (*file, error) {
	info.Name = in.Name
	rc, err := in.Open()
	if err != nil {
		return nil, notOpened(in.Name, err)
	}
	f := &file{info: info, in: in, raw: rc}
	src, err := f.unpack(&counter{src: rc, meter: meter}, o)
	if err == nil {
		f.format, err = o.sniff(newBuffer(in.Name, src, size), info)
	}
	f.unfit = err
	return f, nil
}

// notOpened makes the error for an input that cannot be opened.
func notOpened(name string, err error) error {
	e := &Error{File: name, What: "input", Off: -1, Err: err}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		e.Seen = "too many captures of the same time, all open at once"
		e.Want = "fewer of them (mergecap makes one of several) or a higher limit (ulimit -n)"
	}
	return e
}

// park closes a file until the time of its first packet comes. It has read
// that packet.
func (f *file) park() {
	f.close()
	f.head.data, f.format, f.parked = nil, nil, true
}

// resume opens a parked file again, and reads its first packet again.
func (f *file) resume(o *Options, size int, meter *progress) error {
	*f.info = File{}
	again, err := o.open(f.in, f.info, size, meter)
	if err != nil {
		return err
	}
	again.index = f.index
	*f = *again
	if f.unfit != nil {
		f.done = true
		f.info.problem(f.unfit)
		f.close()
		return nil
	}
	f.advance()
	return nil
}

// unpack looks at the first bytes and puts an unpacker in between if they
// are a packer's.
func (f *file) unpack(src io.Reader, o *Options) (io.Reader, error) {
	head := make([]byte, longestMagic)
	n, err := io.ReadFull(src, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, &Error{File: f.info.Name, What: "file header", Err: err}
	}
	src = io.MultiReader(bytes.NewReader(head[:n]), src)
	name := packedWith(head[:n])
	if name == "" {
		return src, nil
	}
	f.info.Packed = name
	unpack := o.unpacker(name)
	if unpack == nil {
		return nil, &Error{File: f.info.Name, What: "file header", Seen: "packed with " + name, Want: "an unpacker for it, or a file that is not packed"}
	}
	out, err := unpack(bufio.NewReaderSize(src, 64<<10))
	if err != nil {
		return nil, &Error{File: f.info.Name, What: name + " header", Err: err}
	}
	f.packed, _ = out.(io.Closer)
	return out, nil
}

func packedWith(head []byte) string {
	for _, p := range packers {
		if strings.HasPrefix(string(head), p.magic) {
			return p.name
		}
	}
	return ""
}

func (o *Options) unpacker(name string) func(io.Reader) (io.Reader, error) {
	if u := o.Unpack[name]; u != nil || name != "gzip" {
		return u
	}
	return func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
}

// sniff finds the format by the first four bytes.
func (o *Options) sniff(b *buffer, info *File) (format, error) {
	const want = "the magic number of pcap or pcapng"
	head, err := b.peek(4)
	if len(head) == 0 && err == io.EOF {
		return nil, b.damage("file header", "the file is empty", want)
	}
	if len(head) < 4 {
		return nil, b.short("file header", head, 4, err)
	}
	magic := order(true).u32(head)
	if magic == blockSection {
		return newNG(b, info, o)
	}
	if k, ok := classicMagics[magic]; ok {
		return newClassic(b, info, o, k)
	}
	return nil, b.damage("file header", spaced(head), want)
}

// advance reads the next packet into f.head.
func (f *file) advance() {
	err := f.format.next(&f.head)
	if err == nil {
		f.info.Packets++
		return
	}
	f.done = true
	if err != io.EOF {
		f.info.problem(err)
	}
	f.close()
}

func (f *file) close() {
	if f.raw == nil {
		return
	}
	if f.packed != nil {
		f.packed.Close()
	}
	f.raw.Close()
	f.raw, f.packed = nil, nil
}

// progress counts the bytes read of all inputs.
type progress struct {
	tell       func(int64)
	read, told int64
}

const progressStep = 1 << 20

func (p *progress) add(n int) {
	p.read += int64(n)
	if p.tell != nil && p.read-p.told >= progressStep {
		p.end()
	}
}

func (p *progress) end() {
	if p.tell != nil && p.read != p.told {
		p.told = p.read
		p.tell(p.read)
	}
}

type counter struct {
	src   io.Reader
	meter *progress
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.src.Read(p)
	c.meter.add(n)
	return n, err
}
