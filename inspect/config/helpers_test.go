package config

import (
	"strings"
	"testing"

	"vmesskit/codec"
)

const (
	id1 = "66ad4540-b58c-4ad2-9926-ea63445a9b57"
	id2 = "3f1c9a52-6d0e-4b7a-9c41-8e2b5d7f0a16"
	id3 = "3f1c9a526d0e4b7a9c418e2b5d7f0a17"
)

func mustID(t *testing.T, text string) codec.ID {
	t.Helper()
	id, err := codec.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// checkNoSecret wants an error with no four bytes in a row of a secret.
func checkNoSecret(t *testing.T, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, s := range secrets {
		for i := range len(s) - 3 {
			if strings.Contains(err.Error(), s[i:i+4]) {
				t.Errorf("error %q shows %q of a secret", err, s[i:i+4])
				return
			}
		}
	}
}
