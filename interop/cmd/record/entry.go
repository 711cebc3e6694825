package main

import (
	"encoding/json"
	"net"
	"slices"
	"strconv"
	"strings"

	"vmesskit/internal/corpus"
	"vmesskit/interop/harness"
)

// entry is a case of the manifest. The README of testdata/captures explains the
// fields.
type entry struct {
	Name        string              `json:"name"`
	File        string              `json:"file"`
	Client      any                 `json:"client"`
	Server      any                 `json:"server"`
	Users       []harness.User      `json:"users"`
	ClientUsers []harness.User      `json:"client_users,omitempty"`
	Security    any                 `json:"security_asked"`
	Commands    []string            `json:"commands"`
	Transport   transport           `json:"transport"`
	Address     serverAddress       `json:"server_address"`
	Capture     captureInfo         `json:"capture"`
	Connections []connection        `json:"connections"`
	Expected    string              `json:"expected"`
	Sessions    map[string]int      `json:"sessions"`
	Accept      map[string][]string `json:"accept,omitempty"`
	Limited     *limited            `json:"limited,omitempty"`
	Verified    bool                `json:"plaintext_verified"`
	ServerLog   string              `json:"server_log,omitempty"`
	ClientLog   string              `json:"client_log,omitempty"`
	Notes       []string            `json:"notes"`
}

type transport struct {
	Client harness.Transport `json:"client"`
	Server harness.Transport `json:"server"`
	KeyLog *string           `json:"key_log"`
}

type serverAddress struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Protocol string `json:"protocol"`
}

type captureInfo struct {
	LinkType string `json:"link_type"`
	Format   string `json:"format"`
	Packets  int    `json:"packets"`
	Bytes    int    `json:"bytes"`
	Started  int64  `json:"started_unix"`
}

type connection struct {
	N            int                  `json:"n"`
	User         string               `json:"user"`
	Command      string               `json:"command"`
	Destinations []corpus.Destination `json:"destinations"`
	Mode         string               `json:"mode,omitempty"`
	Up           any                  `json:"up"`
	Down         any                  `json:"down"`
	DownFull     *corpus.BytesOf      `json:"down_full,omitempty"`
	InCapture    *inCapture           `json:"in_capture,omitempty"`
	Verified     bool                 `json:"verified"`
	ClientError  string               `json:"client_error,omitempty"`
	Plaintext    map[string]any       `json:"plaintext,omitempty"`
}

type inCapture struct {
	Up   int `json:"up"`
	Down int `json:"down"`
}

type datagram struct {
	corpus.BytesOf
	Arrived bool `json:"arrived,omitempty"`
}

// describe writes down what happened.
func (c *recipe) describe(r *harness.Result) *entry {
	e := &entry{
		Name: c.Name, File: c.Name + ".pcap", Users: c.users, Commands: c.commands, Expected: c.expected,
		Sessions: c.sessions, Accept: c.accept, Limited: c.limited, Verified: true, Notes: c.notes,
		Client: c.clients(), Server: c.server(), Security: c.Clients[0].Security,
		Address: serverAddress{"127.0.0.1", r.ServerPort, "tcp"},
	}
	if e.Users == nil {
		e.Users = c.Server.Users
	}
	if used := c.Clients[0].Users; !slices.Equal(used, e.Users) {
		e.ClientUsers = used
	}
	if e.Security == "" {
		e.Security = "aes-128-gcm"
	}
	if e.Commands == nil {
		e.Commands = []string{"tcp"}
	}
	e.Transport.Client, e.Transport.Server = c.Clients[0].Transport, c.Server.Transport
	if c.wire.Kind != "" {
		e.Transport.Client, e.Transport.Server = c.wire, c.wire
	}
	if k := e.Transport.Client.Kind; k == "kcp" || k == "quic" {
		e.Address.Protocol = "udp"
	}
	if c.flows {
		for verdict := range e.Sessions {
			e.Sessions[verdict] = flows(r)
		}
	}
	if len(r.KeyLog) > 0 {
		name := c.Name + ".keys"
		e.Transport.KeyLog = &name
	}
	for i := range r.Transfers {
		one := c.connection(i, &r.Transfers[i])
		e.Connections = append(e.Connections, one)
		e.Verified = e.Verified && one.Verified
	}
	return e
}

// flows counts the ports of clients.
func flows(r *harness.Result) int {
	seen := map[int]bool{}
	for i := range r.Packets {
		if s, ok := r.Packets[i].Segment(); ok && s.DstPort == r.ServerPort {
			seen[s.SrcPort] = true
		}
	}
	return len(seen)
}

// clients names the programs; a list if there are several.
func (c *recipe) clients() any {
	if len(c.Clients) == 1 {
		return map[string]string{"impl": string(c.Clients[0].Program)}
	}
	var list []map[string]string
	for i := range c.Clients {
		list = append(list, map[string]string{"impl": string(c.Clients[i].Program)})
	}
	return list
}

func (c *recipe) server() any {
	if c.Service != nil {
		return map[string]string{"impl": "no VMess server"}
	}
	return map[string]string{"impl": string(c.Server.Program)}
}

// connection describes a transfer.
func (c *recipe) connection(i int, d *harness.Done) connection {
	host, service, _ := net.SplitHostPort(d.Target)
	port, _ := strconv.Atoi(service)
	one := connection{
		N: i, User: c.Clients[d.By].Users[0].ID, Command: "tcp", Verified: !d.Fails && d.Whole(), Plaintext: d.Recipe,
		Destinations: []corpus.Destination{{Type: addressType(host), Host: host, Port: port}},
	}
	if d.Err != nil {
		one.ClientError = withoutPlace(d.Err)
	}
	if d.Datagrams != nil {
		one.Command = "udp"
		one.Up, one.Down = datagrams(d)
		return one
	}
	one.Mode = "seq"
	if d.Duplex {
		one.Mode = "duplex"
	}
	full := harness.Sum(d.Down)
	one.Up, one.Down, one.DownFull = harness.Sum(d.Sent), harness.Sum(d.Got), &full
	if slices.Contains(c.lost, i) || d.Fails { // how much of it is there depends on when the server closed
		one.InCapture = &inCapture{}
	}
	return one
}

func datagrams(d *harness.Done) (up, down []datagram) {
	for _, g := range d.Datagrams {
		up = append(up, datagram{harness.Sum(g.Up), g.Reached})
		if g.Answered {
			down = append(down, datagram{BytesOf: harness.Sum(g.Down)})
		}
	}
	return up, down
}

func addressType(host string) string {
	ip := net.ParseIP(host)
	switch {
	case ip == nil:
		return "domain"
	case ip.To4() != nil:
		return "ipv4"
	}
	return "ipv6"
}

// withoutPlace leaves out the addresses of an error of package net.
func withoutPlace(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, "->")+1:]
}

// MarshalJSON puts the two parts of a datagram into one object.
func (d datagram) MarshalJSON() ([]byte, error) {
	o := map[string]any{"len": d.Len, "sha256": d.SHA256}
	if d.Arrived {
		o["arrived"] = true
	}
	return json.Marshal(o)
}
