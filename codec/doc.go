// Package codec is the VMess protocol: bytes in, bytes out. It has no clock, no
// randomness, no network and no goroutines; time and entropy are arguments. So
// it compiles to anything, and every test has a known answer.
//
// # Where to start
//
// A server that reads: [NewUsers] and [Users.Match] say who sends,
// [NewRequestOpener] opens the header, [Request.Body] with [NewOpener] the body,
// [Request.Respond] answers. A client that writes: [SealRequest],
// [RequestHeader.RequestBody] with [NewSealer], then [NewResponseOpener]. With
// one user and everything at hand, [OpenRequest] and [OpenResponse] are enough.
// [NewReader] and [NewWriter] put a body behind io. Set the Trace field of an
// opener to learn what each byte means. The examples are the manual, and
// FORMAT.md at the root of the repository has every structure as a table and
// every key as a formula.
//
// What a body can carry is in the package mux below this one, and what a server
// and a client have to do about the first bytes of a connection in handshake.
//
// # The story
//
// VMess is how a client asks a proxy to connect somewhere for it, over any
// stream, without the stream saying so: there is no greeting, no version in the
// clear, no byte that is the same twice. Both sides know one secret, and the
// client speaks first, all in one breath.
//
// Who is the user? A user is an [ID], sixteen bytes written as a UUID. It is not
// a name but the password. Its MD5 with a constant is the [CmdKey], the key of
// everything that follows. (A text that is no UUID can be mapped to one:
// [ParseID].)
//
// How does the server know who speaks? By the first sixteen bytes, the auth. It
// has to say who without saying it to others. The request of today has an
// [AuthID]: the client's clock, four random bytes and a CRC-32, encrypted as one
// AES block under a key of the user. The server has nothing to look up; it
// decrypts with the key of each user until the CRC-32 fits. The clock may be
// 120 seconds off either way, and a server remembers what it saw for as long as
// it would take it again, so that a recorded request is of no use. Hence the
// oldest trouble of VMess: a wrong clock looks like a wrong password.
//
// What does the client want? That is the command section, [RequestHeader]: the
// address and port of the target, the [Command] (a TCP stream, UDP datagrams, or
// Mux.Cool frames, which have their targets inside), the [Security] and [Option]
// of the body, and a fresh key and IV for it. Some bytes of padding hide its
// length and an FNV-1a hash closes it. One byte, V, is to come back in the
// answer: whoever repeats it has read the section.
//
// How does the section travel? In an envelope: behind the auth id its length,
// sealed; eight random bytes, the connection nonce; then the section, sealed.
// Both are AES-128-GCM with keys that [KDF] makes of the command key, the auth
// id and the nonce, so that no two requests share one. The auth id is
// additional data of both seals, which binds it to what it introduces.
//
// And the answer? The server derives the response's key and IV by hashing those
// of the request, and sends a [ResponseHeader]: V, and rarely a command, of
// which one is known, [SwitchAccount], "go on at that port with this other id
// for some minutes". It comes together with the target's first bytes; a client
// that waits for it before it sends data waits forever.
//
// # The body
//
// Each direction behind its header is a row of chunks: a length, a sealed
// payload, perhaps padding. The length counts all that stands behind it. What a
// chunk looks like is decided once, by security and options ([Body]):
//
//   - [ChunkStream]: chunks, and an empty one for the end;
//   - [ChunkMasking]: the length is XORed with two bytes of a SHAKE128 stream
//     that the IV starts, because a plain length is easy to recognise;
//   - [GlobalPadding]: up to 63 bytes of anything behind the payload. The same
//     SHAKE128 stream says how many, and is asked for that before the mask;
//   - [AuthenticatedLength]: the length is sealed too, and not masked.
//
// Security is AES-128-GCM or ChaCha20-Poly1305, whose nonce is the chunk's
// number and ten bytes of the IV; or none, where the stream inside is encrypted
// already; or the old AES-128-CFB, where the whole direction is one cipher
// stream, frames and all, and an FNV-1a hash stands in front of each payload.
//
// How does it end? With an empty chunk, says the protocol, and v2ray and Xray
// send it in each direction: their half-close. sing never does, it just closes.
// So there are three ends to tell apart ([End]): the end chunk was read; the
// bytes stop where a chunk does; they stop inside one, and something is missing.
//
// # The old header
//
// Up to 2020 the auth was an HMAC-MD5 of the time under the id, which a server
// found in a table of all seconds and ids around now, and the section was
// encrypted with CFB. Alter ids ([NextAlterID]), a chain of further ids of the
// same user, were to make the auths differ more. The new header needs none:
// alterId 0 in a configuration means [AEAD], more means [Legacy].
//
// # What is weak
//
//   - No forward secrecy. The keys of the body travel under a key that is made
//     of the id. Whoever learns an id reads all that was ever recorded under it.
//     Only therefore can this project decode captures.
//   - The legacy header has no tag. CFB lets anyone turn chosen bits, and the
//     32-bit hash is found only behind padding of a length that the attacker
//     turned: by counting the bytes that a server waits for, one could recognise
//     it. Errors here tell layers apart; a server must not tell them to its
//     client.
//   - The counter in the nonces has 16 bits and wraps in silence: from chunk
//     65536 on, nonces come again under the same key. With authenticated lengths
//     both directions even share their key and nonces. Neither can be mended
//     without leaving the protocol; large chunks and new connections help.
//   - Without authenticated lengths, a length can be changed by anyone on the
//     way, and an end forged. The end chunk's tag is checked when it is there.
//   - A direction can be cut where a chunk ends, and nobody notices.
//
// Where the peers disagree, [Dialect] says whom to follow; what they agree on is
// held by vectors that were recorded from them.
package codec
