package flow

// PanicText gives the words of a recovered panic. It stands here, below all
// who guard a conversation, because fmt is too heavy for the module that runs in
// a browser.
func PanicText(r any) string {
	switch r := r.(type) {
	case error:
		return r.Error()
	case string:
		return r
	case interface{ String() string }:
		return r.String()
	}
	return "panic"
}
