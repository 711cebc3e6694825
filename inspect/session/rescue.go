package session

import "vmesskit/inspect/flow"

// rescue is what may be spent on finding chunks again behind holes. Both
// directions of a conversation share it, and a part of it all of a run.
type rescue struct {
	held *flow.Meter // of the bytes behind holes
	run  *runBudget
	left int64 // steps that are left to the conversation
}

// runBudget is the part that all conversations share.
type runBudget struct {
	steps   int64
	pieces  int
	scratch []byte // what a chunk that is tried opens into
}

// A step is to read a length at one place for one chunk: some 20 ns. So a capture
// that is made to be slow costs one or two seconds more.
const (
	sessionSteps = 1 << 23
	runSteps     = 1 << 26
	usualSteps   = 1 << 15 // of a find
	stepsOfOpen  = 8       // to try a tag
	bytesAStep   = 16      // of what it is the tag of
)

func newRunBudget() *runBudget { return &runBudget{steps: runSteps} }

func (d *Decoder) rescue() *rescue {
	return &rescue{held: d.held, run: d.budget, left: sessionSteps}
}

// spend takes steps and reports whether there were that many.
func (r *rescue) spend(n int) bool {
	r.left -= int64(n)
	r.run.steps -= int64(n)
	return r.left >= 0 && r.run.steps >= 0
}

// refund gives back what a find took, up to what it takes in a download that
// lacks single packets: so many holes do not end the finding.
func (r *rescue) refund(n int) {
	n = min(n, usualSteps)
	r.left += int64(n)
	r.run.steps += int64(n)
}

// piece reports whether one more may be kept.
func (r *rescue) piece() bool {
	if r.run.pieces == maxRunPieces {
		return false
	}
	r.run.pieces++
	return true
}
