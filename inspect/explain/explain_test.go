package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"vmesskit/codec"
)

func text(t testing.TB, r *Result, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestOthersAreRight: what other implementations sent has no mistake.
func TestOthersAreRight(t *testing.T) {
	for _, c := range vectors(t) {
		for _, f := range Explain(c.input()).Findings {
			datagrams := f.ID == "option" && c.name == "xray_bodies_aead_header 8" // made by its codec, not by a client
			if f.Kind != KindNote && !datagrams {
				t.Errorf("%s: %s %s", c.name, f.Kind, f.Title)
			}
		}
	}
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		os.MkdirAll("testdata", 0o755)
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; with -update it is written again:\n%s", name, got)
	}
}

// worked is the specification's worked example, made by another implementation.
func worked(t testing.TB) conversation {
	t.Helper()
	for _, c := range vectors(t) {
		if c.name == "worked_example 0" {
			return c
		}
	}
	t.Fatal("no worked example")
	return conversation{}
}

func TestWorkedExample(t *testing.T) {
	c := worked(t)
	r := Explain(c.input())
	if !r.OK() || r.User != "#1" || r.Scheme != "aead" {
		t.Errorf("ok %v, user %s, scheme %s", r.OK(), r.User, r.Scheme)
	}
	golden(t, "worked_example.txt", text(t, r, TextOptions{Width: 100}))
	golden(t, "worked_example_secrets.txt", text(t, r, TextOptions{Width: 100, Secrets: true}))
}

func TestMistakeText(t *testing.T) {
	wrong := right
	everywhere(&wrong, "kdf-cascade", "mask-before-padding")
	c := talks["gcm"]
	golden(t, "two_mistakes.txt", text(t, Explain(c.input(&wrong)), TextOptions{Width: 100}))
}

// TestPairs: two mistakes at once are named, in the same layer or in different
// ones. Of all pairs each eleventh is tried.
func TestPairs(t *testing.T) {
	c := talks["gcm"]
	bytesOf := func(m *model) string {
		request, response := c.seal(m)
		return string(request) + string(response)
	}
	n := 0
	for i := range mistakes {
		for k := i + 1; k < len(mistakes); k++ {
			one, other := mistakes[i].ID, mistakes[k].ID
			if (i*131+k)%11 != 0 || inTalk[one] != nil || inTalk[other] != nil {
				continue
			}
			both, turned, first, second := right, right, right, right
			everywhere(&both, one, other)
			everywhere(&turned, other, one)
			everywhere(&first, one)
			everywhere(&second, other)
			if all := bytesOf(&both); both != turned || all == bytesOf(&first) || all == bytesOf(&second) {
				continue // they set the same thing, or one of them changes nothing any more
			}
			n++
			t.Run(one+"/"+other, func(t *testing.T) { named(t, Explain(c.input(&both)), one, other) })
		}
	}
	if n < 100 {
		t.Errorf("%d pairs, want at least 100", n)
	}
}

// TestTie: a mistake that cannot be told from another is named with it.
func TestTie(t *testing.T) {
	wrong := right
	everywhere(&wrong, "address-socks-types")
	c := talks["gcm"] // a domain is 3 with both
	named(t, Explain(c.input(&wrong)), "address-socks-types or address-types-swapped")
}

// TestOneSide: where one side is right, only the other is blamed.
func TestOneSide(t *testing.T) {
	wrong := right
	mistakeOf("counter-xored").apply(&wrong, atDown)
	c := talks["gcm"]
	r := Explain(c.input(&wrong))
	named(t, r, "counter-xored")
	if in := r.Findings[0].In; !slices.Equal(in, []string{"response"}) {
		t.Errorf("in %v", in)
	}
}

// TestSpecification: what the specification lists as mistakes that others made
// is known here, or cannot be seen in bytes.
func TestSpecification(t *testing.T) {
	for n, id := range map[int]string{
		1: "kdf-cascade kdf-swapped", 2: "counter-xored", 3: "key-before-iv", 4: "address-socks-types", 5: "length-of-payload",
		6: "mask-before-padding", 7: "sealed-length-response-keys", 8: "response-nonce-from-key", 9: "salt-length-space",
		11: "cmd-key-alter", 12: "address-for-mux", 13: "fnv-little-endian auth-crc-little-endian", 14: "cfb-restarted", 16: "none-with-padding",
		// 10, 15, 17 and 19 are about time, segments and the other side's buffers; 18 and 20 are values, which TestValues has.
	} {
		for one := range strings.FieldsSeq(id) {
			if mistakeOf(one) == nil {
				t.Errorf("mistake %d of the specification: no %s", n, one)
			}
		}
	}
}

func TestMistakesAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Mistakes() {
		if seen[m.ID] || m.Title == "" || m.Does == "" || m.Should == "" || m.at == 0 || m.apply == nil {
			t.Errorf("%s: twice, or something is missing", m.ID)
		}
		seen[m.ID] = true
		if strings.HasSuffix(m.Title, ".") || !strings.HasSuffix(m.Does, ".") || !strings.HasSuffix(m.Should, ".") {
			t.Errorf("%s: a title has no full stop, the rest are sentences", m.ID)
		}
	}
}

// TestEveryPrefix: what is cut is short, at every length, and never a mistake.
func TestEveryPrefix(t *testing.T) {
	for _, name := range []string{"gcm", "legacy-cfb", "none"} {
		c := talks[name]
		in := c.input(&right)
		whole := in.Request
		in.Response = nil
		for n := 1; n < len(whole); n++ {
			in.Request = whole[:n]
			if n > sealedAt+tagSize && n%29 != 0 {
				continue // each has its search for pairs
			}
			r := Explain(in)
			for _, f := range r.Findings {
				if f.Kind == KindMistake || f.Kind == KindRefused && n >= authSize {
					t.Errorf("%s, first %d bytes of %d: %s %q", name, n, len(whole), f.Kind, f.Title)
				}
			}
		}
	}
}

func TestTruncated(t *testing.T) {
	c := worked(t)
	for _, test := range []struct {
		n    int
		want string
	}{
		{10, "the header needs at least 32 more bytes"},
		{41, "the header needs at least 1 more byte"},
		{42, "the header needs 86 more bytes"},
		{127, "the header needs 1 more byte"},
		{129, "chunk 0 needs at least 1 more byte"},
		{131, "chunk 0 needs 31 more bytes"},
		{163, "chunk 1 needs at least 1 more byte"},
	} {
		in := c.input()
		in.Request = in.Request[:test.n]
		r := Explain(in)
		if len(r.Findings) != 1 || r.Findings[0].Title != test.want || r.Findings[0].Kind != KindShort {
			t.Errorf("%d bytes: %+v, want %q", test.n, r.Findings, test.want)
		}
	}
}

// TestRefused: what no mistake explains is said to be so.
func TestRefused(t *testing.T) {
	c := talks["gcm"]
	flip := func(at int) func(*Input) { return func(in *Input) { in.Request[at] ^= 1 } }
	for name, test := range map[string]struct {
		do   func(*Input)
		want string
	}{
		"another id":     {func(in *Input) { in.Accounts[0].ID[0] ^= 1 }, "unknown-user: the first 16 bytes are not of any user given"},
		"no id":          {func(in *Input) { in.Accounts = nil }, "unknown-user: no id was given, so that nothing can be opened"},
		"garbage":        {func(in *Input) { in.Request = run(1, 200) }, "unknown-user: the first 16 bytes are not of any user given"},
		"no request":     {func(in *Input) { in.Request = nil }, "no-request: a response cannot be read without its request"},
		"clock":          {func(in *Input) { late := talkTime + 600; in.Time = &late }, "clock-skew: the client's clock is 600 seconds behind the time given"},
		"clock ahead":    {func(in *Input) { soon := talkTime - 121; in.Time = &soon }, "clock-skew: the client's clock is 121 seconds ahead of the time given"},
		"auth id":        {flip(3), "unknown-user: the first 16 bytes are not of any user given"},
		"length":         {flip(20), "refused: the header length does not open, and no known mistake explains it"},
		"header":         {flip(60), "refused: the request header does not open, and no known mistake explains it"},
		"chunk":          {func(in *Input) { in.Request[len(in.Request)-90] ^= 1 }, "refused: chunk 1 of the request body does not open, and no known mistake explains it"},
		"response":       {func(in *Input) { in.Response[0] ^= 1 }, "refused: the response length does not open, and no known mistake explains it"},
		"other response": {func(in *Input) { in.Response = run(7, 80) }, "refused: the response length does not open, and no known mistake explains it"},
	} {
		t.Run(name, func(t *testing.T) {
			in := c.input(&right)
			test.do(&in)
			r := Explain(in)
			var got []string
			for _, f := range r.Findings {
				got = append(got, f.ID+": "+f.Title)
			}
			if len(got) != 1 || got[0] != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestValues: a field with a value that is wrong is told without a search.
func TestValues(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*talk)
		want   string
	}{
		"version":       {func(c *talk) { c.version = 2 }, "version"},
		"zero":          {func(c *talk) { c.security = codec.SecurityZero }, "security"},
		"auto":          {func(c *talk) { c.security = codec.SecurityAuto }, "security"},
		"padding alone": {func(c *talk) { c.option = codec.ChunkStream | codec.GlobalPadding }, "option"},
		"datagrams":     {func(c *talk) { c.security, c.option, c.command = codec.SecurityNone, 0, codec.CommandUDP }, "option"},
		"V":             {func(c *talk) { c.wrongV = true }, "response-auth"},
		"empty write":   {func(c *talk) { c.up = []string{"one", "", "two"} }, "empty-chunk"},
		"command data":  {func(c *talk) { c.answer = []byte{0, 2, 1, 2} }, "response-command-length"},
		"short switch":  {func(c *talk) { c.answer = append([]byte{1, 6}, run(0, 6)...) }, "switch-account"},
	} {
		t.Run(name, func(t *testing.T) {
			c := talks["gcm"]
			test.change(&c)
			named(t, Explain(c.input(&right)), test.want)
		})
	}
}

func TestNotes(t *testing.T) {
	c := talks["legacy"]
	in := c.input(&right)
	in.Accounts[0].AlterIDs = 0
	if r := Explain(in); !r.OK() || len(r.Findings) != 1 || r.Findings[0].ID != "alter-id" {
		t.Errorf("an alter id that the user has not: %+v", r.Findings)
	}
	c.alterIDs = 0
	in = c.input(&right)
	if r := Explain(in); !r.OK() || r.Findings[0].ID != "primary-id" {
		t.Errorf("the primary id: %+v", r.Findings)
	}
	in.Time = nil
	if r := Explain(in); r.OK() || !strings.Contains(r.Findings[0].Should, "give the time") {
		t.Errorf("a legacy header without a time: %+v", r.Findings)
	}
	late := talkTime + 24*3600
	in.Time = &late
	if r := Explain(in); r.Findings[0].ID != "clock-skew" {
		t.Errorf("a legacy clock of yesterday: %+v", r.Findings)
	}
}

func TestHave(t *testing.T) {
	c := worked(t)
	key := c.id.CmdKey()
	steps := Explain(c.input()).Steps
	in := c.input()
	for _, s := range steps {
		name := s.Name
		if s.Chunk >= 0 {
			name = fmt.Sprintf("%s[%d]", s.Name, s.Chunk)
		}
		in.Have = append(in.Have, Value{name, s.Value})
	}
	whole := codec.KDF(key[:], []byte("AES Auth ID Encryption"))
	in.Have = append(in.Have, Value{"auth-id-key", whole[:]}, Value{"id", c.id[:]}, Value{"auth-random", []byte{0xaa, 0xaa, 0xaa, 0xaa}})
	if r := Explain(in); !r.OK() || len(r.Have) != len(in.Have) {
		t.Errorf("our own values: %+v", r.Have)
	}

	// Each wrong value is one that a known mistake gives.
	wrong := right
	everywhere(&wrong, "salt-length-space")
	j := newJob(&in)
	k := j.read(&right, &codec.Trace{}, 0).k
	in.Have = []Value{
		{"header-length-nonce", stepOf(codec.FieldHeaderLengthNonce).value(&wrong, &k)},
		{"mask-draw[1]", []byte{1, 2}},
		{"header-length-key", stepOf(codec.FieldHeaderLengthKey).value(&wrong, &k)},
		{"cmd-key", key[:]},
		{"down.chunk-nonce", run(0, 12)},
		{"length-key", run(0, 16)},
		{"legacy-iv", run(0, 16)},
		{"header-nonce", run(0, 11)},
	}
	r := Explain(in)
	var got []string
	for _, c := range r.Have {
		got = append(got, fmt.Sprintf("%s known=%v same=%v first=%v %q", c.Name, c.Known, c.Same, c.First, c.Likely))
	}
	want := []string{
		`cmd-key known=true same=true first=false []`,
		`legacy-iv known=false same=false first=false []`,
		`header-length-key known=true same=false first=true ["salt-length-space"]`,
		`header-length-nonce known=true same=false first=false ["salt-length-space"]`,
		`header-nonce known=true same=false first=false []`,
		`length-key known=false same=false first=false []`,
		`mask-draw[1] known=true same=false first=false []`,
		`down.chunk-nonce known=true same=false first=false []`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestHaveOfWhatIsShut: the values in front of the layer that does not open are
// compared even if nothing explains it, or nothing opens at all.
func TestHaveOfWhatIsShut(t *testing.T) {
	c := talks["gcm"]
	in := c.input(&right)
	in.Request[3] ^= 1
	wrong := right
	everywhere(&wrong, "cmd-key-unsalted")
	k := known{user: true, id: talkID, used: talkID}
	in.Have = []Value{{"cmd-key", wrong.cmdKeyOf(&k)}}
	r := Explain(in)
	if h := r.Have[0]; !h.First || !slices.Equal(h.Likely, []string{"cmd-key-unsalted"}) {
		t.Errorf("%+v", h)
	}
}

func TestNames(t *testing.T) {
	for _, name := range append(Names(), "down.mask-draw[12]", "up.chunk-nonce") {
		if wrong := ParseName(name); wrong != "" {
			t.Errorf("%s: %s", name, wrong)
		}
	}
	for _, name := range []string{"", "key", "mask-draw[", "mask-draw[x]", "mask-draw[-1]", "mask-draw[1", "left.mask-draw"} {
		if ParseName(name) == "" {
			t.Errorf("%q is a name", name)
		}
	}
	for _, s := range steps {
		if !slices.Contains(order, s.field) {
			t.Errorf("%v has no place in the order", s.field)
		}
	}
}

// TestSecrets: ids, keys and payload stay inside unless they are asked for.
func TestSecrets(t *testing.T) {
	for name, c := range talks {
		wrong := right
		everywhere(&wrong, "cmd-key-unsalted", "mask-before-padding")
		for _, m := range []*model{&right, &wrong} {
			in := c.input(m)
			in.Have = []Value{{"cmd-key", run(1, 16)}, {"body-key", run(1, 16)}}
			r := Explain(in)
			var plain, open bytes.Buffer
			JSON(&plain, r, false)
			JSON(&open, r, true)
			plain.WriteString(text(t, r, TextOptions{}))
			open.WriteString(text(t, r, TextOptions{Secrets: true}))
			key := talkID.CmdKey()
			secrets := []string{hexOf(talkID[:]), talkID.String(), hexOf(key[:]), hexOf(run(0x21, 16)), hexOf(run(0x91, 16))}
			for _, s := range r.Steps {
				if len(s.Value) > 2 {
					secrets = append(secrets, hexOf(s.Value))
				}
			}
			for _, s := range secrets {
				if strings.Contains(plain.String(), s) {
					t.Errorf("%s: %s is in what is printed", name, s)
				}
			}
			if len(r.Steps) > 0 && !strings.Contains(open.String(), hexOf(r.Steps[0].Value)) {
				t.Errorf("%s: the values do not come when they are asked for", name)
			}
		}
	}
}

// TestJSON: the JSON that is made by hand is JSON, and says what the result
// says.
func TestJSON(t *testing.T) {
	wrong := right
	everywhere(&wrong, "kdf-cascade")
	c := talks["gcm"]
	in := c.input(&wrong)
	in.Accounts[0].Label = "a \"quoted\" \u0007 \U000e0001 label"
	in.Have = []Value{{"cmd-key", run(1, 16)}}
	r := Explain(in)
	var b bytes.Buffer
	JSON(&b, r, false)
	var got struct {
		Schema, User string
		OK           bool
		Findings     []struct{ ID string }
		Checks       []struct{ Name, State string }
		Steps        []struct {
			Name, Formula, Should string
			Inputs                []string
			Length                int
		}
		Have []struct{ Known, Same, First bool }
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, &b)
	}
	if got.Schema != SchemaID || got.OK || got.Findings[0].ID != "kdf-cascade" || len(got.Checks) != len(r.Checks) ||
		len(got.Steps) != len(r.Steps) || len(got.Steps[2].Inputs) != 3 || got.Steps[2].Should == "" || !got.Have[0].First {
		t.Errorf("%s", &b)
	}
	if want := strings.ReplaceAll(r.User, "\U000e0001", "\ufffd"); got.User != want {
		t.Errorf("user %q, want %q", got.User, want)
	}
	b.Reset()
	MistakesJSON(&b)
	if n := len(bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n"))); n != len(mistakes) {
		t.Errorf("%d lines for %d mistakes", n, len(mistakes))
	}
}

func TestParseText(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"00ff", "00ff"}, {"00 FF\n0a", "00ff0a"}, {"0x00, 0xff", "00ff"}, {"00:ff:0A", "00ff0a"}, {`\x00\xff`, "00ff"}, {"0x00ff", "00ff"},
		{"yBGPhQ==", "c8118f85"}, {"yBGPhQ", "c8118f85"}, {"-_-_", "fbffbf"}, {"+/+/", "fbffbf"}, {"yB\nGP hQ", "c8118f85"},
		{"", ""}, {"zz", ""}, {"0", ""}, {"a file.bin", ""}, {"00f", ""}, {"0 0", ""},
	} {
		b, ok := ParseText(test.in)
		if hexOf(b) != test.want && ok || ok != (test.want != "") {
			t.Errorf("%q: %x, %v, want %q", test.in, b, ok, test.want)
		}
	}
	raw := []byte{0xC8, 0x11, 'a'}
	if got := Bytes(raw); !bytes.Equal(got, raw) {
		t.Errorf("a raw file gives %x", got)
	}
	if got := Bytes([]byte("c811\n8f85\n")); hexOf(got) != "c8118f85" {
		t.Errorf("a file of hex gives %x", got)
	}
	if got := Bytes([]byte("GET / HTTP/1.1\r\n")); string(got) != "GET / HTTP/1.1\r\n" {
		t.Errorf("a file of text gives %q", got)
	}
}

// TestManyUsers: the right one is found, and a mistake's.
func TestManyUsers(t *testing.T) {
	wrong := right
	everywhere(&wrong, "auth-crc-little-endian")
	c := talks["gcm"]
	in := c.input(&wrong)
	for i := range 40 {
		in.Accounts = append([]Account{{Account: codec.Account{ID: codec.ID{byte(i), 1}}}}, in.Accounts...)
	}
	r := Explain(in)
	named(t, r, "auth-crc-little-endian")
	if r.User != "alice" {
		t.Errorf("user %s", r.User)
	}
}

// FuzzExplain: nothing that comes in makes it fall over.
func FuzzExplain(f *testing.F) {
	for _, c := range talks {
		in := c.input(&right)
		f.Add(in.Request, in.Response)
	}
	f.Fuzz(func(t *testing.T, request, response []byte) {
		c := talks["gcm"]
		r := Explain(Input{Request: request, Response: response, Accounts: c.accounts()})
		text(t, r, TextOptions{Width: 40})
		JSON(&bytes.Buffer{}, r, true)
	})
}

func BenchmarkExplain(b *testing.B) {
	c := talks["gcm"]
	wrong := right
	everywhere(&wrong, "salt-length-space", "ad-missing")
	for name, in := range map[string]Input{"right": c.input(&right), "pair": c.input(&wrong)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Explain(in)
			}
		})
	}
}
