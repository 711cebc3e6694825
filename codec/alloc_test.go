package codec

import "testing"

// Nothing is allocated for a chunk, in either direction of any body, nor for a
// candidate in a search of users.
func TestChunksAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, b := range testBodies() {
		const runs = 20
		s, err := NewSealer(b.Body, entropy(1))
		if err != nil {
			t.Fatal(err)
		}
		payload := make([]byte, 200)
		sealed := make([][]byte, 2*(runs+1))
		for i := range sealed {
			if sealed[i], err = s.Seal(nil, payload); err != nil {
				t.Fatal(err)
			}
		}
		o := b.opener(t)
		next := 0
		take := func() []byte { next++; return sealed[next-1] }
		dst := make([]byte, 0, 2000)
		for label, f := range map[string]func() error{
			"in place": func() error { _, _, err := o.OpenInPlace(take()); return err },
			"to dst":   func() error { _, _, err := o.Open(dst, take()); return err },
			"seal":     func() error { _, err := s.Seal(dst, payload); return err },
			"waiting":  func() error { _, _, _ = o.Open(dst, nil); return nil },
		} {
			n := testing.AllocsPerRun(runs, func() {
				if err := f(); err != nil {
					t.Fatalf("%s, %s: %v", b.label, label, err)
				}
			})
			if n != 0 {
				t.Errorf("%s, %s: %v allocations for a chunk, want 0", b.label, label, n)
			}
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	u := NewUsers(testAccounts(10, 0)...)
	stranger := authOf(Account{}, testTime, 0)
	if n := testing.AllocsPerRun(10, func() { u.Match(stranger, AnyTime, 3) }); n != 0 {
		t.Errorf("a miss: %v allocations, want 0", n)
	}
	hasher, key := NewLegacyHasher(), NewLegacyKey(testID)
	if n := testing.AllocsPerRun(10, func() { hasher.Auth(&key, testTime) }); n != 0 {
		t.Errorf("a legacy auth: %v allocations, want 0", n)
	}
}

// What the headers may allocate.
func TestHeaderAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	h := httpHeader()
	dst := make([]byte, 0, 500)
	aead, legacy := sealHeader(t, AEAD, h), sealHeader(t, Legacy, h)
	answer, err := SealResponse(nil, h, AEAD, &ResponseHeader{})
	if err != nil {
		t.Fatal(err)
	}
	e := entropy(1)
	for _, c := range []struct {
		label string
		most  float64
		f     func() error
	}{
		{"open request of a known user", 10, func() error { _, _, err := NewRequestOpener(testSender(AEAD)).Open(aead); return err }},
		{"seal request", 10, func() error { _, err := SealRequest(dst, testKey, h, testTime, e); return err }},
		{"open legacy request", 6, func() error { _, _, err := OpenLegacyRequest(legacy, testKey, testTime); return err }},
		{"open response", 11, func() error { _, _, err := OpenResponse(answer, h, AEAD); return err }},
	} {
		n := testing.AllocsPerRun(20, func() {
			if err := c.f(); err != nil {
				t.Fatalf("%s: %v", c.label, err)
			}
		})
		if n > c.most {
			t.Errorf("%s: %v allocations, want at most %v", c.label, n, c.most)
		} else {
			t.Logf("%s: %v allocations", c.label, n)
		}
	}
}
