package codec

import "strconv"

// Scheme is the kind of request header.
type Scheme uint8

const (
	Legacy Scheme = iota // HMAC-MD5 of the time, CFB; alter ids above 0
	AEAD                 // encrypted auth id, AES-128-GCM; the header since 2020
)

// String gives "legacy" or "aead".
func (s Scheme) String() string { return name(schemeNames[:], "Scheme", uint8(s)) }

var schemeNames = [...]string{Legacy: "legacy", AEAD: "aead"}

// Security is the cipher of the body, as the header's nibble says it.
type Security uint8

const (
	SecurityUnknown          Security = 0 // old clients; v2ray takes it as CFB
	SecurityAES128CFB        Security = 1 // the whole direction is one stream; "legacy" in v2ray
	SecurityAuto             Security = 2 // a word of configurations, never on the wire
	SecurityAES128GCM        Security = 3 // a tag on each chunk; what most clients send
	SecurityChaCha20Poly1305 Security = 4 // a tag on each chunk, for machines without instructions for AES
	SecurityNone             Security = 5 // what is inside is encrypted already
	SecurityZero             Security = 6 // a word of configurations: none without chunks
)

var securityNames = [...]string{
	SecurityUnknown:          "unknown",
	SecurityAES128CFB:        "aes-128-cfb",
	SecurityAuto:             "auto",
	SecurityAES128GCM:        "aes-128-gcm",
	SecurityChaCha20Poly1305: "chacha20-poly1305",
	SecurityNone:             "none",
	SecurityZero:             "zero",
}

// String gives the name that configurations use, or Security(9).
func (s Security) String() string { return name(securityNames[:], "Security", uint8(s)) }

// AEAD reports whether each chunk has a tag.
func (s Security) AEAD() bool { return s == SecurityAES128GCM || s == SecurityChaCha20Poly1305 }

// cfb reports whether the body is one CFB stream. v2ray reads the unknown
// security of old clients so.
func (s Security) cfb() bool { return s == SecurityAES128CFB || s == SecurityUnknown }

// OnWire reports whether a header may carry s.
func (s Security) OnWire() bool { return s.AEAD() || s.cfb() || s == SecurityNone }

// Command says what the body carries.
type Command uint8

const (
	CommandTCP Command = 1 // a stream
	CommandUDP Command = 2 // datagrams, one in each chunk
	CommandMux Command = 3 // Mux.Cool frames; the header has no target
)

var commandNames = [...]string{CommandTCP: "tcp", CommandUDP: "udp", CommandMux: "mux"}

// String gives "tcp", "udp", "mux" or Command(9).
func (c Command) String() string { return name(commandNames[:], "Command", uint8(c)) }

// Option is the set of the header's option bits: how the body is framed.
type Option uint8

const (
	ChunkStream         Option = 0x01 // S: chunks, with an end chunk
	ConnectionReuse     Option = 0x02 // R: dead since 2018
	ChunkMasking        Option = 0x04 // M: lengths are masked with SHAKE128
	GlobalPadding       Option = 0x08 // P: 0 to 63 random bytes behind each chunk
	AuthenticatedLength Option = 0x10 // A: lengths are sealed
)

var optionNames = [8]string{"chunk-stream", "connection-reuse", "chunk-masking", "global-padding", "authenticated-length",
	"reserved-5", "reserved-6", "reserved-7"}

// Has reports whether all bits of o are set.
func (o Option) Has(bits Option) bool { return o&bits == bits }

// Names appends the words for the set bits to dst, lowest first.
func (o Option) Names(dst []string) []string {
	for i, word := range optionNames {
		if o.Has(1 << i) {
			dst = append(dst, word)
		}
	}
	return dst
}

// Direction is the way that bytes take.
type Direction uint8

const (
	Up   Direction = iota // client to server: the request
	Down                  // server to client: the response
)

// String gives "up" or "down".
func (d Direction) String() string { return name(directionNames[:], "Direction", uint8(d)) }

var directionNames = [...]string{Up: "up", Down: "down"}

// name looks v up, or writes it as Type(9).
func name(names []string, kind string, v uint8) string {
	if int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return kind + "(" + strconv.Itoa(int(v)) + ")"
}
