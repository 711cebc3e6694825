package cli

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"vmesskit/codec"
)

// TestReadings holds what we say of programs against what they did.
func TestReadings(t *testing.T) {
	for name, read := range map[string]func(string) reading{"xray_ids.json": readXray, "sing_ids.json": readSing} {
		text, err := os.ReadFile("../../testdata/vectors/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			Vectors []struct {
				Input, UUID string
				Error       bool
				Mapped      *bool `json:"mapped_by_uuid5"`
			}
		}
		if err := json.Unmarshal(text, &f); err != nil {
			t.Fatal(err)
		}
		if len(f.Vectors) < 10 {
			t.Fatalf("%s: %d entries", name, len(f.Vectors))
		}
		for _, v := range f.Vectors {
			r := read(v.Input)
			if v.Error != (r.how == readNot) || !v.Error && r.id.String() != v.UUID {
				t.Errorf("%s: %q: got %s %v, it made %s of it", name, v.Input, r.how, r.id, v.UUID)
			}
			if v.Mapped != nil && *v.Mapped != (r.how == readMapped) {
				t.Errorf("%s: %q: got %s, mapped is %v", name, v.Input, r.how, *v.Mapped)
			}
		}
	}
	for text, want := range map[string]howRead{
		"66ad4540-b58c-4ad2-9926-ea63445a9b57 and more": readLiteral, "-66ad4540b58c4ad2-9926ea63445a9b57": readLiteral,
		"example": readNot, strings.Repeat("x", 40): readNot, "66ad4540-b58c-4ad2-9926-ea63445a9b": readNot,
	} {
		if r := readV2Ray(text); r.how != want || want == readLiteral && r.id != literal(buildID) {
			t.Errorf("v2ray: %q: got %s %v, want %s", text, r.how, r.id, want)
		}
	}
}

// TestAllAlterIDs wants the largest number of alter ids in well under a second.
func TestAllAlterIDs(t *testing.T) {
	start := time.Now()
	out := runMain(t, exitFine, "id", "alter", buildID, "-n", "65535")
	if took := time.Since(start); took > 5*time.Second { // 40 ms here; under the race detector on a busy machine more
		t.Errorf("took %v", took)
	}
	if n := strings.Count(out, "\n"); n != codec.MaxAlterIDs {
		t.Errorf("%d ids, want %d", n, codec.MaxAlterIDs)
	}
	last := codec.AlterIDs(nil, literal(buildID), codec.MaxAlterIDs)[codec.MaxAlterIDs-1]
	if want := "65534  " + last.String() + "\n"; !strings.HasSuffix(out, want) {
		t.Errorf("the last one is %q, want %q", out[len(out)-len(want):], want)
	}
}

// BenchmarkAllAlterIDs prints the largest number of alter ids.
func BenchmarkAllAlterIDs(b *testing.B) {
	for b.Loop() {
		var out strings.Builder
		Main(b.Context(), []string{"vmess", "id", "alter", buildID, "-n", "65535"}, testEnv(&out, &out))
	}
	b.ReportMetric(65535*float64(b.N)/b.Elapsed().Seconds(), "ids/s")
}

// TestWhatIsMapped: the codec maps texts of the lengths that we name, and no
// longer ones.
func TestWhatIsMapped(t *testing.T) {
	for n := range 36 {
		_, err := codec.ParseID(strings.Repeat("x", n))
		if got, want := err == nil, n >= 1 && n <= maxMapped; got != want {
			t.Errorf("%d bytes: mapped %v, want %v", n, got, want)
		}
	}
}

// TestShow: an id is not repeated, a name that begins with one is.
func TestShow(t *testing.T) {
	const id, hidden = "b831381d-6324-4d53-ad4f-8cda48b30811", "(an id)"
	for word, want := range map[string]string{
		"": `""`, "word": "word", id: hidden, "--" + id: hidden, id + " 4 alice": hidden, id + "0": hidden,
		strings.ReplaceAll(id, "-", ""): hidden, strings.ToUpper(id): hidden,
		id + ".pcap": id + ".pcap", id + "_2.pcap": id + "_2.pcap", "dir/" + id: "dir/" + id, id[:35]: id[:35],
	} {
		if got := show(word); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
