package capture

import (
	"errors"
	"slices"

	"vmesskit/inspect/flow"
)

// Summary says what the files of a capture held.
type Summary struct {
	Files       []File           // in the order of the inputs
	Packets     int64            // packets read
	Bytes       int64            // of them, as far as they were captured
	First, Last flow.Time        // earliest and latest time of a packet
	TCP, UDP    int64            // conversations that were opened
	Ignored     int64            // packets that belong to no conversation: neither TCP nor UDP, such as ARP and ICMP; an RST that is not believed; what came too late
	Bad         int64            // packets that could not be followed, or whose link type is not known
	Unfinished  int64            // fragmented IP packets of which a part never came
	Limits      map[string]int64 // how often a limit was hit, by its name; nil if none was
}

// File describes one input.
type File struct {
	Name      string   // as the input gave it
	Format    string   // "pcap", "pcap-ns" or "pcapng"; empty if it is no capture
	Packed    string   // "gzip", "zstd" or another packer's name; empty if plain
	ByteOrder string   // "little", "big", or "mixed" between pcapng sections
	LinkTypes []string // such as "EN10MB", in the order of their appearance
	Snaplen   int64    // largest one that is stated, 0 for none
	Packets   int64    // packets read
	Problem   string   // the first damage that was found; the packets in front of it were kept
}

// problem keeps the first damage of a file.
func (f *File) problem(err error) {
	if f.Problem == "" {
		f.Problem = err.Error()
	}
}

func (f *File) sawOrder(o order) {
	switch f.ByteOrder {
	case "", o.String():
		f.ByteOrder = o.String()
	default:
		f.ByteOrder = "mixed"
	}
}

func (f *File) sawLink(l *link, snaplen uint32) {
	f.Snaplen = max(f.Snaplen, int64(snaplen))
	if !slices.Contains(f.LinkTypes, l.name) {
		f.LinkTypes = append(f.LinkTypes, l.name)
	}
	if l.decode == nil {
		f.problem(errors.New(f.Name + ": " + l.name + " is not known, its packets cannot be read"))
	}
}

func (s *Summary) count(p *packet) {
	if s.Packets == 0 || p.at < s.First {
		s.First = p.at
	}
	if s.Packets == 0 || p.at > s.Last {
		s.Last = p.at
	}
	s.Packets++
	s.Bytes += int64(len(p.data))
}

// Names of the limits, as Summary.Limits and Record.Limit have them.
const (
	limitFlows     = "flows"
	limitReorder   = "reorder"
	limitFragments = "fragments"
)

func (s *Summary) hit(limit string) {
	if s.Limits == nil {
		s.Limits = make(map[string]int64)
	}
	s.Limits[limit]++
}
