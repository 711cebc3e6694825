package report

// users lists the ids of the users who have sessions, if secrets are to be
// shown.
func (p *page) users(list []Session) {
	if !p.o.Secrets {
		return
	}
	t := table{columns: []column{{head: "USER", use: useStays, short: shorten, floor: [...]int{21, 14, 4}}, {head: "ID", use: useStays}}}
	listed := make(map[string]bool)
	for i := range list {
		s := &list[i]
		if s.ID == "" || listed[s.ID] {
			continue
		}
		listed[s.ID] = true
		t.columns[0].add(clean(s.User), plain)
		t.columns[1].add(clean(s.ID), red)
		t.rows++
	}
	if t.rows > 0 {
		p.title("Users", "secret: whoever has an id can use the server, and open its captures")
		p.b = t.append(p.b, t.fit(p.o.Width), p.o.Width, p.o.Color)
	}
}
