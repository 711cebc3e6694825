// Package harness runs VMess as people run it: a client and a server of other
// people's making, an origin behind them, all on the loopback interface, and
// tcpdump beside them. Tests and the program that makes captures say what is to
// happen in a [Case]; [Run] lets it happen and tells what did.
//
//	application --SOCKS5--> client --[leg]--> hops --> server --> origin
//
// The application and the origin are this process. The peers are children of
// it: Debian's v2ray, and Xray, which is built from its module. Hops stand
// between the two peers: a terminator of TLS, a proxy, a relay that wraps. One
// leg of the way is recorded.
//
// Everything is bounded by the context and stopped by its own process id, and
// nothing is left on the disk. It needs Linux, and tcpdump has to be allowed to
// record.
package harness
