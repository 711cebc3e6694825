package capture

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"vmesskit/inspect/flow"
)

// gopacketLacks are the steps that gopacket does not read.
var gopacketLacks = []string{"fragment6", "erspan1", "erspan3", "pw-bare"}

// teachGopacket tells it of the older port of VXLAN, and what follows the last
// label where it only guesses.
func teachGopacket(t *testing.T) {
	layers.RegisterUDPPortLayerType(8472, layers.LayerTypeVXLAN)
	guess := layers.MPLSPayloadDecoder
	t.Cleanup(func() { layers.MPLSPayloadDecoder = guess })
	layers.MPLSPayloadDecoder = gopacket.DecodeFunc(func(b []byte, p gopacket.PacketBuilder) error {
		if len(b) > 4 && b[0]>>4 == 0 {
			return layers.LayerTypeEthernet.Decode(b[4:], p)
		}
		return guess.Decode(b, p)
	})
}

// TestWrappedOracle holds wrapped captures against gopacket: the streams and
// datagrams of what is innermost.
func TestWrappedOracle(t *testing.T) {
	teachGopacket(t)
	for i, name := range wrapSources {
		t.Run(name, func(t *testing.T) {
			w := newWrapper(uint64(300+i), gopacketLacks...)
			count := map[string]int{}
			file := classicFile(le, true, 1, w.wrapAll(recsOf(t, name), 8, count)...)
			want := askOracle(t, name, file)
			flows, _ := read(t, Options{}, file)
			streams, grams := directions(flows)
			want.compare(t, streams, grams)
			if len(want.streams)+len(want.grams) == 0 {
				t.Error("gopacket sees nothing")
			}
		})
	}
}

// TestDamagedOracle compares packet by packet where a bit of each is flipped.
// They may differ where the damage is in a header that only one of them
// checks.
func TestDamagedOracle(t *testing.T) {
	teachGopacket(t)
	for i, name := range wrapSources {
		if name == "ip-fragments.pcap" {
			continue // a damaged fragment takes the others with it
		}
		t.Run(name, func(t *testing.T) {
			w := newWrapper(uint64(600+i), gopacketLacks...)
			w.whole = true
			recs, paths := w.wrapEach(recsOf(t, name))
			w.damageAll(recs, false)
			file := classicFile(le, true, 1, recs...)
			if n := differ(t, views(t, file), gopacketViews(t, file), paths); n > len(recs)/10 {
				t.Errorf("%d of %d packets differ, want at most one of 10", n, len(recs))
			}
		})
	}
}

func gopacketViews(t *testing.T, file []byte) (out []*view) {
	t.Helper()
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		data, _, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, gopacketView(gopacket.NewPacket(data, r.LinkType(), gopacket.Default)))
	}
}

func gopacketView(p gopacket.Packet) *view {
	var net gopacket.NetworkLayer
	var v *view
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case gopacket.NetworkLayer:
			net, v = l, nil
		case *layers.VXLAN, *layers.Geneve:
			v = nil
		case *layers.TCP:
			v = &view{flow.TCP, gopacketEnd(net.NetworkFlow().Src(), uint16(l.SrcPort)), gopacketEnd(net.NetworkFlow().Dst(), uint16(l.DstPort)), l.Seq, string(l.Payload)}
		case *layers.UDP:
			v = &view{flow.UDP, gopacketEnd(net.NetworkFlow().Src(), uint16(l.SrcPort)), gopacketEnd(net.NetworkFlow().Dst(), uint16(l.DstPort)), 0, string(l.Payload)}
		}
	}
	if v != nil && v.from.Port() == 0 {
		return nil // a layer that it failed to read
	}
	return v
}

func gopacketEnd(e gopacket.Endpoint, port uint16) netip.AddrPort {
	a, _ := netip.AddrFromSlice(e.Raw())
	return netip.AddrPortFrom(a, port)
}
