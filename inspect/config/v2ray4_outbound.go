package config

import (
	"slices"
	"strings"

	"vmesskit/inspect/config/users"
)

// outbounds reads all VMess outbounds, in the order in which v2ray puts its
// three forms together, and says how many there were.
func (r *v2ray4) outbounds() (seen int) {
	var all []node
	if old := r.root.field("outbound"); old.there() {
		all = append(all, old)
	}
	all = append(all, r.root.field("outboundDetour").elements()...)
	all = append(all, r.root.field("outbounds").elements()...)
	for _, out := range all {
		if r.doc.err != nil {
			return seen
		}
		if strings.EqualFold(out.field("protocol").text(), "vmess") {
			seen++
			r.outbound(out)
		}
	}
	return seen
}

func (r *v2ray4) outbound(out node) {
	settings := out.field("settings")
	o := Outbound{Tag: out.field("tag").text(), Stream: r.stream(out.field("streamSettings"))}
	if settings.field("address").there() {
		// Xray's flat form, one server and one user, wins.
		o.Servers = []Server{r.target(settings, []node{settings})}
	} else {
		for _, s := range settings.field("vnext").elements() {
			o.Servers = append(o.Servers, r.target(s, s.field("users").elements()))
		}
	}
	if len(o.Servers) == 0 && r.doc.err == nil {
		out.fail("no server, wanted one in vnext")
		return
	}
	r.config.Outbounds = append(r.config.Outbounds, o)
}

func (r *v2ray4) target(n node, list []node) Server {
	port := n.field("port")
	s := Server{Host: strings.TrimSpace(n.field("address").text()), Port: uint16(port.number(65535))}
	if s.Port == 0 && r.doc.err == nil {
		n.fail("no port, wanted one")
	}
	for _, u := range list {
		sender, ok := r.sender(u)
		if !ok {
			break
		}
		s.Users = append(s.Users, sender)
		r.addUser(u, sender.User)
	}
	return s
}

// securities are the words that v2ray knows; it takes any other for auto.
var securities = []string{"aes-128-gcm", "chacha20-poly1305", "none", "zero"}

func (r *v2ray4) sender(n node) (Sender, bool) {
	u, ok := r.user(n)
	s := Sender{User: u, Security: strings.ToLower(n.field("security").text())}
	if !slices.Contains(securities, s.Security) {
		s.Security = "auto"
	}
	return s, ok && r.doc.err == nil
}

// user reads who is in a list of clients or of an outbound.
func (r *v2ray4) user(n node) (User, bool) {
	at := n.field("id")
	text := at.text()
	if r.doc.err != nil {
		return User{}, false
	}
	if text == "" {
		n.fail("no id, wanted one")
		return User{}, false
	}
	id, wrong := users.ReadID(text)
	if wrong != "" {
		at.fail("%s", wrong)
		return User{}, false
	}
	email := n.field("email")
	u := User{ID: id, AlterIDs: n.field("alterId").number(MaxAlterIDs), Label: strings.TrimSpace(email.text())}
	if r.doc.err != nil {
		return User{}, false
	}
	if wrong := users.CheckLabel(u.Label); wrong != "" {
		email.fail("%s", wrong)
		return User{}, false
	}
	return u, true
}
