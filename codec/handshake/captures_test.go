package handshake_test

import (
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"vmesskit/codec"
	"vmesskit/codec/handshake"
	"vmesskit/inspect/capture"
	"vmesskit/inspect/flow"
)

const captureDir = "../../testdata/captures/"

// captured is a case of the manifest, as far as it is about handshakes.
type captured struct {
	Name  string
	File  json.RawMessage // a list, where it is several
	Users []struct {
		ID      string
		AlterID int `json:"alter_id"`
	}
	Transport struct {
		Client, Server struct {
			Kind string
			TLS  any
		}
	}
	Capture struct {
		Offset float64 `json:"clock_offset_s"`
	}
	Address   address   `json:"server_address"`
	Addresses []address `json:"server_addresses"`
	Expected  string
	Sessions  map[string]int
	Said      []string `json:"server_said"`
}

type address struct{ Port uint16 }

// damagedCaptures lack bytes that were on the wire, or are not of one piece.
var damagedCaptures = []string{"cut-", "gap-", "snaplen-", "one-way-", "file-pcap-zst", "rotated-"}

// How the servers that have not the zero policy were set up.
var recordedPolicies = map[string]handshake.Policy{
	"fail-insecure-refused":             {RefuseInsecure: true},
	"fail-insecure-refused-cfb":         {RefuseInsecure: true},
	"fail-legacy-client-aead-server-v5": {},
	"fail-legacy-client-xray":           {},
}

// accepts says which verdicts mean that the server took the header.
var accepts = map[string]bool{
	"ok": true, "unknown-user": false, "alterid-mismatch": false, "legacy-refused": false, "clock-skew": false,
	"insecure-refused": false, "replay": false, "not-vmess": false, "transport-mismatch": false,
}

// Every raw TCP capture that is whole, in which real servers took requests or
// refused them: ours does the same, and our client takes the answers.
func TestCaptures(t *testing.T) {
	cases, taken, refused := 0, 0, 0
	for _, c := range readCases(t) {
		if !c.raw() || slices.ContainsFunc(damagedCaptures, func(s string) bool { return strings.HasPrefix(c.Name, s) }) {
			continue
		}
		cases++
		t.Run(c.Name, func(t *testing.T) {
			w := &watcher{t: t, c: &c, server: newServer(t, c.policy(), c.accounts()...), accounts: c.accounts()}
			c.read(t, w)
			want, not := 0, 0
			for verdict, n := range c.Sessions {
				yes, known := accepts[verdict]
				if verdict == "corrupt" {
					yes, known = strings.HasPrefix(c.Expected, "corrupt:request-body"), true
				}
				if !known {
					t.Fatalf("verdict %q", verdict)
				}
				if yes {
					want += n
				} else {
					not += n
				}
			}
			same(t, "requests taken", w.taken, want)
			same(t, "requests refused", w.refused, not)
			taken, refused = taken+w.taken, refused+w.refused
		})
	}
	t.Logf("%d captures: %d requests taken, %d refused, as recorded", cases, taken, refused)
	if cases < 80 || taken < 200 || refused < 30 {
		t.Errorf("%d captures: %d requests taken, %d refused: something is missing", cases, taken, refused)
	}
}

func readCases(t *testing.T) []captured {
	t.Helper()
	text, err := os.ReadFile(captureDir + "manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	var m struct{ Cases []captured }
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m.Cases
}

// raw reports whether there is VMess on TCP with nothing around it.
func (c *captured) raw() bool {
	a, b := c.Transport.Client, c.Transport.Server
	return a.Kind == "tcp" && b.Kind == "tcp" && a.TLS == nil && b.TLS == nil
}

// read pushes the connections of the capture, which is one file, to a source.
func (c *captured) read(t *testing.T, to flow.Source) {
	t.Helper()
	var name string
	if err := json.Unmarshal(c.File, &name); err != nil {
		t.Fatal(err)
	}
	in := capture.Input{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(captureDir + name) }}
	if _, err := capture.Read([]capture.Input{in}, to, capture.Options{}); err != nil {
		t.Fatal(err)
	}
}

func (c *captured) policy() handshake.Policy {
	if p, ok := recordedPolicies[c.Name]; ok {
		return p
	}
	return legacyPolicy
}

func (c *captured) accounts() (out []codec.Account) {
	for _, u := range c.Users {
		out = append(out, codec.Account{ID: mustID(u.ID), AlterIDs: u.AlterID})
	}
	return out
}

// watcher stands where the server was: it sees the connections of a capture.
type watcher struct {
	t        *testing.T
	c        *captured
	server   *handshake.Server
	accounts []codec.Account
	ports    []uint16 // of announced accounts

	taken, refused int
}

func (w *watcher) Open(r *flow.Record) flow.Sink {
	if r.Network != flow.TCP || !w.isServer(r.Ends[flow.B]) {
		return flow.Discard
	}
	return &visit{watcher: w, conn: newConn(w.t, w.server, 1)}
}

func (w *watcher) isServer(a netip.AddrPort) bool {
	here := func(s address) bool { return s.Port == a.Port() }
	return here(w.c.Address) || slices.ContainsFunc(w.c.Addresses, here) || slices.Contains(w.ports, a.Port())
}

// visit is one connection.
type visit struct {
	*watcher
	conn     *handshake.Conn
	up, down []byte
	client   *handshake.Client
}

func (v *visit) Data(from flow.Side, at flow.Time, p []byte) {
	if from == flow.B {
		v.down = append(v.down, p...)
		v.answer()
		return
	}
	v.up = append(v.up, p...)
	d := v.conn.Feed(v.up, at.Unix()-int64(v.c.Capture.Offset))
	if d.Action == handshake.Accept && v.client == nil {
		v.client = retrace(v.t, v.accounts[v.conn.Request().Sender.User], v.conn, v.up)
		v.answer()
	}
}

// answer feeds our client with what the server said. An account that it
// announces is known from then on, at its own port.
func (v *visit) answer() {
	if v.client == nil || v.client.Response() != nil {
		return
	}
	switch d := v.client.Feed(v.down); d.Action {
	case handshake.Drain, handshake.Close:
		v.t.Errorf("an answer was refused because of %s", v.client.Reason())
	case handshake.Accept:
		if s := v.client.Response().Header.Switch; s != nil {
			account := codec.Account{ID: s.ID, AlterIDs: int(s.AlterIDs)}
			if !slices.Contains(v.accounts, account) {
				v.server.Add(account)
				v.watcher.accounts = append(v.accounts, account)
				v.watcher.ports = append(v.ports, s.Port)
			}
		}
	}
}

func (v *visit) Gap(from flow.Side, _ flow.Time, n int64) {
	v.t.Errorf("%d bytes of side %s are missing", n, from)
}

func (v *visit) Close(flow.Side, flow.Time, flow.How) {}

func (v *visit) Finish() {
	v.conn.End()
	if v.conn.Request() != nil {
		v.taken++
	} else {
		v.refused++
	}
}
