package cli

import (
	"strings"

	"vmesskit/inspect/peel"
)

// maxKeyLog bounds a key log: some hundred thousand connections.
const maxKeyLog = 256 << 20

// wrappingSecrets is what opens what is around VMess.
type wrappingSecrets struct {
	keyLogs []string // files
	seeds   []string // of mKCP
}

// read reads the key logs. A file without a single secret is the wrong file.
func (s *wrappingSecrets) read(env *Env) (*peel.KeyLog, error) {
	keys := peel.NewKeyLog()
	for _, name := range s.keyLogs {
		text, err := env.readFile(name, maxKeyLog)
		if err != nil {
			return nil, err
		}
		taken, err := keys.Read(text)
		switch {
		case taken == 0 && err != nil:
			return nil, unreadable(called(name), err)
		case taken == 0 && keys.Legacy() > 0:
			env.note("warning: %s names sessions by RSA lines only, which are not used", called(name))
		case taken == 0 && len(strings.TrimSpace(string(text))) > 0:
			env.note("warning: %s has no secrets; want lines such as CLIENT_TRAFFIC_SECRET_0 and CLIENT_RANDOM", called(name))
		case err != nil:
			env.note("warning: %s: %v; the other lines were read", called(name), err)
		}
	}
	return keys, nil
}
