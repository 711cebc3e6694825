package wire

// Field names a part of a wire structure or a value derived from it. The
// table below describes each one.
type Field uint16

// Form says how the bytes of a field are to be read.
type Form uint8

const (
	FormBytes Form = iota // anything; shown in hex
	FormUint              // big-endian number
	FormText              // UTF-8
	FormIP                // 4 or 16 bytes
	FormUnix              // Unix seconds, 8 bytes, signed
	FormEnum              // number with names
	FormFlags             // bits with names
	FormGroup             // a structure with members
)

// Info describes a field.
type Info struct {
	Name   string // the word for it, everywhere
	In     string // the structure that it belongs to
	Size   int    // bytes, where that is fixed; else 0
	Mask   uint8  // the bits that it takes of a byte that it shares; 0 for all
	Form   Form
	Secret bool   // never shown unless asked for
	Doc    string // one sentence of meaning
}

// Info gives the field's row of the table.
func (f Field) Info() *Info {
	if int(f) < len(infos) {
		return &infos[f]
	}
	return &infos[FieldNone]
}

func (f Field) String() string { return f.Info().Name }

// Fields gives how many fields the table has; they are numbered from 1.
func Fields() int { return len(infos) - 1 }

const (
	FieldNone Field = iota

	// Buffers.
	FieldClientWire
	FieldServerWire
	FieldAuthIDPlain
	FieldHeaderLengthPlain
	FieldSection
	FieldResponseLengthPlain
	FieldResponsePlain
	FieldChunkLengthPlain
	FieldChunkPlain
	FieldPayload

	// Groups.
	FieldRequest
	FieldResponse
	FieldAddress
	FieldSwitchAccount
	FieldChunk

	// Request envelope.
	FieldAuthID
	FieldLegacyAuth
	FieldHeaderLengthSealed
	FieldHeaderLengthTag
	FieldConnectionNonce
	FieldHeaderSealed
	FieldHeaderTag
	FieldHeaderEncrypted
	FieldAuthTime
	FieldAuthRandom
	FieldAuthChecksum
	FieldHeaderLength

	// Command section.
	FieldVersion
	FieldBodyIV
	FieldBodyKey
	FieldResponseAuth
	FieldOption
	FieldPaddingLength
	FieldSecurity
	FieldReserved
	FieldCommand
	FieldPort
	FieldAddrType
	FieldAddrIPv4
	FieldAddrLength
	FieldAddrDomain
	FieldAddrIPv6
	FieldHeaderPadding
	FieldHeaderChecksum
	FieldTrailing

	// Response header.
	FieldResponseLengthSealed
	FieldResponseLengthTag
	FieldResponseSealed
	FieldResponseTag
	FieldResponseEncrypted
	FieldResponseLength
	FieldResponseAuthEcho
	FieldResponseOption
	FieldResponseCommand
	FieldResponseCommandLength
	FieldResponseCommandData
	FieldSwitchChecksum
	FieldSwitchHostLength
	FieldSwitchHost
	FieldSwitchPort
	FieldSwitchID
	FieldSwitchAlterIDs
	FieldSwitchLevel
	FieldSwitchValidity

	// Chunk.
	FieldChunkLength
	FieldChunkLengthMasked
	FieldChunkLengthSealed
	FieldChunkLengthTag
	FieldChunkEncrypted
	FieldPayloadPlain
	FieldPayloadSealed
	FieldPayloadTag
	FieldPayloadChecksum
	FieldChunkPadding
	FieldStream

	// Mux.Cool, XUDP and packetaddr: what a body can carry.
	FieldMuxFrame
	FieldMuxMetaLength
	FieldMuxSession
	FieldMuxStatus
	FieldMuxOption
	FieldMuxNetwork
	FieldMuxGlobalID
	FieldMuxExtra
	FieldMuxDataLength
	FieldMuxData
	FieldPacket
	FieldPacketLength
	FieldPacketAddrType
	FieldPacketData

	// Derived values.
	FieldID
	FieldCmdKey
	FieldAuthIDKey
	FieldHeaderLengthKey
	FieldHeaderLengthNonce
	FieldHeaderKey
	FieldHeaderNonce
	FieldLegacyIV
	FieldResponseKey
	FieldResponseIV
	FieldResponseLengthKey
	FieldResponseLengthNonce
	FieldResponseHeaderKey
	FieldResponseHeaderNonce
	FieldChaChaKey
	FieldLengthKey
	FieldLengthNonce
	FieldChunkNonce
	FieldPaddingDraw
	FieldMaskDraw
)

const (
	inRequest  = "request"
	inHeader   = "request header"
	inResponse = "response header"
	inSwitch   = "switch account"
	inChunk    = "chunk"
	inMux      = "mux frame"
	inPacket   = "packetaddr packet"
)

var infos = [...]Info{
	FieldNone: {Name: "nothing"},

	FieldClientWire:          {Name: "client-wire", Form: FormGroup, Doc: "What the client sent, from the first byte of the connection."},
	FieldServerWire:          {Name: "server-wire", Form: FormGroup, Doc: "What the server sent, from its first byte."},
	FieldAuthIDPlain:         {Name: "auth-id-plain", In: inRequest, Size: 16, Form: FormGroup, Doc: "The auth id, decrypted as one AES block."},
	FieldHeaderLengthPlain:   {Name: "header-length-plain", In: inRequest, Size: 2, Form: FormGroup, Doc: "The header length, opened."},
	FieldSection:             {Name: "command-section", In: inRequest, Form: FormGroup, Doc: "The request header proper: keys of the body, options, command and target."},
	FieldResponseLengthPlain: {Name: "response-length-plain", In: inResponse, Size: 2, Form: FormGroup, Doc: "The length of the response header, opened."},
	FieldResponsePlain:       {Name: "response-plain", In: inResponse, Form: FormGroup, Doc: "The response header, opened."},
	FieldChunkLengthPlain:    {Name: "chunk-length-plain", In: inChunk, Size: 2, Form: FormGroup, Doc: "An authenticated chunk length, opened: the chunk's length less 16."},
	FieldChunkPlain:          {Name: "chunk-plain", In: inChunk, Form: FormGroup, Doc: "One chunk of a CFB body, decrypted: the whole direction is one cipher stream."},
	FieldPayload:             {Name: "payload", In: inChunk, Secret: true, Doc: "What the application sent, opened."},

	FieldRequest:       {Name: "request", Form: FormGroup, Doc: "The request header as it stands on the wire, sealed."},
	FieldResponse:      {Name: "response", Form: FormGroup, Doc: "The response header as it stands on the wire, sealed."},
	FieldAddress:       {Name: "address", In: inHeader, Form: FormGroup, Doc: "Where the server is to connect to: port first, then the host. Absent for mux."},
	FieldSwitchAccount: {Name: "switch-account", In: inSwitch, Form: FormGroup, Doc: "The server tells the client to go on at another port with another id."},
	FieldChunk:         {Name: "chunk", Form: FormGroup, Doc: "One piece of the body: length, payload with its overhead, padding."},

	FieldAuthID:             {Name: "auth-id", In: inRequest, Size: 16, Doc: "Says who sends and when: time, random bytes and a CRC-32, encrypted as one AES block under the user's key."},
	FieldLegacyAuth:         {Name: "legacy-auth", In: inRequest, Size: 16, Doc: "HMAC-MD5 of the time under the user's id or one of the alter ids; the server knows it by looking it up."},
	FieldHeaderLengthSealed: {Name: "header-length-sealed", In: inRequest, Size: 2, Doc: "Length of the command section under AES-128-GCM."},
	FieldHeaderLengthTag:    {Name: "header-length-tag", In: inRequest, Size: 16, Doc: "GCM tag of the header length; the auth id is its additional data."},
	FieldConnectionNonce:    {Name: "connection-nonce", In: inRequest, Size: 8, Doc: "Random bytes that all four header keys and nonces depend on."},
	FieldHeaderSealed:       {Name: "header-sealed", In: inRequest, Doc: "The command section under AES-128-GCM."},
	FieldHeaderTag:          {Name: "header-tag", In: inRequest, Size: 16, Doc: "GCM tag of the command section; the auth id is its additional data."},
	FieldHeaderEncrypted:    {Name: "header-encrypted", In: inRequest, Doc: "The command section under AES-128-CFB, without a length or a tag."},
	FieldAuthTime:           {Name: "auth-time", In: inRequest, Size: 8, Form: FormUnix, Doc: "The client's clock; servers refuse more than 120 seconds of difference."},
	FieldAuthRandom:         {Name: "auth-random", In: inRequest, Size: 4, Doc: "Random bytes that make two auth ids of one second differ."},
	FieldAuthChecksum:       {Name: "auth-checksum", In: inRequest, Size: 4, Doc: "CRC-32 of the twelve bytes before it: it fits only under the right user's key."},
	FieldHeaderLength:       {Name: "header-length", In: inRequest, Size: 2, Form: FormUint, Doc: "Bytes of the command section, without its tag."},

	FieldVersion:        {Name: "version", In: inHeader, Size: 1, Form: FormUint, Doc: "Always 1."},
	FieldBodyIV:         {Name: "body-iv", In: inHeader, Size: 16, Secret: true, Doc: "Random; nonces, masks and padding of the request body come from it. It stands before the key."},
	FieldBodyKey:        {Name: "body-key", In: inHeader, Size: 16, Secret: true, Doc: "Random; the request body is sealed with it, and the response keys are its hash."},
	FieldResponseAuth:   {Name: "response-auth", In: inHeader, Size: 1, Secret: true, Doc: "V, a random byte that the server has to repeat in its response."},
	FieldOption:         {Name: "option", In: inHeader, Size: 1, Form: FormFlags, Doc: "How the body is framed: chunks, masked lengths, padding, authenticated lengths."},
	FieldPaddingLength:  {Name: "padding-length", In: inHeader, Size: 1, Mask: 0xF0, Form: FormUint, Doc: "How many padding bytes stand before the checksum, 0 to 15."},
	FieldSecurity:       {Name: "security", In: inHeader, Size: 1, Mask: 0x0F, Form: FormEnum, Doc: "The cipher of the body."},
	FieldReserved:       {Name: "reserved", In: inHeader, Size: 1, Form: FormUint, Doc: "0; peers do not look at it."},
	FieldCommand:        {Name: "command", In: inHeader, Size: 1, Form: FormEnum, Doc: "What the body carries: a TCP stream, UDP datagrams, or Mux.Cool frames."},
	FieldPort:           {Name: "port", In: inHeader, Size: 2, Form: FormUint, Doc: "The target's port."},
	FieldAddrType:       {Name: "address-type", In: inHeader, Size: 1, Form: FormEnum, Doc: "1 IPv4, 2 domain, 3 IPv6: not the numbers of SOCKS."},
	FieldAddrIPv4:       {Name: "ipv4", In: inHeader, Size: 4, Form: FormIP, Doc: "The target as an IPv4 address."},
	FieldAddrLength:     {Name: "domain-length", In: inHeader, Size: 1, Form: FormUint, Doc: "Bytes of the domain."},
	FieldAddrDomain:     {Name: "domain", In: inHeader, Form: FormText, Doc: "The target as a name; the server looks it up."},
	FieldAddrIPv6:       {Name: "ipv6", In: inHeader, Size: 16, Form: FormIP, Doc: "The target as an IPv6 address."},
	FieldHeaderPadding:  {Name: "padding", In: inHeader, Secret: true, Doc: "Anything; it hides the header's length."},
	FieldHeaderChecksum: {Name: "header-checksum", In: inHeader, Size: 4, Form: FormUint, Doc: "FNV-1a over the command section before it."},
	FieldTrailing:       {Name: "trailing", In: inHeader, Secret: true, Doc: "Bytes behind the last field, which peers ignore."},

	FieldResponseLengthSealed:  {Name: "response-length-sealed", In: inResponse, Size: 2, Doc: "Length of the response header under AES-128-GCM."},
	FieldResponseLengthTag:     {Name: "response-length-tag", In: inResponse, Size: 16, Doc: "GCM tag of that length."},
	FieldResponseSealed:        {Name: "response-sealed", In: inResponse, Doc: "The response header under AES-128-GCM."},
	FieldResponseTag:           {Name: "response-tag", In: inResponse, Size: 16, Doc: "GCM tag of the response header."},
	FieldResponseEncrypted:     {Name: "response-encrypted", In: inResponse, Doc: "The response header under AES-128-CFB."},
	FieldResponseLength:        {Name: "response-length", In: inResponse, Size: 2, Form: FormUint, Doc: "Bytes of the response header, without its tag."},
	FieldResponseAuthEcho:      {Name: "response-auth-echo", In: inResponse, Size: 1, Secret: true, Doc: "V of the request, repeated."},
	FieldResponseOption:        {Name: "response-option", In: inResponse, Size: 1, Form: FormFlags, Doc: "0 from v2ray and Xray; sing repeats the request's options. It has no meaning."},
	FieldResponseCommand:       {Name: "response-command", In: inResponse, Size: 1, Form: FormEnum, Doc: "0 for none, 1 to switch the account."},
	FieldResponseCommandLength: {Name: "response-command-length", In: inResponse, Size: 1, Form: FormUint, Doc: "Bytes of the command's data."},
	FieldResponseCommandData:   {Name: "response-command-data", In: inResponse, Secret: true, Doc: "Data of the command; a switch-account is what stands in it."},
	FieldSwitchChecksum:        {Name: "switch-checksum", In: inSwitch, Size: 4, Form: FormUint, Doc: "FNV-1a over the data behind it."},
	FieldSwitchHostLength:      {Name: "switch-host-length", In: inSwitch, Size: 1, Form: FormUint, Doc: "Bytes of the host; 0 means the host of the current server."},
	FieldSwitchHost:            {Name: "switch-host", In: inSwitch, Form: FormText, Doc: "The host to go on at."},
	FieldSwitchPort:            {Name: "switch-port", In: inSwitch, Size: 2, Form: FormUint, Doc: "The port to go on at."},
	FieldSwitchID:              {Name: "switch-id", In: inSwitch, Size: 16, Secret: true, Doc: "The id to use there."},
	FieldSwitchAlterIDs:        {Name: "switch-alter-ids", In: inSwitch, Size: 2, Form: FormUint, Doc: "How many alter ids that id has."},
	FieldSwitchLevel:           {Name: "switch-level", In: inSwitch, Size: 1, Form: FormUint, Doc: "The user level there."},
	FieldSwitchValidity:        {Name: "switch-validity", In: inSwitch, Size: 1, Form: FormUint, Doc: "For how many minutes the account may be used."},

	FieldChunkLength:       {Name: "chunk-length", In: inChunk, Size: 2, Form: FormUint, Doc: "Bytes of the chunk behind this field: payload, overhead and padding."},
	FieldChunkLengthMasked: {Name: "chunk-length-masked", In: inChunk, Size: 2, Doc: "The chunk length, XORed with two bytes of the SHAKE128 stream."},
	FieldChunkLengthSealed: {Name: "chunk-length-sealed", In: inChunk, Size: 2, Doc: "The chunk length less 16 under the length key."},
	FieldChunkLengthTag:    {Name: "chunk-length-tag", In: inChunk, Size: 16, Doc: "Tag of the chunk length."},
	FieldChunkEncrypted:    {Name: "chunk-encrypted", In: inChunk, Doc: "A whole chunk under AES-128-CFB."},
	FieldPayloadPlain:      {Name: "payload-plain", In: inChunk, Secret: true, Doc: "Payload that is not encrypted."},
	FieldPayloadSealed:     {Name: "payload-sealed", In: inChunk, Doc: "Payload under the body's cipher."},
	FieldPayloadTag:        {Name: "payload-tag", In: inChunk, Size: 16, Doc: "Tag of the payload."},
	FieldPayloadChecksum:   {Name: "payload-checksum", In: inChunk, Size: 4, Form: FormUint, Doc: "FNV-1a over the payload."},
	FieldChunkPadding:      {Name: "chunk-padding", In: inChunk, Secret: true, Doc: "Anything; 0 to 63 bytes that hide the payload's length."},
	FieldStream:            {Name: "stream", In: inChunk, Secret: true, Doc: "Body bytes without any frame around them."},

	FieldMuxFrame:       {Name: "mux-frame", In: inMux, Form: FormGroup, Doc: "One frame of Mux.Cool, out of the opened payload; chunks of the body may cut it anywhere."},
	FieldMuxMetaLength:  {Name: "mux-metadata-length", In: inMux, Size: 2, Form: FormUint, Doc: "Bytes of the metadata behind this field, 4 to 512."},
	FieldMuxSession:     {Name: "mux-session", In: inMux, Size: 2, Form: FormUint, Doc: "Number of the sub-connection; the client chooses it, and XUDP takes 0."},
	FieldMuxStatus:      {Name: "mux-status", In: inMux, Size: 1, Form: FormEnum, Doc: "What the frame does: 1 opens the sub-connection, 2 goes on, 3 ends it, 4 keeps the carrier alive."},
	FieldMuxOption:      {Name: "mux-option", In: inMux, Size: 1, Form: FormFlags, Doc: "Whether data follows, and whether an end is for an error."},
	FieldMuxNetwork:     {Name: "mux-network", In: inMux, Size: 1, Form: FormEnum, Doc: "1 TCP, 2 UDP; the address stands behind it."},
	FieldMuxGlobalID:    {Name: "mux-global-id", In: inMux, Size: 8, Doc: "Names the client's UDP socket, so that the server can take its mapping over to another carrier; all zero is none."},
	FieldMuxExtra:       {Name: "mux-extra", In: inMux, Doc: "Metadata of newer peers, which readers skip."},
	FieldMuxDataLength:  {Name: "mux-data-length", In: inMux, Size: 2, Form: FormUint, Doc: "Bytes of the data."},
	FieldMuxData:        {Name: "mux-data", In: inMux, Secret: true, Doc: "A part of the sub-connection's stream, or one datagram."},
	FieldPacket:         {Name: "packetaddr", In: inPacket, Form: FormGroup, Doc: "One datagram with its far end in front of it."},
	FieldPacketLength:   {Name: "packetaddr-length", In: inPacket, Size: 2, Form: FormUint, Doc: "Bytes of the packet behind this field; only in a stream, where nothing else tells."},
	FieldPacketAddrType: {Name: "packetaddr-type", In: inPacket, Size: 1, Form: FormEnum, Doc: "1 IPv4, 2 IPv6: a numbering of its own, and the port stands behind the address."},
	FieldPacketData:     {Name: "packetaddr-data", In: inPacket, Secret: true, Doc: "The datagram."},

	FieldID:                  {Name: "id", In: "user", Size: 16, Secret: true, Doc: "The user id: 16 bytes, written as a UUID."},
	FieldCmdKey:              {Name: "cmd-key", In: inRequest, Size: 16, Secret: true, Doc: "The user's key: the same for both header schemes and all alter ids."},
	FieldAuthIDKey:           {Name: "auth-id-key", In: inRequest, Size: 16, Secret: true, Doc: "AES key of the auth id."},
	FieldHeaderLengthKey:     {Name: "header-length-key", In: inRequest, Size: 16, Secret: true, Doc: "GCM key of the header length."},
	FieldHeaderLengthNonce:   {Name: "header-length-nonce", In: inRequest, Size: 12, Secret: true, Doc: "GCM nonce of the header length."},
	FieldHeaderKey:           {Name: "header-key", In: inRequest, Size: 16, Secret: true, Doc: "GCM key of the command section."},
	FieldHeaderNonce:         {Name: "header-nonce", In: inRequest, Size: 12, Secret: true, Doc: "GCM nonce of the command section."},
	FieldLegacyIV:            {Name: "legacy-iv", In: inRequest, Size: 16, Secret: true, Doc: "CFB IV of the command section: it holds nothing but the time."},
	FieldResponseKey:         {Name: "response-key", In: inResponse, Size: 16, Secret: true, Doc: "Key of the response header and body."},
	FieldResponseIV:          {Name: "response-iv", In: inResponse, Size: 16, Secret: true, Doc: "IV of the response header and body."},
	FieldResponseLengthKey:   {Name: "response-length-key", In: inResponse, Size: 16, Secret: true, Doc: "GCM key of the response length."},
	FieldResponseLengthNonce: {Name: "response-length-nonce", In: inResponse, Size: 12, Secret: true, Doc: "GCM nonce of the response length; from the response IV, not the key."},
	FieldResponseHeaderKey:   {Name: "response-header-key", In: inResponse, Size: 16, Secret: true, Doc: "GCM key of the response header."},
	FieldResponseHeaderNonce: {Name: "response-header-nonce", In: inResponse, Size: 12, Secret: true, Doc: "GCM nonce of the response header; from the response IV, not the key."},
	FieldChaChaKey:           {Name: "chacha-key", In: inChunk, Size: 32, Secret: true, Doc: "A key of 16 bytes stretched to the 32 that ChaCha20 takes."},
	FieldLengthKey:           {Name: "length-key", In: inChunk, Size: 16, Secret: true, Doc: "Key of authenticated lengths, from the request's key in both directions."},
	FieldLengthNonce:         {Name: "length-nonce", In: inChunk, Size: 12, Secret: true, Doc: "Nonce of an authenticated length, from the request's IV in both directions."},
	FieldChunkNonce:          {Name: "chunk-nonce", In: inChunk, Size: 12, Secret: true, Doc: "Nonce of a payload: the chunk's number in place of the first two bytes of the IV's first twelve."},
	FieldPaddingDraw:         {Name: "padding-draw", In: inChunk, Size: 2, Secret: true, Doc: "Two bytes of the SHAKE128 stream; modulo 64 they are the padding's length."},
	FieldMaskDraw:            {Name: "mask-draw", In: inChunk, Size: 2, Secret: true, Doc: "Two bytes of the SHAKE128 stream, XORed over the length. Drawn behind the padding's."},
}
