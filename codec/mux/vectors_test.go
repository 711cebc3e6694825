package mux_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// The vectors were recorded from other implementations: every frame of them is
// read, and written again byte for byte.
const vectorDir = "../../testdata/vectors/"

func readVector(t *testing.T, name string, v any) {
	t.Helper()
	file, err := os.ReadFile(vectorDir + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, v); err != nil {
		t.Fatal(err)
	}
}

// hexBytes is a binary value.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// frames reads a row of frames and checks that each is written as it was read.
func frames(t *testing.T, label string, b []byte) (out []mux.Frame) {
	t.Helper()
	for len(b) > 0 {
		f, n, err := mux.ParseFrame(b)
		if err != nil {
			t.Fatalf("%s: %v", label, err)
		}
		again, err := f.Append([]byte("front"))
		if err != nil || string(again) != "front"+string(b[:n]) {
			t.Errorf("%s: appended as %x, %v, want %x", label, again, err, b[:n])
		}
		out, b = append(out, f), b[n:]
	}
	return out
}

// wantFrames compares frames with what tell gives for them.
func wantFrames(t *testing.T, label string, got []mux.Frame, want ...string) {
	t.Helper()
	told := make([]string, len(got))
	for i := range got {
		told[i] = tell(&got[i])
	}
	if strings.Join(told, "; ") != strings.Join(want, "; ") {
		t.Errorf("%s:\n got %s\nwant %s", label, strings.Join(told, "; "), strings.Join(want, "; "))
	}
}

func sameBytes(t *testing.T, label string, got []byte, err error, want []byte) {
	t.Helper()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x, %v\nwant %x", label, got, err, want)
	}
}

func addr(text string) codec.Address {
	i := strings.LastIndexByte(text, ':')
	port := uint16(0)
	for _, c := range text[i+1:] {
		port = port*10 + uint16(c-'0')
	}
	return codec.HostPort(text[:i], port)
}

func tcp(text string) mux.Target { return mux.Target{Network: mux.TCP, Address: addr(text)} }
func udp(text string) mux.Target { return mux.Target{Network: mux.UDP, Address: addr(text)} }

func TestVectorsOfV2ray(t *testing.T) {
	var v struct {
		Frames []struct {
			Name            string
			Option          mux.Option
			Session         uint16
			Status          mux.Status
			Target          string
			Wire            hexBytes
			NoteOfRecording string `json:"note"`
		}
		Sequences []struct {
			Step string
			Wire hexBytes
		} `json:"writer_sequences"`
	}
	readVector(t, "v2fly_mux", &v)
	if len(v.Frames) != 7 || len(v.Sequences) != 7 {
		t.Fatalf("got %d frames and %d sequences, want 7 and 7", len(v.Frames), len(v.Sequences))
	}
	for _, r := range v.Frames {
		wire := r.Wire
		if r.Option.Has(mux.WithData) { // the recording has the metadata only
			wire = append(wire, 0, 0)
		}
		got := frames(t, r.Name, wire)
		if len(got) != 1 || got[0].ID != r.Session || got[0].Status != r.Status || got[0].Option != r.Option {
			t.Errorf("%s: got %+v, want %+v", r.Name, got, r)
		}
		if target := strings.TrimPrefix(r.Target, "unknown:"); got[0].Target.String() != target {
			t.Errorf("%s: got target %q, want %q", r.Name, got[0].Target, target)
		}
	}

	tcpSide := mux.Encoder{ID: 1, Target: tcp("example.com:80")}
	udpSide := mux.Encoder{ID: 2, Target: udp("8.8.8.8:53")}
	server := mux.Encoder{ID: 2, Target: mux.Target{Network: mux.UDP}, Server: true}
	packets := func(e *mux.Encoder, packets ...string) ([]byte, error) {
		var out []byte
		for _, p := range packets {
			var err error
			if out, err = e.AppendPacket(out, []byte(p), codec.Address{}); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	for i, write := range []func() ([]byte, error){
		func() ([]byte, error) { return tcpSide.Append(nil, []byte("hello")) },
		func() ([]byte, error) { return tcpSide.Append(nil, []byte("world")) },
		func() ([]byte, error) { return tcpSide.Append(nil, nil) },
		func() ([]byte, error) { return tcpSide.AppendEnd(nil), nil },
		func() ([]byte, error) { return packets(&udpSide, "") },
		func() ([]byte, error) { return packets(&udpSide, "a", "bc") },
		func() ([]byte, error) { return packets(&server, "zz") },
	} {
		r := v.Sequences[i]
		got, err := write()
		sameBytes(t, r.Step, got, err, r.Wire)
		frames(t, r.Step, r.Wire)
	}
	wantFrames(t, "all sequences", frames(t, "all", joinWires(v.Sequences, func(i int) []byte { return v.Sequences[i].Wire })),
		`1 new data tcp:example.com:80 "hello"`, `1 keep data "world"`, `1 keep`, `1 end`,
		`2 new udp:8.8.8.8:53`, `2 keep data "a"`, `2 keep data "bc"`, `2 keep data "zz"`)
}

func joinWires[T any](rows []T, wire func(int) []byte) (out []byte) {
	for i := range rows {
		out = append(out, wire(i)...)
	}
	return out
}

func TestVectorsOfXray(t *testing.T) {
	var v struct {
		Vectors []struct {
			Step string
			Wire hexBytes
		}
	}
	readVector(t, "xray_mux_xudp", &v)
	id := mux.GlobalID{1, 2, 3, 4, 5, 6, 7, 8}
	const to, v6 = "8.8.8.8:53", "[2001:db8::1]:5353"
	xudp, zero, bare := mux.NewXUDP(addr(to)), mux.NewXUDP(addr(to)), mux.NewXUDP(addr(to))
	xudp.GlobalID, xudp.HasGlobalID = id, true
	zero.HasGlobalID = true
	client := &mux.Encoder{ID: 7, Target: udp(to), GlobalID: id, HasGlobalID: true}
	server := &mux.Encoder{ID: 7, Target: mux.Target{Network: mux.UDP}, Server: true}
	stream := &mux.Encoder{ID: 1, Target: tcp("example.com:80")}

	packet := func(e *mux.Encoder, data string, peer codec.Address) func() ([]byte, error) {
		return func() ([]byte, error) { return e.AppendPacket(nil, []byte(data), peer) }
	}
	rows := []struct {
		write func() ([]byte, error)
		want  string
	}{
		{packet(xudp, "q1", addr(to)), `0 new data udp:8.8.8.8:53 id 0102030405060708 "q1"`},
		{packet(xudp, "q2", addr(v6)), `0 keep data udp:[2001:db8::1]:5353 "q2"`},
		{packet(xudp, "q3", addr("example.com:123")), `0 keep data udp:example.com:123 "q3"`},
		{packet(xudp, "q4", codec.Address{}), `0 keep data "q4"`},
		{packet(zero, "q1", addr(to)), `0 new data udp:8.8.8.8:53 id 0000000000000000 "q1"`},
		{packet(bare, "q1", codec.Address{}), `0 new data udp:8.8.8.8:53 "q1"`},
		{packet(client, "m1", addr(to)), `7 new data udp:8.8.8.8:53 id 0102030405060708 "m1"`},
		{packet(client, "m2", addr(v6)), `7 keep data udp:[2001:db8::1]:5353 "m2"`},
		{func() ([]byte, error) { return client.AppendEnd(nil), nil }, `7 end`},
		{packet(server, "r1", addr(to)), `7 keep data udp:8.8.8.8:53 "r1"`},
		{packet(server, "r2", codec.Address{}), `7 keep data "r2"`},
		{func() ([]byte, error) { return stream.Append(nil, []byte("hello")) }, `1 new data tcp:example.com:80 "hello"`},
	}
	if len(v.Vectors) != len(rows) {
		t.Fatalf("got %d vectors, want %d", len(v.Vectors), len(rows))
	}
	for i, r := range rows {
		rec := v.Vectors[i]
		got, err := r.write()
		sameBytes(t, rec.Step, got, err, rec.Wire)
		wantFrames(t, rec.Step, frames(t, rec.Step, rec.Wire), r.want)
	}
}

func TestVectorsOfSing(t *testing.T) {
	var v struct {
		Frames []struct {
			Name          string
			Payload, Wire hexBytes
		}
		PacketAddr []struct {
			Addr   string
			Packet hexBytes
		}
	}
	readVector(t, "sing_mux_xudp", &v)
	if len(v.Frames) != 6 || len(v.PacketAddr) != 2 {
		t.Fatalf("got %d frames and %d packets, want 6 and 2", len(v.Frames), len(v.PacketAddr))
	}
	xudp := mux.NewXUDP(addr("8.8.8.8:53"))
	stream := &mux.Encoder{Target: tcp("example.com:80")}
	for i, want := range []string{
		`0 new data udp:8.8.8.8:53 "dns?"`,
		`0 keep data udp:1.1.1.1:5353 "dns?"`,
		`0 keep data udp:[2001:db8::1]:53 "dns?"`,
		`0 keep data udp:example.com:123 "dns?"`,
		`0 new data tcp:example.com:80 "hello"`,
		`0 keep data "hello"`,
	} {
		r := v.Frames[i]
		parsed := frames(t, r.Name, r.Wire)
		wantFrames(t, r.Name, parsed, want)
		var got []byte
		var err error
		if i < 4 {
			got, err = xudp.AppendPacket(nil, r.Payload, parsed[0].Target.Address)
		} else {
			got, err = stream.Append(nil, r.Payload)
		}
		sameBytes(t, r.Name, got, err, r.Wire)
	}
	for _, r := range v.PacketAddr {
		checkPacket(t, r.Addr, "payload", r.Packet)
	}
}

func TestVectorsOfPacketAddr(t *testing.T) {
	var v struct {
		Vectors []struct {
			Addr            string
			Packet, Payload hexBytes
			Segment         hexBytes `json:"stream_segment"`
		}
	}
	readVector(t, "v2fly_packetaddr", &v)
	if len(v.Vectors) != 2 {
		t.Fatalf("got %d vectors, want 2", len(v.Vectors))
	}
	for _, r := range v.Vectors {
		checkPacket(t, r.Addr, string(r.Payload), r.Packet)
		p, n, err := mux.ParseSegment(append(r.Segment, "behind"...))
		if err != nil || n != len(r.Segment) || p.Address != addr(r.Addr) || !bytes.Equal(p.Data, r.Payload) {
			t.Errorf("%s: got %+v, %d, %v", r.Addr, p, n, err)
		}
		got, err := p.AppendSegment(nil)
		sameBytes(t, r.Addr, got, err, r.Segment)
	}
}

func checkPacket(t *testing.T, address, payload string, wire []byte) {
	t.Helper()
	p, err := mux.ParsePacket(wire)
	if err != nil || p.Address.String() != address || string(p.Data) != payload {
		t.Errorf("%s: got %+v, %v", address, p, err)
	}
	got, err := (&mux.Packet{Address: addr(address), Data: []byte(payload)}).Append(nil)
	sameBytes(t, address, got, err, wire)
}

// The dialogue with sing's server, followed from both ends: what its encoder
// wrote, ours writes, and the sub-connections are as they were.
func TestDialogueWithSing(t *testing.T) {
	var v struct {
		Steps []struct {
			Step    string
			Client  hexBytes `json:"client_sends"`
			Answers hexBytes `json:"server_answers"`
		}
	}
	readVector(t, "sing_mux_server", &v)
	const to, v6, web = "8.8.8.8:53", "[2001:db8::1]:5353", "example.com:80"
	client := map[uint16]*mux.Encoder{
		0: mux.NewXUDP(addr(to)),
		9: {ID: 9, Target: udp(to), GlobalID: mux.GlobalID{1, 2, 3, 4, 5, 6, 7, 8}, HasGlobalID: true},
		5: {ID: 5, Target: tcp(web)},
	}
	server := map[uint16]*mux.Encoder{
		0:    {Target: mux.Target{Network: mux.UDP}, Server: true},
		9:    {ID: 9, Target: mux.Target{Network: mux.UDP}, Server: true},
		5:    {ID: 5, Target: mux.Target{Network: mux.TCP}, Server: true},
		0x4d: {ID: 0x4d, Server: true},
	}
	var wire []byte
	packet := func(e *mux.Encoder, data string, peer codec.Address) {
		var err error
		if wire, err = e.AppendPacket(wire, []byte(data), peer); err != nil {
			t.Fatal(err)
		}
	}
	stream := func(e *mux.Encoder, data string) {
		var err error
		if wire, err = e.Append(wire, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	frame := func(f mux.Frame) {
		var err error
		if wire, err = f.Append(wire); err != nil {
			t.Fatal(err)
		}
	}
	nothing := func() {}
	rows := []struct{ sends, answers func() }{
		{func() { packet(client[0], "q1", codec.Address{}) }, func() { packet(server[0], "echo:q1", addr(to)) }},
		{func() { packet(client[0], "q2", addr(v6)) }, func() { packet(server[0], "echo:q2", addr(v6)) }},
		{func() { packet(client[0], "q3", codec.Address{}) }, func() { packet(server[0], "echo:q3", addr(to)) }},
		{func() { packet(client[9], "g1", codec.Address{}) }, func() { packet(server[9], "echo:g1", addr(to)) }},
		{func() { stream(client[5], "hello") }, func() {
			stream(server[5], web+"|hello")
			wire = server[5].AppendEnd(wire)
		}},
		{func() { frame(mux.Frame{ID: 0x4d, Status: mux.Keep, Option: mux.WithData, Data: []byte("zz")}) },
			func() { wire = server[0x4d].AppendAbort(wire) }},
		{func() { frame(mux.Frame{Status: mux.KeepAlive, Option: mux.WithData, Data: []byte("kk")}) }, nothing},
		{func() { wire = client[0].AppendEnd(wire) }, nothing},
	}
	if len(v.Steps) != len(rows) {
		t.Fatalf("got %d steps, want %d", len(v.Steps), len(rows))
	}
	var heard []string
	m := mux.Sessions{Data: func(d mux.Delivery) {
		heard = append(heard, d.From.String()+" "+tellID(d.Session.ID)+" "+d.Peer.String()+" "+string(d.Data))
	}}
	for i, r := range rows {
		step := v.Steps[i]
		wire = nil
		r.sends()
		sameBytes(t, step.Step, wire, nil, step.Client)
		wire = nil
		r.answers()
		sameBytes(t, step.Step+", the answer", wire, nil, step.Answers)
		frames(t, step.Step, append(step.Client, step.Answers...))
		if err := m.Feed(codec.Up, step.Client); err != nil {
			t.Error(err)
		}
		if err := m.Feed(codec.Down, step.Answers); err != nil {
			t.Error(err)
		}
		if i < 3 && !m.XUDP() {
			t.Errorf("%s: not XUDP", step.Step)
		}
	}
	wantLines(t, heard, []string{
		"up 0 8.8.8.8:53 q1", "down 0 8.8.8.8:53 echo:q1",
		"up 0 [2001:db8::1]:5353 q2", "down 0 [2001:db8::1]:5353 echo:q2",
		"up 0 8.8.8.8:53 q3", "down 0 8.8.8.8:53 echo:q3",
		"up 9 8.8.8.8:53 g1", "down 9 8.8.8.8:53 echo:g1",
		"up 5 example.com:80 hello", "down 5 example.com:80 example.com:80|hello",
	})
	wantLines(t, tellSessions(&m), []string{
		"0 udp:8.8.8.8:53 up 6/3 down 21/3 client",
		"9 udp:8.8.8.8:53 up 2/1 down 7/1 open 0102030405060708",
		"5 tcp:example.com:80 up 5/1 down 20/1 server",
	})
	if m.XUDP() {
		t.Error("three sub-connections are XUDP")
	}
	// First all that the client sent, then all answers: the same facts.
	var apart mux.Sessions
	for _, from := range []codec.Direction{codec.Up, codec.Down} {
		for _, step := range v.Steps {
			if err := apart.Feed(from, [][]byte{step.Client, step.Answers}[from]); err != nil {
				t.Error(err)
			}
		}
	}
	wantLines(t, tellSessions(&apart), tellSessions(&m))
	if apart.Discarded != m.Discarded {
		t.Errorf("got %+v discarded, want %+v", apart.Discarded, m.Discarded)
	}
	// The frame of session 77, the KeepAlive's data; the answer to the first.
	if got, want := m.Discarded, [2]mux.Flow{{Bytes: 4, Chunks: 2}, {Chunks: 1}}; got != want {
		t.Errorf("got %+v discarded, want %+v", got, want)
	}
}
