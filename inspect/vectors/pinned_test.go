package vectors

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vmesskit/codec"
)

// proofs collects which values the recordings have.
type proofs struct {
	t    *testing.T
	seen map[string]bool // "vector step implementation"
}

func load(t *testing.T, name string, to any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../testdata/vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// holds compares a recorded value with ours. One of a vector or step that we do
// not have proves nothing.
func (p *proofs) holds(by, id, step, want string) {
	p.t.Helper()
	found := Find(id)
	if len(found) != 1 {
		return
	}
	s := found[0].Step(step)
	if s == nil {
		p.t.Errorf("%s has no %s, which %s has recorded", id, step, by)
		return
	}
	if got := hex.EncodeToString(s.Value); got != want {
		p.t.Errorf("%s: %s is\n%s, and %s has recorded\n%s", id, step, got, by, want)
		return
	}
	p.seen[id+" "+step+" "+by] = true
}

// TestPinned holds every value that is said to be pinned against the recording
// of it, and wants no recording of equal inputs to say anything else.
func TestPinned(t *testing.T) {
	p := &proofs{t, map[string]bool{}}
	p.ids()
	p.kdf()
	p.auths()
	p.bodies("v2fly", "v2fly_bodies_aead_header.json")
	p.bodies("v2fly", "v2fly_bodies_legacy_header.json")
	p.bodies("xray", "xray_bodies_aead_header.json")
	p.headers()
	p.switches()
	p.worked()
	p.mux()
	claimed := 0
	for _, v := range All() {
		for _, s := range v.Steps {
			for _, by := range s.Pinned {
				if claimed++; !p.seen[v.ID+" "+s.Name+" "+by] {
					t.Errorf("%s: %s is said to be pinned by %s, and no recording of it was found", v.ID, s.Name, by)
				}
				delete(p.seen, v.ID+" "+s.Name+" "+by)
			}
		}
	}
	for _, rest := range slices.Sorted(maps.Keys(p.seen)) {
		t.Errorf("recorded, and not said: %s", rest)
	}
	if claimed < 2500 {
		t.Errorf("only %d values are pinned", claimed)
	}
}

func (p *proofs) ids() {
	type entry struct {
		Input, UUID string
		IDBytes     string   `json:"id_bytes"`
		CmdKey      string   `json:"cmd_key"`
		AlterIDs    []string `json:"alter_ids"`
	}
	hold := func(by string, e entry, text string) {
		for _, c := range idCases {
			if c.text != text {
				continue
			}
			p.holds(by, c.id, "id", e.IDBytes+strings.ReplaceAll(e.UUID, "-", "")[len(e.IDBytes):])
			p.holds(by, c.id, "cmd-key", e.CmdKey)
			for i, a := range e.AlterIDs {
				p.holds(by, c.id, fmt.Sprintf("alter-id.%d", i), a)
			}
		}
	}
	for by, name := range map[string]string{"xray": "xray_ids.json", "sing": "sing_ids.json"} {
		var f struct{ Vectors []entry }
		load(p.t, name, &f)
		for _, e := range f.Vectors {
			if e.UUID != "" {
				hold(by, e, e.Input)
			}
		}
	}
	var f struct {
		IDs   []entry `json:"ids"`
		Alter struct {
			ID    string
			Index int
		} `json:"alter_id_index_99"`
	}
	load(p.t, "v2fly_ids.json", &f)
	for _, e := range f.IDs {
		hold("v2fly", e, e.UUID)
	}
	p.holds("v2fly", "id/canonical", fmt.Sprintf("alter-id.%d", f.Alter.Index), f.Alter.ID)
}

func (p *proofs) kdf() {
	var f struct {
		Vectors []struct {
			KDF  string `json:"kdf32"`
			Key  string
			Path []string `json:"path_hex"`
		}
	}
	load(p.t, "v2fly_kdf.json", &f)
	for _, e := range f.Vectors {
		inputs := []Input{{"key", e.Key}}
		for i, path := range e.Path {
			inputs = append(inputs, Input{fmt.Sprintf("path.%d", i), path})
		}
		for _, v := range Find("kdf") {
			if slices.Equal(v.Inputs, inputs) {
				p.holds("v2fly", v.ID, "kdf", e.KDF)
			}
		}
	}
}

func (p *proofs) auths() {
	var ids struct {
		CmdKey  string `json:"cmd_key"`
		Vectors []struct {
			EAuID, Plaintext string
			Time             int64
		}
	}
	load(p.t, "v2fly_authid.json", &ids)
	var worked map[string]any
	load(p.t, "worked_example.json", &worked)
	for _, e := range ids.Vectors {
		id := "auth-id/" + number(e.Time)
		p.holds("v2fly", id, "cmd-key", ids.CmdKey)
		p.holds("v2fly", id, "auth-id-key", worked["auth_id_key"].(string))
		p.holds("v2fly", id, "auth-id-plain", e.Plaintext)
		p.holds("v2fly", id, "auth-checksum", e.Plaintext[24:])
		p.holds("v2fly", id, "auth-id", e.EAuID)
	}
	var legacy struct {
		Vectors []struct {
			Auth, ID string
			Index    int `json:"id_index"`
			Time     int64
		}
	}
	load(p.t, "v2fly_legacy_auth.json", &legacy)
	for _, e := range legacy.Vectors {
		name := number(int64(e.Index))
		if e.Index == codec.Primary {
			name = "primary"
		}
		id := "legacy-auth/" + number(e.Time) + "/" + name
		p.holds("v2fly", id, "alter-id", e.ID)
		p.holds("v2fly", id, "legacy-auth", e.Auth)
	}
}

type recordedWrite struct{ Payload, Wire string }

func (p *proofs) bodies(by, name string) {
	var f struct {
		Vectors []struct {
			Header                    string
			Security, Option, Command uint8
			Error                     string
			Response                  string          `json:"response_header_wire"`
			RequestWrites             []recordedWrite `json:"request_writes"`
			ResponseWrites            []recordedWrite `json:"response_writes"`
		}
	}
	load(p.t, name, &f)
	for _, e := range f.Vectors {
		path := fmt.Sprintf("%s/%v/%02x/%v", e.Header, codec.Security(e.Security), e.Option, codec.Command(e.Command))
		if e.Error != "" {
			if Find("request/"+path) != nil {
				p.t.Errorf("%s: we have what %s refuses", path, by)
			}
			continue
		}
		p.holds(by, "response/"+path, "response", e.Response)
		p.writes(by, "request/"+path, e.RequestWrites)
		p.writes(by, "response/"+path, e.ResponseWrites)
		if e.Header == "aead" && e.Security == 3 && e.Option == 5 && e.Command == 1 {
			p.writes(by, "request/worked-example", e.RequestWrites) // the same keys
		}
	}
}

func (p *proofs) writes(by, id string, list []recordedWrite) {
	found := Find(id)
	if found == nil {
		return
	}
	for i, w := range list {
		step := fmt.Sprintf("chunk.%d.chunk", i)
		if found[0].Step("stream.0") != nil {
			step = fmt.Sprintf("stream.%d", i)
		}
		p.holds(by, id, step, w.Wire)
	}
}

func (p *proofs) headers() {
	var f struct {
		Vectors []struct {
			Header, Wire string
			Plain        string `json:"header_plaintext"`
			CmdKey       string `json:"cmd_key"`
			IV           string `json:"cfb_iv"`
			AuthID       string `json:"eauid_plaintext"`
			Time         int64
		}
	}
	load(p.t, "v2fly_request_headers.json", &f)
	next := map[string]int{}
	for _, e := range f.Vectors {
		id := "request-header/" + e.Header + "/" + headerCases[next[e.Header]].name
		next[e.Header]++
		p.holds("v2fly", id, "cmd-key", e.CmdKey)
		p.holds("v2fly", id, "command-section", e.Plain)
		p.holds("v2fly", id, "request", e.Wire)
		if e.IV != "" {
			p.holds("v2fly", id, "legacy-iv", e.IV)
		}
		if e.AuthID != "" {
			p.holds("v2fly", id, "auth-id-plain", e.AuthID)
		}
	}
}

func (p *proofs) switches() {
	var f struct {
		Vectors []struct {
			Header string
			Wire   string                `json:"response_header_wire"`
			Switch struct{ Host string } `json:"switch_account"`
		}
	}
	load(p.t, "v2fly_response_headers.json", &f)
	for _, e := range f.Vectors {
		name := map[string]string{"<nil>": "no-host", "detour.example": "domain", "203.0.113.9": "ipv4"}[e.Switch.Host]
		p.holds("v2fly", "switch-account/"+e.Header+"/"+name, "response", e.Wire)
	}
}

// worked is the example with all values; those in front of the command section
// are the same in all our requests.
func (p *proofs) worked() {
	var e struct {
		Wire, AHeader, ALength, EAuID string
		CmdKey                        string          `json:"cmd_key"`
		AuthIDKey                     string          `json:"auth_id_key"`
		AuthIDPlain                   string          `json:"eauid_plaintext"`
		LengthKey                     string          `json:"length_key"`
		LengthNonce                   string          `json:"length_nonce"`
		LengthPlain                   string          `json:"length_plaintext"`
		HeaderKey                     string          `json:"header_key"`
		HeaderNonce                   string          `json:"header_nonce"`
		HeaderPlain                   string          `json:"header_plaintext"`
		Mask                          string          `json:"first_chunk_mask"`
		Writes                        []recordedWrite `json:"request_body_writes"`
	}
	load(p.t, "worked_example.json", &e)
	for _, v := range Find("request") {
		p.holds("v2fly", v.ID, "cmd-key", e.CmdKey)
		if v.Step("auth-id") == nil {
			continue
		}
		p.holds("v2fly", v.ID, "auth-id-key", e.AuthIDKey)
		p.holds("v2fly", v.ID, "auth-id-plain", e.AuthIDPlain)
		p.holds("v2fly", v.ID, "auth-checksum", e.AuthIDPlain[24:])
		p.holds("sing", v.ID, "auth-id", e.EAuID)
		p.holds("v2fly", v.ID, "header-length-key", e.LengthKey)
		p.holds("v2fly", v.ID, "header-length-nonce", e.LengthNonce)
		p.holds("v2fly", v.ID, "header-key", e.HeaderKey)
		p.holds("v2fly", v.ID, "header-nonce", e.HeaderNonce)
	}
	const id = "request/worked-example"
	p.holds("v2fly", id, "header-length-plain", e.LengthPlain)
	p.holds("v2fly", id, "command-section", e.HeaderPlain)
	p.holds("v2fly", id, "chunk.0.mask-draw", e.Mask)
	p.holds("sing", id, "header-length-sealed", e.ALength[:4])
	p.holds("sing", id, "header-length-tag", e.ALength[4:])
	p.holds("sing", id, "header-sealed", e.AHeader[:len(e.AHeader)-32])
	p.holds("sing", id, "header-tag", e.AHeader[len(e.AHeader)-32:])
	p.holds("sing", id, "request", e.Wire)
	p.writes("sing", id, e.Writes)
}

// mux finds frames by their bytes: the recordings have them in dialogues.
func (p *proofs) mux() {
	type step struct{ Step, Name, Wire string }
	for by, name := range map[string]string{"v2fly": "v2fly_mux.json", "xray": "xray_mux_xudp.json"} {
		var f struct {
			Frames, Vectors []step
			Sequences       []step `json:"writer_sequences"`
		}
		load(p.t, name, &f)
		recorded := map[string]bool{}
		for _, s := range slices.Concat(f.Frames, f.Vectors, f.Sequences) {
			recorded[s.Wire] = true
		}
		for _, c := range frameCases {
			v := Find(c.id)[0]
			frame := hex.EncodeToString(v.Step("mux-frame").Value)
			if slices.Contains(c.pinned, by) && recorded[frame] {
				p.holds(by, c.id, "mux-frame", frame)
			}
		}
	}
	for by, name := range map[string]string{"v2fly": "v2fly_packetaddr.json", "sing": "sing_mux_xudp.json"} {
		type packet struct {
			Addr, Packet string
			Segment      string `json:"stream_segment"`
		}
		var f struct{ Vectors, PacketAddr []packet }
		load(p.t, name, &f)
		for _, e := range append(f.Vectors, f.PacketAddr...) {
			id := "packetaddr/ipv4"
			if e.Addr[0] == '[' {
				id = "packetaddr/ipv6"
			}
			p.holds(by, id, "packetaddr", e.Packet)
			if e.Segment != "" {
				p.holds(by, id, "packetaddr-segment", e.Segment)
			}
		}
	}
}
