package cli

import (
	"github.com/urfave/cli/v2"

	"vmesskit/inspect/vectors"
)

func vectorsCommand(env *Env) *cli.Command {
	return &cli.Command{
		Name:        "vectors",
		Usage:       "test vectors of the protocol with every value on the way",
		Subcommands: []*cli.Command{vectorsListCommand(env), vectorsExportCommand(env), vectorsVerifyCommand(env)},
	}
}

const vectorsText = `An ID such as request/aead stands for all vectors below it. Without one it is all of them.

The vectors are computed, and do not change from version to version. Of each value that another implementation has made of the same inputs the export says so (pinned_by). They are in the public domain (CC0 1.0), unlike the program.`

// findVectors gives the vectors of some ids.
func findVectors(ids []string) ([]*vectors.Vector, error) {
	if len(ids) == 0 {
		return vectors.All(), nil
	}
	var out []*vectors.Vector
	seen := map[string]bool{}
	for _, id := range ids {
		found := vectors.Find(id)
		if len(found) == 0 {
			return nil, noVector(id)
		}
		for _, v := range found {
			if !seen[v.ID] {
				seen[v.ID] = true
				out = append(out, v)
			}
		}
	}
	return out, nil
}

func noVector(id string) *usageError {
	err := usagef("there is no vector %s", show(id))
	if near := nearVector(id); near != "" {
		return err.or("did you mean %s?", near)
	}
	return err.or("see vmess vectors list")
}

// nearVector gives the id that somebody may have meant.
func nearVector(id string) string {
	var ids []string
	for _, v := range vectors.All() {
		ids = append(ids, v.ID)
	}
	return nearest(id, ids)
}
