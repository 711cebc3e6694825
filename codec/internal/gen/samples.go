package main

import (
	"encoding/binary"
	"fmt"
	"io"

	"vmesskit/codec"
	"vmesskit/codec/mux"
)

// exchange is something of the protocol that was made and read with a trace,
// and what is not in the trace.
type exchange struct {
	trace *codec.Trace
	facts []fact
}

// talk is a session to be made.
type talk struct {
	scheme  codec.Scheme
	header  codec.RequestHeader
	dialect codec.Dialect
	answer  codec.ResponseHeader
	up      []string // payloads of the chunks
	down    []string
}

// The user, the clock and the random bytes of all samples.
var sampleID, _ = codec.ParseUUID("66ad4540-b58c-4ad2-9926-ea63445a9b57")

const sampleTime = 1700000000

func sampleEntropy(b []byte) error {
	for i := range b {
		b[i] = 0xAA
	}
	return nil
}

// run makes both directions of a session and reads them into one trace.
func (t talk) run() (exchange, error) {
	key := sampleID.CmdKey()
	from := codec.Sender{Scheme: t.scheme, Key: key, Time: sampleTime, Alter: codec.Primary}
	var wire []byte
	var err error
	if t.scheme == codec.Legacy {
		wire, err = codec.SealLegacyRequest(nil, key, sampleID, &t.header, sampleTime)
	} else {
		wire, err = codec.SealRequest(nil, key, &t.header, sampleTime, sampleEntropy)
	}
	if err != nil {
		return exchange{}, err
	}
	requests := codec.NewRequestOpener(from)
	requests.Trace = new(codec.Trace)
	request, _, err := requests.Open(wire)
	if err != nil {
		return exchange{}, err
	}
	if err := carry(request.Body(), request.Body(), t.dialect, t.up); err != nil {
		return exchange{}, err
	}
	wire, body, err := request.Respond(nil, &t.answer)
	if err != nil {
		return exchange{}, err
	}
	response, _, err := codec.NewResponseOpener(request).Open(wire)
	if err != nil {
		return exchange{}, err
	}
	if err := carry(body, response.Body(), t.dialect, t.down); err != nil {
		return exchange{}, err
	}
	return exchange{requests.Trace, []fact{{"dialect", dialects[t.dialect], outside}}}, nil
}

var dialects = [...]string{codec.DialectV2Ray: "v2ray", codec.DialectSing: "sing"}

// carry seals payloads for one direction and opens them for the trace.
func carry(sealed, opened codec.Body, d codec.Dialect, payloads []string) error {
	sealed.Dialect, opened.Dialect = d, d
	s, err := codec.NewSealer(sealed, sampleEntropy)
	if err != nil {
		return err
	}
	o, err := codec.NewOpener(opened)
	if err != nil {
		return err
	}
	var wire []byte
	for _, p := range payloads {
		if wire, err = s.Seal(wire, []byte(p)); err != nil {
			return err
		}
	}
	if wire, err = s.End(wire); err != nil {
		return err
	}
	for len(wire) > 0 {
		_, n, err := o.Open(nil, wire)
		if err != nil && err != io.EOF {
			return err
		}
		wire = wire[n:]
	}
	return nil
}

// sampleHeader is a header with keys of its own. Their number has to be varied
// where the draws of a body are to vary.
func sampleHeader(number int) codec.RequestHeader {
	h := codec.RequestHeader{
		ResponseAuth: 0xAA, Security: codec.SecurityAES128GCM, Command: codec.CommandTCP,
		Option:  codec.ChunkStream | codec.ChunkMasking,
		Address: codec.HostPort("example.com", 443),
	}
	for i := range 16 {
		h.BodyIV[i], h.BodyKey[i] = byte(16+i), byte(i)
	}
	binary.BigEndian.PutUint16(h.BodyIV[:], uint16(number))
	return h
}

// headers are sessions with every kind of header, no two of one length.
func headers() (list []talk) {
	targets := []codec.Address{
		codec.HostPort("192.0.2.7", 80), codec.HostPort("example.com", 443),
		codec.HostPort("a.example", 53), codec.HostPort("2001:db8::7", 443),
	}
	for _, s := range []codec.Scheme{codec.AEAD, codec.Legacy} {
		for i, p := range []int{1, 4, 9, 15} {
			h := sampleHeader(0)
			h.Padding = make([]byte, p)
			for j, a := range targets {
				h.Command, h.Address = codec.CommandTCP, a
				if i+j == 3 {
					h.Command = codec.CommandUDP
				}
				list = append(list, talk{scheme: s, header: h})
			}
			h.Command, h.Address = codec.CommandMux, codec.Address{}
			list = append(list, talk{scheme: s, header: h})
		}
		list = append(list, answers(s)...)
	}
	return list
}

// answers are sessions whose response has every kind of command.
func answers(s codec.Scheme) (list []talk) {
	to := codec.SwitchAccount{Port: 4433, ID: sampleID, AlterIDs: 4, Minutes: 5}
	var short, long = to, to
	short.Host, long.Host = "192.0.2.7", "other.example"
	for _, r := range []codec.ResponseHeader{{}, {Command: 2, Data: []byte("data")}, {Switch: &to}, {Switch: &short}, {Switch: &long}} {
		list = append(list, talk{scheme: s, header: sampleHeader(0), answer: r})
	}
	return list
}

// samplePayloads is how many chunks a request of bodies carries.
const samplePayloads = 2

// bodies are sessions with every security and every set of options that has a
// body.
func bodies() (list []talk) {
	securities := []codec.Security{
		codec.SecurityAES128GCM, codec.SecurityChaCha20Poly1305, codec.SecurityNone, codec.SecurityAES128CFB, codec.SecurityUnknown,
	}
	number := 0
	for _, security := range securities {
		for o := codec.Option(0); o < 0x20; o++ {
			if o.Has(codec.ConnectionReuse) || o.Has(codec.GlobalPadding) && !o.Has(codec.ChunkMasking) {
				continue
			}
			for _, d := range []codec.Dialect{codec.DialectV2Ray, codec.DialectSing} {
				for _, c := range []codec.Command{codec.CommandTCP, codec.CommandUDP} {
					h := sampleHeader(number)
					h.Security, h.Option, h.Command = security, o, c
					if h.Validate() != nil {
						continue
					}
					number++
					list = append(list, talk{
						header: h, scheme: codec.AEAD, dialect: d,
						up: []string{"x", "GET / HTTP/1.1\r\n"}, down: []string{"an answer"},
					})
				}
			}
		}
	}
	return list
}

// runAll makes the sessions.
func runAll(list []talk) ([]exchange, error) {
	var out []exchange
	for _, t := range list {
		e, err := t.run()
		if err != nil {
			h := &t.header
			return nil, fmt.Errorf("%s, %s, %s, options %02x: %w", t.scheme, h.Command, h.Security, uint8(h.Option), err)
		}
		out = append(out, e)
	}
	return out, nil
}

// frames are frames of Mux.Cool.
func frames() (out []exchange, err error) {
	targets := []codec.Address{
		codec.HostPort("192.0.2.53", 53), codec.HostPort("example.com", 80),
		codec.HostPort("a.example", 80), codec.HostPort("2001:db8::53", 53),
	}
	list := []mux.Frame{{ID: 1, Status: mux.KeepAlive}, {ID: 1, Status: mux.End, Option: mux.WithError}}
	for i, a := range targets {
		data := make([]byte, 3+2*i)
		tcp, udp := mux.Target{Network: mux.TCP, Address: a}, mux.Target{Network: mux.UDP, Address: a}
		list = append(list,
			mux.Frame{ID: 1, Status: mux.New, Target: tcp},
			mux.Frame{ID: 1, Status: mux.New, Target: tcp, Option: mux.WithData, Data: data},
			mux.Frame{ID: 1, Status: mux.New, Target: udp, Option: mux.WithData, Data: data},
			mux.Frame{ID: 1, Status: mux.New, Target: udp, Option: mux.WithData, Data: data, HasGlobalID: true},
			mux.Frame{ID: 1, Status: mux.New, Target: udp, Option: mux.WithData, Data: data, HasGlobalID: true, Extra: make([]byte, 2+i)},
			mux.Frame{ID: 1, Status: mux.New, Target: tcp, Extra: make([]byte, 5-i)},
			mux.Frame{ID: 1, Status: mux.Keep, Option: mux.WithData, Data: data},
			mux.Frame{ID: 1, Status: mux.Keep, Target: udp, Option: mux.WithData, Data: data},
			mux.Frame{ID: 1, Status: mux.End, Extra: make([]byte, 9-i)},
		)
	}
	for _, f := range list {
		t := new(codec.Trace)
		b, err := f.Append(nil)
		if err == nil {
			_, _, err = mux.TraceFrame(t, b)
		}
		if err != nil {
			return nil, fmt.Errorf("frame %s: %w", f.Status, err)
		}
		out = append(out, exchange{trace: t})
	}
	return out, nil
}

// packets are datagrams of packetaddr.
func packets() []mux.Packet {
	var out []mux.Packet
	for i, a := range []string{"192.0.2.53", "192.0.2.54", "2001:db8::53", "2001:db8::54"} {
		out = append(out, mux.Packet{Address: codec.HostPort(a, 53), Data: make([]byte, 3+2*i)})
	}
	return out
}

// datagrams are packets alone, as in a chunk.
func datagrams() (out []exchange, err error) {
	for _, p := range packets() {
		t := new(codec.Trace)
		b, err := p.Append(nil)
		if err == nil {
			_, err = mux.TracePacket(t, b)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, exchange{trace: t})
	}
	return out, nil
}

// segments are packets behind their lengths, as in a stream.
func segments() (out []exchange, err error) {
	for _, p := range packets() {
		t := new(codec.Trace)
		b, err := p.AppendSegment(nil)
		if err == nil {
			_, _, err = mux.TraceSegment(t, b)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, exchange{trace: t})
	}
	return out, nil
}
