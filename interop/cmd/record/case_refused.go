package main

import (
	"slices"

	"vmesskit/interop/harness"
)

// refusedCases have requests that are right, and a server that refuses them.
func refusedCases() []*recipe {
	return []*recipe{
		missing("server-refused-v4-v4", harness.V2Ray, harness.V2Ray),
		missing("server-refused-xray-xray", harness.Xray, harness.Xray),
		missing("server-refused-v4-xray", harness.V2Ray, harness.Xray),
		insecureBeside(), legacyBeside(),
	}
}

// missing has a user whom the decoder knows and the server does not.
func missing(name string, client, server harness.Program) *recipe {
	c := pair(name, client, server, raw)
	c.Server.Users = user(name + " another")
	c.users = c.Clients[0].Users
	c.Transfers = refused(0)
	c.expected = "server-refused:the user is not on the server"
	c.sessions = map[string]int{"server-refused": 2}
	c.notes = []string{"users has the client's id, which the server does not have: the header is right, and the server swallows some more bytes before it closes"}
	return c
}

// beside adds a client that the server refuses to one that it serves.
func (c *recipe) beside(client harness.Peer, verdict string) *recipe {
	c.Clients = append(c.Clients, client)
	c.Transfers = slices.Concat(two(), refused(1))
	c.expected = "mixed:ok," + verdict
	c.sessions = map[string]int{"ok": 2, verdict: 2}
	return c
}

func insecureBeside() *recipe {
	c := pair("insecure-refused-beside-aead", harness.V2Ray, harness.V2Ray, raw)
	c.Server.SecureOnly = true
	insecure := c.Clients[0]
	insecure.Security = "none"
	c.beside(insecure, "insecure-refused")
	c.notes = []string{"server: disableInsecureEncryption; the second client asks for none"}
	return c
}

func legacyBeside() *recipe {
	c := pair("legacy-refused-beside-aead", harness.V2Ray, harness.Xray, raw)
	legacy := c.Clients[0]
	legacy.Users = []harness.User{{ID: c.Server.Users[0].ID, AlterID: 1}}
	c.beside(legacy, "legacy-refused")
	c.users = legacy.Users
	c.notes = []string{"the second client's alterId is 1, so that its header is of the legacy kind, which Xray does not have"}
	return c
}
