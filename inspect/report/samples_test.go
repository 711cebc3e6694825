package report

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"vmesskit/codec"
	"vmesskit/codec/mux"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
	"vmesskit/inspect/verdict"
)

// at gives a moment of the samples' morning.
func at(d time.Duration) flow.Time {
	return flow.Time(time.Date(2026, 7, 17, 9, 59, 58, 123456789, time.UTC).Add(d).UnixNano())
}

func record(client, server string, start, length time.Duration, layers ...string) *flow.Record {
	r := &flow.Record{
		Ends:  [2]netip.AddrPort{netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)},
		Start: at(start), End: at(start + length), Began: true, Packets: [2]int64{12, 9},
	}
	for _, name := range layers {
		r.Add(&flow.Layer{Name: name})
	}
	return r
}

// wrapped fills in what the layers tls1.3 and ws showed.
func wrapped(r *flow.Record) *flow.Record {
	tls, ws := r.Layers[0], r.Layers[1]
	tls.Answer = flow.Agreed
	tls.Set("sni", "vpn.example.test")
	tls.Set("suite", "TLS_AES_128_GCM_SHA256")
	ws.Answer, ws.Says = flow.TurnedDown, flow.Speech{Protocol: "http", Detail: "HTTP/1.1 404 Not Found", Status: 404}
	ws.Clock = &flow.Clock{Says: at(0).Unix(), At: at(0)}
	ws.Set("path", "/tide")
	ws.Stop(flow.Damaged, "a frame of a kind that there is not")
	return r
}

func carried(bytes, chunks int64, end string) session.Stream {
	return session.Stream{
		Wire: bytes + 18*chunks + 103, Close: flow.FIN, Opened: true, Bytes: bytes, Chunks: chunks,
		Hashed: true, Sum: sha256.Sum256([]byte{byte(bytes)}), End: end,
	}
}

// The users' ids, which no output may show unless secrets are asked for.
const (
	aliceID = "1459a8ff-ba70-414b-adbe-b8c4107835d4"
	bobID   = "04351e51-c49e-477c-b830-48821494816a"
)

// samplePieces has one at a known place and one at an unknown place.
func samplePieces() []session.Piece {
	return []session.Piece{
		{Offset: 13_031, Bytes: 24_000, Chunks: 3, Sum: sha256.Sum256([]byte("piece")), At: 13_300, Chunk: 6, Skipped: 3041, Lost: 2},
		{Offset: -1, Bytes: 49_000, Sum: sha256.Sum256([]byte("rest")), At: 41_000, Chunk: -1, Skipped: -1, Lost: -1},
	}
}

// sampleSessions has a session for each shape that a report can meet.
func sampleSessions() []*Session {
	aead := func(skew int64) *session.Auth {
		return &session.Auth{Scheme: codec.AEAD, Alter: codec.Primary, Given: true, Time: at(0).Unix() + skew, Skew: skew}
	}
	legacy := func(alter int, given bool) *session.Auth {
		return &session.Auth{Scheme: codec.Legacy, Alter: alter, Given: given, Time: at(0).Unix(), Skew: -17}
	}
	header := func(s codec.Security, o codec.Option, c codec.Command, target string) *session.Header {
		return &session.Header{Security: s, Option: o, Command: c, Target: target, Size: 117}
	}
	const smp = codec.ChunkStream | codec.ChunkMasking | codec.GlobalPadding
	announcer := &session.Facts{
		Flow:      record("192.0.2.9:40001", "203.0.113.1:10086", 3*time.Second, time.Second, "vmess"),
		Auth:      legacy(3, true),
		Header:    header(codec.SecurityAES128CFB, codec.ChunkStream, codec.CommandTCP, "www.example.test:80"),
		Response:  &session.Response{Command: codec.ResponseSwitch, Size: 38},
		Announced: &session.Announced{Port: 32000, AlterIDs: 4, Minutes: 5},
		Up:        carried(300, 1, "fin"), Down: carried(1, 1, "fin"),
	}
	list := []*Session{
		{User: "alice", ID: aliceID, Facts: &session.Facts{
			Flow:     record("192.0.2.7:50123", "203.0.113.1:10086", 0, 1500*time.Millisecond, "vmess"),
			Auth:     aead(0),
			Header:   header(codec.SecurityAES128GCM, smp, codec.CommandTCP, "www.example.test:443"),
			Response: &session.Response{Size: 38},
			Up:       carried(1893, 3, "end-chunk"), Down: carried(1_284_112, 157, "end-chunk"),
		}, Verdict: verdict.Verdict{ID: "ok", Reason: "request and answer decode", Evidence: verdict.Evidence{{Key: "notes", Value: []string{}}}}},
		{User: "alice", ID: aliceID, Facts: &session.Facts{
			Flow:     record("192.0.2.8:50200", "203.0.113.1:10086", time.Second, 4*time.Millisecond, "vmess"),
			Auth:     aead(600),
			Header:   header(codec.SecurityChaCha20Poly1305, smp|codec.AuthenticatedLength, codec.CommandTCP, "a-rather-long-name.of-a-service.in-some.region.example.test:8443"),
			Up:       session.Stream{Wire: 412, Opened: true, Bytes: 200, Chunks: 1, Hashed: true, End: "fin", Close: flow.FIN},
			Down:     session.Stream{Close: flow.RST, End: "rst"},
			FirstOut: session.Closing{Seen: true, By: flow.B, How: flow.RST, At: at(1004 * time.Millisecond)},
		}, Verdict: verdict.Verdict{ID: "clock-skew", Reason: "the client's clock is 600 s ahead, and servers take no more than 120 s",
			Evidence: verdict.Evidence{{Key: "seconds", Value: int64(600)}}}},
		{User: "#2", ID: bobID, Facts: &session.Facts{
			Flow:     wrapped(record("[2001:db8::17]:61000", "[2001:db8:0:1::1]:443", 2*time.Second, 61*time.Second, "tls1.3", "ws", "vmess", "mux")),
			Auth:     aead(-1),
			Header:   header(codec.SecurityNone, codec.ChunkStream|codec.ChunkMasking, codec.CommandMux, ""),
			Response: &session.Response{Size: 38},
			Up:       carried(40_960, 12, "fin"), Down: session.Stream{Wire: 90_000, Opened: true, Bytes: 9_999, Chunks: 4, Hashed: true, End: "cut",
				Gaps: []session.Gap{{Offset: 10_240, Len: 1460}, {Offset: 40_000, Len: -1}}, GapCount: 7, Broken: true, Pieces: samplePieces()},
			Mux: sampleSubs(), Odd: []string{"mux, up at 40951: status at 4: malformed value 9"},
		}, Verdict: verdict.Verdict{ID: "gap", Reason: "packets are missing in the capture", Evidence: verdict.Evidence{
			{Key: "down", Value: []verdict.Evidence{{{Key: "offset", Value: int64(10_240)}, {Key: "bytes", Value: int64(1460)}}, {{Key: "offset", Value: int64(40_000)}, {Key: "bytes", Value: int64(-1)}}}},
			{Key: "down_gaps", Value: 7},
		}}},
		{User: "bob", ID: bobID, Facts: announcer, Verdict: verdict.Verdict{ID: "ok", Reason: "request and answer decode; the server moves its clients to accounts that it announces",
			Evidence: verdict.Evidence{
				{Key: "notes", Value: []string{"dynamic-account"}},
				{Key: "announced", Value: verdict.Evidence{{Key: "port", Value: 32000}, {Key: "host", Value: ""}, {Key: "alterId", Value: 4}}},
			}}},
		{By: 4, Facts: &session.Facts{
			Flow:     record("192.0.2.9:40002", "203.0.113.1:32000", 4*time.Second, time.Second, "vmess"),
			Auth:     &session.Auth{Scheme: codec.Legacy, User: -1, Alter: codec.Primary, Given: true, Time: at(0).Unix(), Skew: 4, From: announcer},
			Header:   header(codec.SecurityAES128CFB, codec.ChunkStream, codec.CommandTCP, "[2001:db8::99]:22"),
			Response: &session.Response{Size: 4},
			Up:       carried(12, 1, "open"), Down: carried(0, 0, "open"),
		}, Verdict: verdict.Verdict{ID: "ok", Reason: "request and answer decode", Evidence: verdict.Evidence{{Key: "notes", Value: []string{"dynamic-account"}}}}},
		{User: "dave", Facts: &session.Facts{
			Flow:     record("[::ffff:192.0.2.20]:5353", "203.0.113.1:10086", 5*time.Second, 90*time.Millisecond, "vmess"),
			Auth:     aead(2),
			Header:   header(codec.SecurityAES128GCM, smp, codec.CommandUDP, "198.51.100.53:53"),
			Response: &session.Response{Size: 38},
			Up: session.Stream{Wire: 300, Opened: true, Bytes: 90, Chunks: 2, Hashed: true, Sum: sha256.Sum256([]byte("up")), End: "fin", Packets: true,
				Datagrams: []session.Datagram{{Bytes: 40, Sum: sha256.Sum256([]byte("a"))}, {Bytes: 50, Sum: sha256.Sum256([]byte("b"))}},
				Broken:    true, Pieces: []session.Piece{{Offset: 190, Bytes: 7, Chunks: 1, Datagrams: []session.Datagram{{Bytes: 7}}, Chunk: 3, Skipped: 118, Lost: 1}}},
			Down: session.Stream{Wire: 60, Opened: true, Hashed: true, Sum: sha256.Sum256(nil), End: "fin", Packets: true},
		}, Verdict: verdict.Verdict{ID: "ok", Reason: "request and answer decode", Evidence: verdict.Evidence{{Key: "notes", Value: []string{"cut", "end-marker-first"}}}}},
		{Facts: &session.Facts{
			Flow:     record("198.51.100.66:1025", "203.0.113.1:10086", 6*time.Second, 30*time.Second),
			Up:       session.Stream{Wire: 412},
			Searched: 20_000_000, Exhausted: true,
			FirstOut: session.Closing{Seen: true, By: flow.B, How: flow.FIN, At: at(36 * time.Second)},
		}, Verdict: verdict.Verdict{ID: "unknown-user", Reason: "no given id matches", Evidence: verdict.Evidence{{Key: "search", Value: "cut short by its budget"}, {Key: "answered", Value: false}}}},
		{User: "mallory\x1b[2J\u202e", Facts: &session.Facts{
			Flow: record("192.0.2.66:666", "203.0.113.1:10086", 7*time.Second, time.Second, "vmess"),
			Auth: legacy(255, false),
			Header: &session.Header{Security: 9, Option: 0xE1, Command: codec.CommandTCP, Target: "\x1b]0;owned\x07\xff.example\n.test:1", Size: 80,
				Oddities: []string{"security at 35: unsupported value 9", "domain \x1b[31m"}},
			Up:     session.Stream{Wire: 512, Opened: true, Bytes: 16, End: "cut", Broken: true, Lost: true, EndFirst: true},
			Faults: []session.Fault{{Where: "request-body", Chunk: 2, Offset: 391, Kind: codec.ErrAuth, Text: "vmess: chunk: payload-tag at 0: not authentic"}},
		}, Verdict: verdict.Verdict{ID: "corrupt", Reason: "the request's body refuses to open", Evidence: verdict.Evidence{
			{Key: "where", Value: "request-body"}, {Key: "chunk", Value: int64(2)}, {Key: "offset", Value: int64(391)}}}},
	}
	for i, s := range list {
		s.Index = i + 1
		f := s.Facts
		f.Client = flow.A
		f.FirstByte = f.Flow.Start
		if f.Auth != nil {
			f.Auth.Time = f.FirstByte.Unix() + f.Auth.Skew
		}
	}
	last := list[len(list)-1].Facts.Flow // here the server sent the first packet that was seen
	last.Ends[0], last.Ends[1] = last.Ends[1], last.Ends[0]
	list[len(list)-1].Facts.Client = flow.B
	return list
}

// sampleSubs has a sub-connection for each shape, and more than a page lists.
func sampleSubs() []session.Sub {
	talk := session.Stream{Opened: true, Bytes: 50, Chunks: 2, Hashed: true, Sum: sha256.Sum256([]byte("talk")), End: "cut", Packets: true,
		Datagrams: []session.Datagram{
			{Bytes: 20, Sum: sha256.Sum256([]byte("c")), Addr: "192.0.2.53:53"}, {Bytes: 30, Sum: sha256.Sum256([]byte("d")), Addr: "[2001:db8::53]:53"},
		}}
	list := []session.Sub{
		{ID: 1, Network: "tcp", Target: "www.example.test:443", Up: carried(700, 1, "end"), Down: carried(5000, 2, "end"), Ended: "both"},
		{ID: 2, Network: "udp", Target: "192.0.2.53:53", Up: talk, Down: talk, Ended: "open", GlobalID: mux.GlobalID{1, 2, 3}},
		{ID: 3, Up: session.Stream{}, Down: carried(1, 1, "end"), Ended: "server"},
		{ID: 4, Network: "tcp", Target: "\x1b[2J\xff.example.test:1", Up: carried(9, 1, "end"), Down: carried(0, 0, "cut"), Ended: "client"},
	}
	for id := uint16(5); id < 20; id++ {
		list = append(list, session.Sub{ID: id, Network: "tcp", Target: "198.51.100.7:80", Up: carried(1, 1, "fin"), Down: carried(2, 1, "cut"), Ended: "open"})
	}
	return list
}

func sampleSummary() *Summary {
	return &Summary{
		Capture: capture.Summary{
			Files: []capture.File{
				{Name: "monday.pcap", Format: "pcap", ByteOrder: "little", LinkTypes: []string{"EN10MB"}, Snaplen: 262144, Packets: 4000},
				{Name: "tuesday\x1b[1m.pcapng.gz", Format: "pcapng", Packed: "gzip", ByteOrder: "mixed", LinkTypes: []string{"EN10MB", "LINUX_SLL2"},
					Packets: 223, Problem: "tuesday\x1b[1m.pcapng.gz: block at 81920: ends early"},
				{Name: "notes.txt"},
			},
			Packets: 4223, Bytes: 2_612_345, First: at(0), Last: at(63 * time.Second), TCP: 11, UDP: 2, Ignored: 17, Bad: 3, Unfinished: 1,
			Limits: map[string]int64{"reorder": 2},
		},
		Sessions:   8,
		Verdicts:   []Count{{"ok", 4}, {"unknown-user", 1}, {"clock-skew", 1}, {"corrupt", 1}, {"gap", 1}},
		OtherFlows: 5,
		Findings: []verdict.Finding{
			{Verdict: "ok", Sessions: []int{1, 4, 5, 6}, Total: 8, Since: at(0), What: "the capture's clock is 90 s behind", Next: "set the capturing machine's clock by NTP; the sessions are not concerned", Sure: "certain"},
			{Verdict: "clock-skew", Client: "192.0.2.8", User: "alice", Server: "203.0.113.1:10086", Sessions: []int{2}, Total: 12, Since: at(time.Second),
				What: "its clock is 600 s ahead", Next: "set it by NTP", Sure: "certain"},
			{Verdict: "unknown-user", Client: "198.51.100.66", Server: "203.0.113.1:10086", Sessions: []int{7}, Total: 1, Since: at(6 * time.Second),
				What: "no given id matches", Next: "compare the id in the client's configuration with the server's; if the server does answer it, the list given here lacks an id", Sure: "likely"},
			{Verdict: "corrupt", Client: "192.0.2.66", User: "mallory\x1b[2J\u202e", Server: "203.0.113.1:10086", Sessions: []int{8}, Total: 1, Since: at(7 * time.Second),
				What: "bytes were changed on the way", Next: "look for a middlebox", Sure: "possible"},
		},
		Limits: []string{"reorder"},
	}
}

func sampleOthers() []*Other {
	web := record("192.0.2.7:50000", "198.51.100.80:80", 0, time.Second)
	web.Speaks[flow.A] = flow.Speech{Protocol: "http", Detail: "GET /tide"}
	web.Speaks[flow.B] = flow.Speech{Protocol: "http", Detail: "HTTP/1.1 200 OK", Status: 200}
	dns := record("[2001:db8::7]:5353", "[2001:db8::53]:53", 0, 20*time.Millisecond)
	dns.Network = flow.UDP
	dns.Limit = "hold"
	return []*Other{{Flow: web, Up: 120, Down: 40_000}, {Flow: dns, Up: 40, Down: 140}}
}

// tell writes the samples as a run does.
func tell(w Writer) error {
	summary := sampleSummary()
	if err := w.Capture(&summary.Capture); err != nil {
		return err
	}
	for _, s := range sampleSessions() {
		if err := w.Session(s); err != nil {
			return err
		}
	}
	for _, o := range sampleOthers() {
		if err := w.Other(o); err != nil {
			return err
		}
	}
	return w.Summary(summary)
}
