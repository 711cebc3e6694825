package main

import (
	"crypto/tls"

	"vmesskit/interop/harness"
)

// tlsCases have suites and messages of TLS that the programs do not choose by
// themselves: openssl's client puts TLS around what the client sends, and Go's
// crypto/tls takes it off in front of the server.
func tlsCases() []*recipe {
	ws := harness.Transport{Kind: "ws", Path: "/tide", Host: "www.example.test"}
	return []*recipe{
		suite("tls13-ws-aes256-gcm", ws, "1.3", "TLS_AES_256_GCM_SHA384", harness.Terminator{}, false, "-ciphersuites", "TLS_AES_256_GCM_SHA384"),
		suite("tls13-ws-chacha20", ws, "1.3", "TLS_CHACHA20_POLY1305_SHA256", harness.Terminator{}, false, "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"),
		suite("tls13-hello-retry", raw, "1.3", "TLS_AES_128_GCM_SHA256",
			harness.Terminator{Curves: []tls.CurveID{tls.CurveP384}}, false, "-ciphersuites", "TLS_AES_128_GCM_SHA256", "-groups", "X25519:P-384"),
		suite("tls13-key-update", ws, "1.3", "TLS_AES_128_GCM_SHA256", harness.Terminator{}, true, "-ciphersuites", "TLS_AES_128_GCM_SHA256"),
		old("tls12-cbc-sha-ecdhe-rsa", "ECDHE-RSA-AES128-SHA", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, true),
		old("tls12-cbc-sha256-ecdhe-rsa", "ECDHE-RSA-AES128-SHA256", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, true),
		old("tls12-cbc-sha-ecdhe-ecdsa", "ECDHE-ECDSA-AES256-SHA", tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, false),
		old("tls12-cbc-sha-rsa", "AES128-SHA", tls.TLS_RSA_WITH_AES_128_CBC_SHA, true),
		old("tls12-gcm-rsa", "AES256-GCM-SHA384", tls.TLS_RSA_WITH_AES_256_GCM_SHA384, true),
		old("tls12-chacha20-ecdhe-ecdsa", "ECDHE-ECDSA-CHACHA20-POLY1305", tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, false),
		macOutside("tls12-cbc-sha256-etm", "ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
		macOutside("tls12-cbc-sha384-etm", "ECDHE-ECDSA-AES256-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"),
		retry(),
	}
}

// suite is a case of TLS between a client of openssl and Go.
func suite(name string, t harness.Transport, version, named string, front harness.Terminator, update bool, args ...string) *recipe {
	c := pair(name, harness.V2Ray, harness.Xray, t)
	c.Between = []harness.Hop{harness.OpenSSL{Args: args, KeyUpdate: update}, front}
	c.Leg = 1
	c.record(version, named)
	c.notes = []string{"openssl s_client puts TLS around what the client sends; Go's crypto/tls takes it off in front of the server, and wrote the key log"}
	if update {
		c.notes = append(c.notes, "after its first piece the client changes its keys and asks the server to do so, too")
	}
	return c
}

// record tells the manifest of TLS that the peers do not know of.
func (c *recipe) record(version, named string) {
	c.wire = c.Clients[0].Transport
	c.wire.TLS = &harness.TLS{Version: version, Suite: named}
}

func old(name, suiteName string, id uint16, rsa bool) *recipe {
	front := harness.Terminator{Version: tls.VersionTLS12, Suites: []uint16{id}, RSA: rsa}
	return suite(name, raw, "1.2", tls.CipherSuiteName(id), front, false, "-tls1_2", "-cipher", suiteName)
}

// retry has a client that is Xray itself, whose first guess of a group the
// terminator does not like.
func retry() *recipe {
	t := harness.Transport{Kind: "ws", Path: "/tide", TLS: &harness.TLS{Version: "1.3"}}
	c := pair("tls13-hello-retry-xray", harness.Xray, harness.Xray, t)
	c.Server.Transport.TLS = nil
	c.Between = []harness.Hop{harness.Terminator{Curves: []tls.CurveID{tls.CurveP384}, ALPN: []string{"http/1.1"}}}
	c.notes = []string{"Go's crypto/tls takes TLS off in front of the server, and wrote the key log"}
	return c
}

// macOutside has openssl at both ends, which agree on the MAC of a CBC suite
// over what is encrypted. It serves one connection.
func macOutside(name, suiteName, named string) *recipe {
	c := pair(name, harness.V2Ray, harness.Xray, raw)
	c.Between = []harness.Hop{
		harness.OpenSSL{Args: []string{"-tls1_2", "-cipher", suiteName}, KeyLog: true},
		harness.OpenSSLServer{Args: []string{"-tls1_2", "-cipher", suiteName}},
	}
	c.Leg = 1
	c.Transfers = c.Transfers[:1]
	c.sessions = map[string]int{"ok": 1}
	c.record("1.2", named)
	c.notes = []string{"openssl puts TLS around what the client sends, and takes it off in front of the server; its client wrote the key log. They agree on encrypt_then_mac"}
	return c
}
