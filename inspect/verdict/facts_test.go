package verdict

import (
	"net/netip"

	"vmesskit/codec"
	"vmesskit/inspect/flow"
	"vmesskit/inspect/session"
)

// Facts made by hand: a session that works, or one that nobody matched, with
// changes that read like the case in words.

// began is when these sessions send their first byte, 0.4 s into a second.
const began = flow.Time(1_700_000_000_400_000_000)

type change func(*session.Facts)

func with(f *session.Facts, changes ...change) *session.Facts {
	for _, c := range changes {
		c(f)
	}
	return f
}

// stranger is a request that no id made, and that nobody answered.
func stranger(changes ...change) *session.Facts {
	return with(&session.Facts{
		Flow: &flow.Record{
			Ends:  [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.7:40001"), netip.MustParseAddrPort("198.51.100.1:10086")},
			Start: began - 1e8, Began: true, Packets: [2]int64{6, 5},
		},
		FirstByte: began,
		Tried:     5,
		Up:        session.Stream{Wire: 400, Close: flow.FIN},
		Down:      session.Stream{Close: flow.FIN},
		FirstOut:  session.Closing{Seen: true, By: flow.A, How: flow.FIN, At: began + 2e9},
	}, changes...)
}

// headers counts the headers made: two honest ones always differ.
var headers uint16

// unanswered is a good request of user 0; the client gave up waiting.
func unanswered(changes ...change) *session.Facts {
	f := stranger()
	f.Auth = &session.Auth{Scheme: codec.AEAD, Alter: codec.Primary, Given: true, Time: began.Unix()}
	headers++
	f.Auth.Bytes = [16]byte{byte(headers), byte(headers >> 8)}
	f.Header = &session.Header{
		Keys:     [16]byte{byte(headers), byte(headers >> 8)},
		Security: codec.SecurityAES128GCM, Option: codec.ChunkStream, Command: codec.CommandTCP,
		Target: "example.com:443", Size: 115, Sum: [32]byte{byte(headers), byte(headers >> 8)},
	}
	f.Up = session.Stream{Wire: 400, Close: flow.FIN, Opened: true, Bytes: 250, Chunks: 1, End: "end-chunk"}
	return with(f, changes...)
}

// refused is a good request; the server hung up.
func refused(changes ...change) *session.Facts { return with(unanswered(hungUp), changes...) }

// works is a session that was answered.
func works(changes ...change) *session.Facts {
	f := unanswered()
	f.Response = &session.Response{Size: 38}
	f.Down = session.Stream{Wire: 900, Close: flow.FIN, Opened: true, Bytes: 800, Chunks: 2, End: "end-chunk"}
	return with(f, changes...)
}

func hungUp(f *session.Facts) { f.FirstOut.By = f.Server() }

func wasReset(f *session.Facts) { f.FirstOut.How = flow.RST }

// skewed moves the client's clock.
func skewed(seconds int64) change {
	return func(f *session.Facts) { f.Auth.Time += seconds; f.Auth.Skew += seconds }
}

// byLegacy makes it a legacy request with an alter id of the account.
func byLegacy(f *session.Facts) { f.Auth.Scheme, f.Auth.Alter = codec.Legacy, 0 }

// byAlter makes it a legacy request with an alter id that the account lacks.
func byAlter(index int) change {
	return func(f *session.Facts) { f.Auth.Scheme, f.Auth.Alter, f.Auth.Given = codec.Legacy, index, false }
}

func secured(s codec.Security) change { return func(f *session.Facts) { f.Header.Security = s } }

func commands(c codec.Command) change { return func(f *session.Facts) { f.Header.Command = c } }

func ends(up, down string) change { return func(f *session.Facts) { f.Up.End, f.Down.End = up, down } }

// headless is a request of which only the first bytes came.
func headless(f *session.Facts) { f.Header, f.Up = nil, session.Stream{Wire: 20, Close: flow.FIN} }

// headed gives it the header of another session.
func headed(other *session.Facts) change { return func(f *session.Facts) { f.Header = other.Header } }

// sameAuth gives it the auth of another session, and sameKeys its keys.
func sameAuth(other *session.Facts) change {
	return func(f *session.Facts) { f.Auth.Bytes = other.Auth.Bytes }
}
func sameKeys(other *session.Facts) change {
	return func(f *session.Facts) { f.Header.Keys = other.Header.Keys }
}

// later moves it by whole seconds.
func later(d flow.Time) change {
	return func(f *session.Facts) {
		f.FirstByte += d
		f.Flow.Start += d
		if f.Auth != nil {
			f.Auth.Time += int64(d) / 1e9
		}
	}
}

func faulty(where string, chunk int64) change {
	return func(f *session.Facts) {
		f.Faults = append(f.Faults, session.Fault{Where: where, Chunk: chunk, Offset: 159, Kind: codec.ErrAuth, Text: "tag refused"})
	}
}

// lacking makes holes, as many as lengths are given.
func lacking(side flow.Side, offset int64, lengths ...int64) change {
	return func(f *session.Facts) {
		s := &f.Up
		if side == f.Server() {
			s = &f.Down
		}
		next := offset
		for _, n := range lengths {
			s.Gaps = append(s.Gaps, session.Gap{Offset: next, Len: n})
			next += max(n, 0) + 100
		}
		s.GapCount += len(lengths)
		s.Lost = s.Lost || s.Gaps[0].Offset == 0
	}
}

func snappedOff(f *session.Facts) { f.Flow.Snapped = true }

func sent(up, down int64) change { return func(f *session.Facts) { f.Up.Wire, f.Down.Wire = up, down } }

func packets(a, b int64) change { return func(f *session.Facts) { f.Flow.Packets = [2]int64{a, b} } }

func midway(f *session.Facts) { f.Flow.Began = false }

func hit(limit string) change { return func(f *session.Facts) { f.Flow.Limit = limit } }

// says gives a side's speech.
func says(side flow.Side, protocol, detail string) change {
	return func(f *session.Facts) { f.Flow.Speaks[side].Protocol, f.Flow.Speaks[side].Detail = protocol, detail }
}

func status(n int) change { return func(f *session.Facts) { f.Flow.Speaks[flow.B].Status = n } }

// within puts a wrapping around it, in front of what there is of VMess.
func within(l flow.Layer) change {
	return func(f *session.Facts) { f.Flow.Layers = append([]*flow.Layer{&l}, f.Flow.Layers...) }
}

// wrapped is a wrapping as a server takes it, with what the client asks for.
func wrapped(name string, answer flow.Answer, facts ...flow.Fact) flow.Layer {
	return flow.Layer{Name: name, Answer: answer, Facts: facts}
}

// answering is what a server says instead.
func answering(l flow.Layer, protocol, detail string, status int) flow.Layer {
	l.Says = flow.Speech{Protocol: protocol, Detail: detail, Status: status}
	return l
}

// stopped is a wrapping that could not be read on.
func stopped(l flow.Layer, h flow.Halt, why string) flow.Layer {
	l.Stop(h, why)
	return l
}

// dated is a wrapping whose server's clock is ahead by so much.
func dated(l flow.Layer, ahead int64) flow.Layer {
	l.Clock = &flow.Clock{Says: began.Unix() + ahead, At: began}
	return l
}

var (
	tide  = []flow.Fact{{Key: "method", Value: "GET"}, {Key: "path", Value: "/tide"}}
	hello = []flow.Fact{{Key: "sni", Value: "vpn.example.test"}}
)

// at moves it to another server or client.
func at(side flow.Side, endpoint string) change {
	return func(f *session.Facts) { f.Flow.Ends[side] = netip.MustParseAddrPort(endpoint) }
}
