package cli

import (
	"io"
	"os"
	"testing"
)

// TestSpool looks that a spool can be read again and leaves nothing behind.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(s, "twice"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := io.ReadAll(io.NewSectionReader(s, 0, 5))
		if string(got) != "twice" || err != nil {
			t.Errorf("got %q, %v, want what was written", got, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
