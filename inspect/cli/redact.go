package cli

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"vmesskit/inspect/report"
)

// redactOptions says whether the output is to be shown to others.
type redactOptions struct {
	on  bool
	key string // the name of a file, empty for pseudonyms that are counted
}

const (
	maxRedactKey    = 64 << 10
	leastRedactKey  = 16 // bytes; a shorter one can be guessed, and the names with it
	pseudonymLength = 10 // letters of five bits
)

// check looks that nothing else is asked for that would show what is hidden.
func (r *redactOptions) check(o *decodeOptions) error {
	if r.key != "" {
		r.on = true
	}
	shows := map[string]bool{
		"--write": o.outputs.write != "", "--extract": o.outputs.extract != "", "--follow": o.follow.session > 0, "--show-secrets": o.secrets,
	}
	for _, flag := range []string{"--show-secrets", "--follow", "--write", "--extract"} {
		if r.on && shows[flag] {
			return usagef("--redact hides what %s would show", flag).or("give one of the two")
		}
	}
	return nil
}

// files gives the files that are read for it.
func (r *redactOptions) files() []string {
	if r.key == "" {
		return nil
	}
	return []string{r.key}
}

// redactor gives what makes the pseudonyms, or nil.
func (r *redactOptions) redactor(env *Env) (*report.Redactor, error) {
	switch {
	case !r.on:
		return nil, nil
	case r.key == "":
		return report.NewRedactor(nil), nil
	}
	key, err := env.readFile(r.key, maxRedactKey)
	if err != nil {
		return nil, err
	}
	if len(key) < leastRedactKey {
		return nil, usagef("the key in %s has %d bytes", called(r.key), len(key)).or("want at least %d, such as those of: openssl rand -hex 32", leastRedactKey)
	}
	return report.NewRedactor(func(name string) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(name))
		text := base32.StdEncoding.EncodeToString(mac.Sum(nil))
		return strings.ToLower(text[:pseudonymLength])
	}), nil
}
