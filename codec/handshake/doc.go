// Package handshake decides what a VMess server and a VMess client do about
// the first bytes of a connection. It is state without input and output: fed
// with bytes and times, it answers with bytes and decisions.
//
// Start with a [Server], which all connections share, and its [Server.NewConn];
// or with [NewClient]. Each is fed all that its connection has brought so far
// until the [Decision] is Accept, and then has the request or response, the
// opener and the sealer. Policy and Config are values; the clock and the
// randomness are arguments.
//
// # What a server looks at, and in which order
//
// Anyone can connect to a server on the open network, send what he recorded,
// change it, and watch. He sees whether he gets an answer, when the
// connection is closed, and after how many bytes. Each step here is the answer
// to somebody who did that.
//
// Sixteen bytes. Of every account the key decrypts them, and whose checksum fits
// is the sender. Only if none fits can they be a legacy auth. An old auth id
// or a second copy of one is refused as what it is and does not get another
// chance as legacy: otherwise a forger could pick the weaker of two locks.
//
// The time. Two minutes either way, both ends included. It comes before the
// memory, so that nothing old can take up room there.
//
// The memory. An auth id is good once. It may be dated two minutes ahead and so
// be good for four, and is remembered for 241 seconds at least: a filter that is
// emptied sooner, or that guesses, lets a copy in or turns an honest client
// away. Looking and remembering are one step under a lock, so that two copies
// that arrive together are not both new. If the memory is full the server says
// no to new ones until its oldest has had its time. If its clock is set
// back, what was forgotten by the later clock is refused too.
//
// The header. Its length is sealed. If that does not open, the checksum has
// fitted a stranger (once in four thousand million times it does), and the next
// account is tried with the bytes that are there: another read would be
// seen.
//
// The session. Key and IV of the body are remembered as soon as they are
// decrypted, before anything behind them is judged. A legacy header needs this:
// its auth says nothing of the bytes behind it, so who recorded one holds
// sixteen bytes that open the door for minutes. v2ray keeps sessions for three
// minutes. Here they stay as long as the auth can come back.
//
// The fuse. In a legacy header four bits say how much padding stands in front of
// the checksum, and CFB lets them be flipped from outside. In 2020 somebody
// recorded a header, sent it sixteen times, each time with other bits there and
// another byte of the key, so that it was no copy, and counted how many bytes
// the server took before it gave up: the differences tell the padding, and that
// it is VMess. So the first wrong header burns its auth, which is then
// refused even with a right one. Other ids of the same second, and other honest
// sessions with the same auth, are not touched by each other.
//
// The drain. What betrays most is when the server closes. A rejected connection
// is read on to a total that was drawn before its first byte came, counted from
// its start, the same for each cause; then it is closed. The totals of a server
// lie in a range of its own, which depends on the accounts that it started
// with and on none that is added while it runs. No honest header is longer
// than the total, so that a header that turns out wrong at its end is as
// silent as noise. If fewer bytes come, the connection stays open until
// its deadline, whatever they were.
//
// The rest of the header. Version, checksum, address, options and cipher are
// held against the policy. An AEAD header that gets here comes from who has the
// key, and v2ray closes at once; here the rejection is the same as all others.
//
// A caller keeps the silence by treating More and Drain alike: it reads with
// the same buffer, under a deadline from the connection's start, and closes in
// the same way, without a word. [Decision] has no cause in it; [Conn.Reason]
// tells it to a log.
//
// # What a client looks at
//
// A response has to open with keys that only the server has, and to begin with
// a byte that was in the request, under both kinds of header. If not, the client
// reads on to a total of its own before it closes. It sends header and first
// payload in one piece, and a legacy header with a time from now to 29 seconds
// ahead, which is inside the window of every known server.
//
// # What is not here
//
// Reading, writing and deadlines. The bound on connections that wait for their
// header is the caller's: each costs him up to MaxHandshake bytes. And nothing
// makes a legacy header safe; it is off unless the policy turns it on.
package handshake
