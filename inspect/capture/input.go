package capture

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
)

// Input is one capture file. Open may be called again for a later run, and
// once in each; the standard input is an Input that can be read once.
type Input struct {
	Name string
	Open func() (io.ReadCloser, error)
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
	raw    io.Closer
	packed io.Closer // the unpacker, if it wants to be closed
	format format    // nil if the input is no capture
	unfit  error     // why not
	head   packet    // the next packet, unless at the end
	done   bool
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
		return nil, &Error{File: in.Name, What: "input", Off: -1, Err: err}
	}
	f := &file{info: info, raw: rc}
	src, err := f.unpack(&counter{src: rc, meter: meter}, o)
	if err == nil {
		f.format, err = o.sniff(newBuffer(in.Name, src, size), info)
	}
	f.unfit = err
	return f, nil
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
	return nil, b.damage("file header", fmt.Sprintf("% x", head), want)
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
}

func (f *file) close() {
	if f.packed != nil {
		f.packed.Close()
	}
	f.raw.Close()
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
