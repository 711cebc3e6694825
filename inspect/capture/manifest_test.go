package capture

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmesskit/inspect/flow"
)

// manifest is the part of the captures' manifest that concerns this package.
type manifest struct {
	Cases []struct {
		Name    string
		File    any // a name, or a list of them
		Capture struct {
			Packets *int64
			Snaplen int64
			Link    string `json:"link_type"`
			Format  string
		}
		Lost []struct {
			Connection  int
			Direction   string
			Offset, Len int64
		}
	}
}

func readManifest(t *testing.T) manifest {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(capturesDir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func inputsOf(file any) []Input {
	var in []Input
	switch f := file.(type) {
	case string:
		in = append(in, fileInput(filepath.Join(capturesDir, f)))
	case []any:
		for _, n := range f {
			in = append(in, inputsOf(n)...)
		}
	}
	return in
}

// TestManifest holds packet counts, formats and holes against what is known
// of how each capture was made.
func TestManifest(t *testing.T) {
	for _, c := range readManifest(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			flows, sum, err := readInputs(t, withZstd, inputsOf(c.File)...)
			if err != nil {
				t.Fatal(err)
			}
			truncated := strings.Contains(c.Name, "truncated")
			if want := c.Capture.Packets; want != nil {
				n := *want
				if truncated {
					n-- // the one that is cut off counts there
				}
				if sum.Packets != n {
					t.Errorf("%d packets, want %d", sum.Packets, n)
				}
			}
			f := sum.Files[0]
			if len(f.LinkTypes) != 1 || f.LinkTypes[0] != c.Capture.Link || f.Snaplen != c.Capture.Snaplen {
				t.Errorf("link types %v with snaplen %d, want %s with %d", f.LinkTypes, f.Snaplen, c.Capture.Link, c.Capture.Snaplen)
			}
			if big := strings.Contains(c.Capture.Format, "big-endian"); (f.ByteOrder == "big") != big {
				t.Errorf("byte order %s in a file that is %s", f.ByteOrder, c.Capture.Format)
			}
			if format, _, _ := strings.Cut(strings.Split(c.Capture.Format, " ")[0], ","); f.Format != format {
				t.Errorf("format %s, want %s", f.Format, format)
			}
			if (f.Problem != "") != truncated {
				t.Errorf("problem %q", f.Problem)
			}
			if sum.Bad != 0 || sum.Limits != nil || sum.Unfinished != 0 {
				t.Errorf("%d bad packets, %d unfinished ones, limits %v; want none", sum.Bad, sum.Unfinished, sum.Limits)
			}
			want := map[string][]gap{}
			for _, l := range c.Lost {
				if l.Direction == "" || strings.HasPrefix(c.Name, "kcp") {
					continue
				}
				k := key0(l.Connection, l.Direction)
				want[k] = addGap(want[k], gap{l.Offset, l.Len})
			}
			if c.Capture.Snaplen < 1000 {
				return // every packet has its gap
			}
			if diff := cmp.Diff(want, gapsOf(flows), cmp.AllowUnexported(gap{})); diff != "" {
				t.Errorf("gaps, the manifest's with -, ours with +:\n%s", diff)
			}
		})
	}
}

func key0(conn int, direction string) string { return direction + " of " + string(rune('0'+conn)) }

// addGap joins gaps that touch.
func addGap(gs []gap, g gap) []gap {
	if n := len(gs); n > 0 && gs[n-1].off+gs[n-1].n == g.off {
		gs[n-1].n += g.n
		return gs
	}
	return append(gs, g)
}

func gapsOf(flows []*collected) map[string][]gap {
	out := map[string][]gap{}
	for i, f := range flows {
		for side, name := range map[flow.Side]string{flow.A: "up", flow.B: "down"} {
			if gs := f.gaps[side]; len(gs) > 0 {
				out[key0(i, name)] = gs
			}
		}
	}
	return out
}
