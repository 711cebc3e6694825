package handshake

import "math"

// memory is an exact set of what has been here. An entry stays for its time,
// whatever happens: where there is no room, what is new has to be refused.
//
// Time is what the caller says, and his clock may be set back after entries
// were forgotten by the later time. So the latest auth time among the forgotten
// is kept, and whatever is not later counts as forgotten too. With a clock
// that only goes forward that time is always out of the window.
type memory[K comparable, V any] struct {
	limit int
	keep  int64 // seconds
	held  map[K]V
	due   map[int64]*leaving[K] // by the second in which they are forgotten
	swept int64                 // the second of the last look at due
	floor int64                 // latest auth time that was forgotten
}

// leaving is what is forgotten in the same second.
type leaving[K comparable] struct {
	keys   []K
	latest int64 // auth time
}

func newMemory[K comparable, V any](limit int, keep int64) memory[K, V] {
	return memory[K, V]{
		limit: limit, keep: keep,
		held: map[K]V{}, due: map[int64]*leaving[K]{}, swept: math.MinInt64, floor: math.MinInt64,
	}
}

// meeting is how a memory knows a key.
type meeting uint8

const (
	fresh     meeting = iota // new, and remembered from now on
	again                    // remembered
	forgotten                // not remembered, but it may have been
	full                     // new, and there is no room for it
)

// meet looks for k and, if it is new, puts v there: one step, so that of two
// equal ones only one is new. made is the auth time of k. v comes back, or
// what is there already.
func (m *memory[K, V]) meet(k K, v V, made, now int64) (V, meeting) {
	m.sweep(now)
	if old, ok := m.held[k]; ok {
		return old, again
	}
	if made <= m.floor {
		return v, forgotten
	}
	if len(m.held) >= m.limit {
		return v, full
	}
	m.held[k] = v
	until := now + m.keep
	l := m.due[until]
	if l == nil {
		l = &leaving[K]{latest: made}
		m.due[until] = l
	}
	l.keys, l.latest = append(l.keys, k), max(l.latest, made)
	return v, fresh
}

// sweep forgets what has had its time. It looks once a second, at a list of
// seconds: there are about as many as entries are kept for.
func (m *memory[K, V]) sweep(now int64) {
	if now == m.swept {
		return
	}
	m.swept = now
	for until, l := range m.due {
		if until > now {
			continue
		}
		for _, k := range l.keys {
			delete(m.held, k)
		}
		m.floor = max(m.floor, l.latest)
		delete(m.due, until)
	}
}
