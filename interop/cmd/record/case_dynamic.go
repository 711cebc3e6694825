package main

import (
	"time"

	"vmesskit/interop/harness"
)

// dynamicCases have a server that moves its clients to other ports and to an id
// that it makes up.
func dynamicCases() []*recipe {
	return []*recipe{
		dynamic("dynamic-v4-v4", "32100-32107", 0, 0),
		dynamic("dynamic-legacy-v4-v4", "32110-32117", 4, 0),
		dynamic("dynamic-mux-v4-v4", "32120-32127", 0, 2),
	}
}

func dynamic(name, ports string, alter, mux int) *recipe {
	c := pair(name, harness.V2Ray, harness.V2Ray, raw)
	users := []harness.User{{ID: id(name), AlterID: alter}}
	c.Server.Users, c.Clients[0].Users = users, users
	c.Server.Dynamic, c.Ports = ports, ports
	c.Clients[0].Mux = mux
	c.Transfers = append(two(), two()...)
	c.expected = "ok-dynamic-account"
	c.sessions = map[string]int{"ok": 4}
	if mux > 0 { // two at a time, so that the third needs a new connection
		c.Together = true
		for i := range c.Transfers {
			c.Transfers[i].After, c.Transfers[i].Hold = time.Duration(i)*300*time.Millisecond, 1500*time.Millisecond
		}
		c.commands = []string{"mux"}
		c.sessions = map[string]int{"ok": 2}
	}
	c.notes = []string{"in its first answer the server tells the client to go on at one of the ports " + ports + " with an id which is in no configuration"}
	return c
}
