package report

import (
	"slices"
	"strings"

	"vmesskit/inspect/flow"
)

// layers writes what the wrappings around VMess showed; nothing where there are
// none.
func (n *ndjson) layers(r *flow.Record) {
	list := r.Wrappings()
	if len(list) == 0 {
		return
	}
	j := &n.j
	j.key("layers")
	j.open('[')
	for _, l := range list {
		j.open('{')
		j.keyStr("name", layerName(l))
		j.keyStr("answer", l.Answer.String())
		speech(j, "server_says", &l.Says)
		if l.Clock != nil {
			j.keyInt("server_clock", l.Clock.Says)
		}
		j.keyText("stopped", l.Why)
		j.key("facts")
		j.open('{')
		for _, f := range l.Facts {
			j.keyStr(f.Key, f.Value)
		}
		j.close('}')
		j.close('}')
	}
	j.close(']')
}

// layerName names a layer; TLS has no version before a server answers.
func layerName(l *flow.Layer) string {
	if l.Name == "" {
		return "tls"
	}
	return l.Name
}

// layers has a row for each wrapping.
func (d *sheet) layers(r *flow.Record) {
	for _, l := range r.Wrappings() {
		var parts []string
		for _, f := range l.Facts {
			parts = append(parts, strings.ReplaceAll(f.Key, "_", " ")+" "+f.Value)
		}
		switch l.Answer {
		case flow.Unanswered:
			parts = append(parts, "the server does not answer it")
		case flow.TurnedDown, flow.Foreign:
			parts = append(parts, "the server answers "+strings.TrimSpace(l.Says.Protocol+" "+l.Says.Detail))
		}
		if l.Why != "" {
			parts = append(parts, "stopped: "+l.Why)
		}
		d.row(clean(layerName(l)), strings.Join(parts, "; "))
	}
}

// silence says of a direction without bytes that it had none, or that nobody can see
// them: in a wrapping that was not opened there may be many.
func silence(r *flow.Record) string {
	list := r.Wrappings()
	switch {
	case len(list) == 0:
		return "nothing on the wire"
	case slices.ContainsFunc(list, func(l *flow.Layer) bool { return l.Why != "" }):
		return "nothing inside the wrapping was opened"
	}
	return "nothing inside the wrapping"
}
