package capture

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

// times reads the packets of one file alone.
func times(t *testing.T, o Options, file []byte) (at []int64, info File) {
	t.Helper()
	o.defaults()
	infos := make([]File, 1)
	m, err := openAll([]Input{input("f", file)}, &o, infos, &progress{})
	if err != nil {
		t.Fatal(err)
	}
	for f := m.first(); f != nil; f = m.next() {
		at = append(at, int64(f.head.at))
	}
	return at, infos[0]
}

func TestClassicHeaders(t *testing.T) {
	r := rec{at: 1_700_000_000_123_456_789, data: make([]byte, 20)}
	for _, o := range []bo{le, be} {
		for _, nano := range []bool{false, true} {
			at, info := times(t, Options{}, classicFile(o, nano, 1, r, r))
			want, format := int64(1_700_000_000_123_456_000), "pcap"
			if nano {
				want, format = r.at, "pcap-ns"
			}
			if !slices.Equal(at, []int64{want, want}) || info.Format != format || info.Packets != 2 || info.Problem != "" {
				t.Errorf("%v, nano %v: times %v, %+v", o, nano, at, info)
			}
		}
	}
}

func TestClockResolutions(t *testing.T) {
	r := rec{data: make([]byte, 20)}
	tests := []struct {
		resolution int // -1: none is stated
		offset     int64
		ticks      uint64
		want       int64
	}{
		{-1, 0, 1_500_000, 1.5e9},
		{6, 0, 1_500_000, 1.5e9},
		{9, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789},
		{0, 0, 1_700_000_000, 1_700_000_000e9},
		{3, 7, 1500, 8.5e9},
		{12, -2, 3_000_000_000_001, 1e9},
		{127, 0, 1 << 62, 0},
		{0x80, 0, 5, 5e9},
		{0x80 | 10, 1, 1536, 2.5e9},
		{0x80 | 32, 0, 3 << 31, 1.5e9},
		{0x80 | 63, 0, 1 << 63, 1e9},
		{0x80 | 64, 0, 1 << 63, 5e8},
		{0x80 | 65, 0, 1 << 63, 2.5e8},
		{0xff, 0, 1 << 63, 0},
	}
	for _, tt := range tests {
		for _, o := range []bo{le, be} {
			file := slices.Concat(ngSection(o), ngInterface(o, 0, tt.resolution, tt.offset), ngEnhanced(o, 0, tt.ticks, r))
			if at, info := times(t, Options{}, file); len(at) != 1 || at[0] != tt.want || info.Problem != "" {
				t.Errorf("resolution %#x, offset %d, %d ticks: %v, want %d; %s", tt.resolution, tt.offset, tt.ticks, at, tt.want, info.Problem)
			}
		}
	}
}

// Two sections of different byte order, each with its own interfaces, and all
// kinds of packet blocks.
func TestSectionsAndBlocks(t *testing.T) {
	r := rec{data: frame(client, server, 10, 0, syn, nil)}
	long := rec{data: append(r.data, make([]byte, 60)...)}
	file := slices.Concat(
		ngSection(le),
		ngInterface(le, 96, 9, 0), ngInterface(le, 0, -1, 0),
		ngBlock(le, 5, make([]byte, 30)),             // statistics
		ngBlock(le, 0x80000001, make([]byte, 3<<20)), // somebody's own, larger than the buffer
		ngEnhanced(le, 0, 1000, r), ngObsolete(le, 1, 2, r),
		ngSimple(le, r),
		ngSimple(le, rec{data: long.data[:96], orig: len(long.data)}),
		ngSection(be), ngInterface(be, 1500, 0, 0), ngEnhanced(be, 0, 3, r), ngObsolete(be, 0, 4, r),
	)
	at, info := times(t, Options{}, file)
	if want := []int64{1000, 2000, 2000, 2000, 3e9, 4e9}; !slices.Equal(at, want) {
		t.Errorf("times %v, want %v", at, want)
	}
	want := File{Name: "f", Format: "pcapng", ByteOrder: "mixed", LinkTypes: []string{"EN10MB"}, Snaplen: 1500, Packets: 6}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("file, want with -, got with +:\n%s", diff)
	}
	if flows, _ := read(t, Options{}, file); len(flows) != 1 || flows[0].rec.Packets[0] != 6 {
		t.Errorf("%d flows, want one with 6 packets", len(flows))
	}
}

func TestSecrets(t *testing.T) {
	secret := func(o bo, n uint32, text string) []byte {
		return ngBlock(o, 10, append(o.AppendUint32(o.AppendUint32(nil, 0x544c534b), n), text...))
	}
	file := slices.Concat(ngSection(be), secret(be, 5, "first"), ngInterface(be, 0, -1, 0), secret(be, 6, "second"), secret(be, 99, "cut"))
	var got []string
	o := Options{Secrets: func(kind uint32, data []byte) { got = append(got, fmt.Sprintf("%x %s", kind, data)) }}
	_, sum, err := readInputs(t, o, input("f", file))
	if want := "544c534b first,544c534b second"; err != nil || strings.Join(got, ",") != want {
		t.Errorf("secrets %q, %v; want %q", got, err, want)
	}
	if sum.Files[0].Problem == "" {
		t.Error("a secrets block that is too short is no problem")
	}
}

func TestPacked(t *testing.T) {
	plain := new(script).hello(1, 2).up(2, 3, ack, "x").file()
	zip := func(parts ...[]byte) []byte {
		var b bytes.Buffer
		for _, p := range parts {
			w := gzip.NewWriter(&b)
			w.Write(p)
			w.Close()
		}
		return b.Bytes()
	}
	enc, _ := zstd.NewWriter(nil)
	tests := []struct {
		name, packed string
		file         []byte
	}{
		{"plain", "", plain},
		{"gzip", "gzip", zip(plain)},
		{"gzip in two members", "gzip", zip(plain[:50], plain[50:])},
		{"zstd", "zstd", enc.EncodeAll(plain, nil)},
	}
	for _, tt := range tests {
		flows, sum := read(t, withZstd, tt.file)
		f := sum.Files[0]
		if f.Packed != tt.packed || f.Packets != 4 || f.Problem != "" || flows[0].String() != `a "x", a cut, b cut` {
			t.Errorf("%s: %+v, %v", tt.name, f, flows)
		}
	}
	cut := zip(plain)
	_, sum := read(t, Options{}, cut[:len(cut)-10])
	if p := sum.Files[0].Problem; !strings.Contains(p, "unexpected EOF") {
		t.Errorf("gzip that is cut: problem %q", p)
	}
}

func TestMerge(t *testing.T) {
	at := func(n int64, data string) rec {
		return rec{at: n, data: frame(client, server, uint32(100+n), 0, ack, []byte(data))}
	}
	a := classicFile(le, true, 1, at(1, "b"), at(4, "e"), at(6, "g"))
	b := slices.Concat(ngSection(be), ngInterface(be, 0, 9, 0), ngEnhanced(be, 0, 0, at(0, "a")), ngEnhanced(be, 0, 5, at(5, "f")))
	c := classicFile(be, true, 1, at(2, "c"), at(3, "d"), at(7, "h"))
	flows, sum := read(t, Options{}, a, b, c)
	if len(flows) != 1 || string(flows[0].got[0]) != "abcdefgh" || sum.Packets != 8 {
		t.Errorf("%v and %+v, want one flow with abcdefgh", flows, sum)
	}
	var names []string
	for _, f := range sum.Files {
		names = append(names, fmt.Sprint(f.Name, " ", f.Format, " ", f.Packets))
	}
	if got, want := strings.Join(names, ","), "file0 pcap-ns 3,file1 pcapng 2,file2 pcap-ns 3"; got != want {
		t.Errorf("files %s, want %s", got, want)
	}
}

// Between equal times the order of the inputs decides.
func TestMergeTies(t *testing.T) {
	file := func(id byte, at ...int64) []byte {
		var recs []rec
		for _, n := range at {
			recs = append(recs, rec{at: n, data: []byte{id}})
		}
		return classicFile(le, true, 1, recs...)
	}
	o := Options{}
	o.defaults()
	in := []Input{input("a", file('a', 1, 5, 5)), input("b", file('b', 1, 3, 5)), input("c", file('c', 1, 1, 5))}
	m, err := openAll(in, &o, make([]File, 3), &progress{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for f := m.first(); f != nil; f = m.next() {
		got += string(f.head.data)
	}
	if got != "abccbaabc" {
		t.Errorf("order %s, want abccbaabc", got)
	}
}

func TestNotACapture(t *testing.T) {
	good := new(script).up(1, 0, syn, "").file()
	fault := errors.New("no such file")
	absent := Input{Name: "absent", Open: func() (io.ReadCloser, error) { return nil, fault }}
	tests := []struct {
		name string
		in   []Input
		want string
	}{
		{"nothing", nil, "capture: inputs: none, want at least one"},
		{"empty", []Input{input("e", nil)}, "e: file header at 0: the file is empty, want the magic number of pcap or pcapng"},
		{"short", []Input{input("s", []byte("ab"))}, "s: file header at 0: 2 bytes, want 4"},
		{"text", []Input{input("t", []byte("hello, world"))}, "t: file header at 0: 68 65 6c 6c, want the magic number of pcap or pcapng"},
		{"half a header", []Input{input("h", good[:20])}, "h: pcap header at 0: 20 bytes, want 24"},
		{"no unpacker", []Input{input("x", []byte("\xfd7zXZ\x00..."))}, "x: file header at 0: packed with xz, want an unpacker for it, or a file that is not packed"},
		{"cannot be opened", []Input{input("g", good), absent}, "absent: input: no such file"},
	}
	for _, tt := range tests {
		_, _, err := readInputs(t, Options{}, tt.in...)
		var e *Error
		if !errors.As(err, &e) || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	if _, _, err := readInputs(t, Options{}, absent); !errors.Is(err, fault) {
		t.Errorf("error %v does not unwrap to its cause", err)
	}
	flows, sum, err := readInputs(t, Options{}, input("t", []byte("text")), input("g", good))
	if err != nil || len(flows) != 1 || sum.Files[0].Problem == "" || sum.Files[1].Problem != "" {
		t.Errorf("one capture among two files: %d flows, %+v, %v", len(flows), sum.Files, err)
	}
}

func TestUnknownLinkType(t *testing.T) {
	file := classicFile(le, true, 105, rec{data: make([]byte, 60)})
	flows, sum := read(t, Options{}, file)
	f := sum.Files[0]
	if len(flows) != 0 || sum.Bad != 1 || f.LinkTypes[0] != "link type 105" || !strings.Contains(f.Problem, "105") {
		t.Errorf("%d flows, %+v", len(flows), sum)
	}
}

func TestProgress(t *testing.T) {
	file, _ := bulk(5 << 20)
	var told []int64
	o := Options{Progress: func(n int64) { told = append(told, n) }}
	if _, err := Read([]Input{input("a", file), input("b", file)}, &discarder{}, o); err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(told) || len(told) < 5 || told[len(told)-1] != int64(2*len(file)) {
		t.Errorf("progress %v, want it rising to %d", told, 2*len(file))
	}
}
