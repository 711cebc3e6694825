package cli

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"vmesskit/codec"
)

// maxDescription bounds a file of --from.
const maxDescription = 16 << 20

var (
	descriptionKeys = []string{"sessions"}
	sessionKeys     = []string{
		"id", "scheme", "alter", "skew", "command", "target", "padding", "security", "options", "dialect", "chunk",
		"up", "down", "no-end", "no-answer", "client", "server", "start", "switch",
	}
	switchKeys = []string{"host", "port", "id", "alterId", "level", "minutes"}
)

// readFile reads the description of --from.
func (o *buildOptions) readFile(env *Env, p *buildPlan) error {
	text, err := env.readFile(o.from, maxDescription)
	if err != nil {
		return err
	}
	root, err := readJSON(called(o.from), text)
	if err != nil {
		return err
	}
	top, err := root.members(descriptionKeys...)
	if err != nil {
		return err
	}
	list := top.values["sessions"]
	if list == nil {
		return root.fail("no sessions, want a list of them")
	}
	sessions, err := list.elements()
	if err != nil {
		return err
	}
	if len(sessions) == 0 {
		return list.fail("no session in it, want one")
	}
	if o.what != buildSession && o.what != buildSessions && len(sessions) != 1 {
		return list.fail("%d sessions, want one for a request or response", len(sessions))
	}
	p.items = nil
	for _, v := range sessions {
		item, err := describedItem(env, v)
		if err != nil {
			return err
		}
		p.items = append(p.items, item)
	}
	p.count = len(p.items)
	if o.what == buildSession && p.count > 1 && o.out.form != formPcap && o.out.form != formJSON {
		return list.fail("%d sessions, want one, or --pcap or --json", p.count)
	}
	return nil
}

// describedItem reads one session.
func describedItem(env *Env, v *jsonValue) (buildItem, error) {
	o, err := v.members(sessionKeys...)
	if err != nil {
		return buildItem{}, err
	}
	var words buildWords
	for name, to := range map[string]*string{
		"scheme": &words.scheme, "alter": &words.alter, "skew": &words.skew, "command": &words.command,
		"target": &words.target, "padding": &words.padding, "security": &words.security,
		"dialect": &words.dialect, "chunk": &words.chunk, "client": &words.client, "server": &words.server,
	} {
		if m := o.values[name]; m != nil {
			if *to, err = m.word(); err != nil {
				return buildItem{}, err
			}
		}
	}
	for name, to := range map[string]*[]string{"up": &words.up, "down": &words.down} {
		if m := o.values[name]; m != nil {
			if *to, err = m.words(); err != nil {
				return buildItem{}, err
			}
		}
	}
	if m := o.values["options"]; m != nil {
		list, err := m.words()
		if err != nil {
			return buildItem{}, err
		}
		if words.options = strings.Join(list, ","); len(list) == 0 {
			words.options = "0"
		}
	}
	for name, to := range map[string]*bool{"no-end": &words.noEnd, "no-answer": &words.noAnswer} {
		if m := o.values[name]; m != nil {
			if *to, err = m.flag(); err != nil {
				return buildItem{}, err
			}
		}
	}
	item, part, err := words.item(env)
	if err != nil {
		return item, blame(v, o, part, err)
	}
	return item, describedRest(o, &item)
}

// blame says where in the file a part is that cannot be read.
func blame(v *jsonValue, o *jsonObject, part string, err error) error {
	if m := o.values[part]; m != nil {
		v = m
	}
	var wrong *valueError
	var usage *usageError
	switch {
	case errors.As(err, &wrong):
		return v.fail("%v", wrong)
	case errors.As(err, &usage):
		return v.fail("%v", usage)
	}
	return err
}

// describedRest reads what no flag has.
func describedRest(o *jsonObject, item *buildItem) (err error) {
	if m := o.values["start"]; m != nil {
		if item.start, err = m.number(0, 1e9); err != nil {
			return err
		}
	}
	if m := o.values["id"]; m != nil {
		text, err := m.text()
		if err != nil {
			return err
		}
		if item.session.ID, err = codec.ParseID(text); err != nil {
			return m.fail("an id of %d bytes that cannot be read", len(text))
		}
		item.hasID = true
	}
	if m := o.values["switch"]; m != nil {
		item.session.Switch, err = describedSwitch(m)
	}
	return err
}

func describedSwitch(v *jsonValue) (*codec.SwitchAccount, error) {
	o, err := v.members(switchKeys...)
	if err != nil {
		return nil, err
	}
	s := &codec.SwitchAccount{}
	for _, n := range []struct {
		name string
		most int64
		to   func(int64)
	}{
		{"port", 65535, func(n int64) { s.Port = uint16(n) }},
		{"alterId", 65535, func(n int64) { s.AlterIDs = uint16(n) }},
		{"level", 255, func(n int64) { s.Level = uint8(n) }},
		{"minutes", 255, func(n int64) { s.Minutes = uint8(n) }},
	} {
		m := o.values[n.name]
		if m == nil {
			continue
		}
		i, err := m.number(0, n.most)
		if err != nil {
			return nil, err
		}
		n.to(i)
	}
	if m := o.values["host"]; m != nil {
		if s.Host, err = m.text(); err != nil {
			return nil, err
		}
	}
	m := o.values["id"]
	if m == nil {
		return nil, v.fail("no id, want the one to switch to")
	}
	text, err := m.text()
	if err != nil {
		return nil, err
	}
	if s.ID, err = codec.ParseID(text); err != nil {
		return nil, m.fail("an id of %d bytes that cannot be read", len(text))
	}
	if _, err := s.Append(nil); err != nil {
		return nil, v.fail("%v", err)
	}
	return s, nil
}

// word gives a string or a number as it stands there.
func (v *jsonValue) word() (string, error) {
	switch raw := v.raw.(type) {
	case string:
		if raw == "" {
			return "", v.fail("empty, want a value or nothing at all")
		}
		return raw, nil
	case json.Number:
		return raw.String(), nil
	}
	return "", v.want("a string or a number")
}

// words gives a list of strings; one string is a list of one.
func (v *jsonValue) words() ([]string, error) {
	if _, one := v.raw.([]*jsonValue); !one {
		w, err := v.word()
		return []string{w}, err
	}
	list, _ := v.elements()
	out := []string{}
	for _, e := range list {
		w, err := e.word()
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return slices.Clip(out), nil
}
