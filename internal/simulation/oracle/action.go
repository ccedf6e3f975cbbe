package oracle

import (
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// action is an action execution.
type action struct {
	id        machine.ID
	leaf      int
	plan      *Action
	run       *run
	phase     phase
	number    int // of the newest run
	fence     uint64
	worker    string
	attach    bool
	workless  int // workers lost on this try whose work is lost with them
	until     time.Time
	deadline  time.Time
	token     machine.ID
	try       int
	inputs    []machine.Artifact
	succeeded bool
	gate      *condition // of a rule
	rule      *Rule
	resolved  map[string]string
	failure   string         // its code
	status    machine.Status // how it ended
	job       *job           // while it is at job workers
	stored    []machine.Artifact
	heard     time.Time // of the run that is claimed: when it was, or what it reported last
}

type phase int

const (
	over phase = iota
	ready
	claimedPhase
	pending
	backoff
	deciding
	outside
	opening
)

func (a *action) live() bool { return a.phase != over }

func (s *stream) action(id machine.ID, kind string) *action {
	a := s.actions[id]
	switch {
	case a == nil:
		s.Fail("S14", "%s of an action execution that never started: %s", kind, id)
	case !a.live():
		s.Fail("S5", "%s of action execution %s, which has ended", kind, id)
	}
	return a
}

// actionStarted: S8, S12, S13, and the order of the tree.
func (s *stream) actionStarted(e *machine.ActionStarted) {
	x := s.inside(e.Execution, e.Stage, e.Kind())
	if x == nil {
		return
	}
	if e.Leaf >= len(x.run.leaves) || x.run.stage.Actions[e.Leaf].Name != e.Action || s.actions[e.ID] != nil {
		s.Fail("S12", "%s/%s is not leaf %d of definition %d, or started twice", e.Stage, e.Action, e.Leaf, x.version)
		return
	}
	a := &action{
		id: e.ID, leaf: e.Leaf, plan: &x.run.stage.Actions[e.Leaf], run: x.run, phase: ready, deadline: e.Deadline, token: e.Token,
		inputs: e.Inputs, try: 1,
	}
	if why := s.mayStart(x, a, e); why != "" {
		s.Fail("S8", "%s/%s of %s starts though %s", e.Stage, e.Action, x.id, why)
	}
	s.bound(x, a, e.Inputs, e.Resolved["Key"])
	if a.plan.Approval {
		a.phase = deciding
		if e.Token.IsZero() || s.tokens[e.Token] {
			s.Fail("S9", "approval %s has no token of its own", e.ID)
		}
		s.tokens[e.Token] = true
	}
	x.run.leaves[e.Leaf] = a
	s.actions[e.ID] = a
	s.started = append(s.started, a)
	s.live = append(s.live, a)
}

func (s *stream) mayStart(x *execution, a *action, e *machine.ActionStarted) string {
	switch {
	case x.halt != goesOn:
		return "the execution was halted"
	case x.run.status != machine.InProgress || x.run.broken():
		return "something in the stage has failed"
	case x.run.leaves[a.leaf] != nil:
		return "it has started before"
	case !x.run.free(machine.BeforeEntry) || x.run.judging() != nil:
		return "its stage's condition has not let it in"
	case x.design.parallel() && x.run.running() >= s.ledger.Limits.ParallelActions:
		return "as many actions run as may"
	case a.plan.Approval && !e.Deadline.Equal(e.At.Add(a.plan.Timeout)), !a.plan.Approval && !e.Deadline.IsZero():
		return "its deadline is wrong"
	}
	return x.run.stage.Tree.mayStart(a.leaf, x.run)
}

// bound: S13 for artifacts, S12 for references: what it takes in is the newest success of this execution.
func (s *stream) bound(x *execution, a *action, inputs []machine.Artifact, resolved string) {
	same := slices.EqualFunc(inputs, a.plan.Inputs, func(got machine.Artifact, name string) bool {
		return got.Name == x.artifacts[name].Name && got.Digest == x.artifacts[name].Digest
	})
	if !same {
		s.Fail("S13", "%s/%s of %s takes in what is not the newest success: %v", a.run.stage.Name, a.plan.Name, x.id, inputs)
	}
	if a.plan.Reference == "" {
		return
	}
	namespace, key, _ := cut(a.plan.Reference)
	if want, known := x.outputs[namespace][key]; known && resolved != want {
		s.Fail("S12", "%s/%s of %s resolved #{%s} to %q, not %q", a.run.stage.Name, a.plan.Name, x.id, a.plan.Reference, resolved, want)
	}
}

func cut(reference string) (namespace, key string, ok bool) {
	for i := range reference {
		if reference[i] == '.' {
			return reference[:i], reference[i+1:], true
		}
	}
	return reference, "", false
}

// claimed: S3, S8.
func (s *stream) claimed(e *machine.ActionClaimed) {
	a := s.action(e.ID, e.Kind())
	if a == nil {
		return
	}
	run := a.number + 1
	if a.attach {
		run = a.number
	}
	traits := s.ledger.Types[a.plan.Type]
	_, leased := s.ledger.Leases[e.Worker]
	switch due := !a.until.After(e.At); {
	case a.phase != ready && !((a.phase == pending || a.phase == backoff) && due):
		s.Fail("S3", "action execution %s was claimed though it was not ready", a.id)
	case e.Fence <= s.fence:
		s.Fail("S3", "fence %d of action execution %s does not rise over %d", e.Fence, a.id, s.fence)
	case e.Run != run:
		s.Fail("S3", "run %d of action execution %s was claimed, not %d", e.Run, a.id, run)
	case a.phase == ready && a.number > 0 && !a.attach && (!traits.Rerun || a.workless > s.ledger.Limits.LostWorkers):
		s.Fail("S3", "action execution %s is run again after %d lost workers, rerun=%t", a.id, a.workless, traits.Rerun)
	case !leased || e.Outlive != traits.Outlive || e.Rerun != traits.Rerun:
		s.Fail("S3", "action execution %s was claimed by %q, outlive=%t rerun=%t", a.id, e.Worker, e.Outlive, e.Rerun)
	case !a.goesOn() && a.phase != pending && !a.attach:
		s.Fail("S8", "action execution %s was claimed anew though its execution was halted or its stage has failed", a.id)
	}
	s.begins(a, e.At, e.Deadline)
	s.fence = max(s.fence, e.Fence)
	s.claims[e.Fence] = claim{a.id, e.Run, e.Worker}
	a.phase, a.number, a.fence, a.worker, a.attach, a.until = claimedPhase, e.Run, e.Fence, e.Worker, false, time.Time{}
	a.heard = e.At
}

// begins: S8. The timeout of an action begins once, when somebody takes it: one that nobody serves is never late.
func (s *stream) begins(a *action, at, deadline time.Time) {
	first := a.deadline.IsZero()
	if first && !deadline.Equal(at.Add(a.plan.Timeout)) || !first && !deadline.IsZero() {
		s.Fail("S8", "action execution %s, taken at %s with deadline %s, is to end by %s", a.id, at, a.deadline, deadline)
	}
	if first {
		a.deadline = deadline
	}
}

func (s *stream) retrying(e *machine.ActionRetrying) {
	a := s.action(e.ID, e.Kind())
	if a == nil {
		return
	}
	report := s.accept(a, e.Failure.Message, false)
	switch x := a.run.execution; {
	case report == nil:
	case !report.Outcome.Failure.Retryable || e.Try != a.try+1 || e.Try > a.plan.Tries+1:
		s.Fail("S4", "try %d of action execution %s is not one that its policy allows", e.Try, a.id)
	case x.halt != goesOn || a.run.status != machine.InProgress:
		s.Fail("S8", "action execution %s tries again though its execution was halted or its stage has failed", a.id)
	}
	a.phase, a.until, a.try, a.workless, a.job, a.stored = backoff, e.Until, e.Try, 0, nil, nil
}

// lost: a claim is taken back only from a worker whose lease has ended.
func (s *stream) lost(e *machine.WorkerLost) {
	a := s.action(e.ID, e.Kind())
	if a == nil {
		return
	}
	if a.phase != claimedPhase || a.worker != e.Worker || e.Attach != s.ledger.Types[a.plan.Type].Outlive {
		s.Fail("S3", "worker %s lost action execution %s, attach=%t, which it did not have", e.Worker, a.id, e.Attach)
	}
	if ends := s.ledger.Leases[e.Worker]; !s.ledger.Exclusive && ends.After(s.ledger.Now) {
		s.Fail("S3", "action execution %s was taken from worker %s, whose lease is held", a.id, e.Worker)
	}
	a.phase, a.attach, a.worker = ready, e.Attach, ""
	if !e.Attach {
		a.workless++
	}
}

// gone: S8. Lingering work leaves when its end was told, or the grace is over.
func (s *stream) gone(e *machine.WorkGone) {
	key := Claim{e.Action, e.Fence}
	a := s.actions[e.Action]
	if a == nil {
		s.Fail("S14", "work of an action execution that never started is gone: %s", e.Action)
		return
	}
	i := slices.IndexFunc(a.run.lingering, func(l *linger) bool { return l.claim == key })
	if i < 0 {
		s.Fail("S8", "work of %s with fence %d is gone, but it did not linger", e.Action, e.Fence)
		return
	}
	l := a.run.lingering[i]
	s.heard[key] = s.heard[key] || e.Known
	work := s.ledger.Works[WorkID{e.Action, l.run}]
	switch {
	case e.Known && !s.ledger.Gone[key]:
		s.Fail("S8", "work of %s with fence %d is known to be gone, but nobody told", e.Action, e.Fence)
	case e.Known && work != nil && work.Running:
		s.Fail("S8", "work of %s with fence %d is known to be gone, but it runs", e.Action, e.Fence)
	case !e.Known && e.At.Sub(l.since) < s.ledger.Limits.AbandonGrace:
		s.Fail("S8", "work of %s with fence %d was given up after %s", e.Action, e.Fence, e.At.Sub(l.since))
	}
	a.run.lingering = slices.Delete(a.run.lingering, i, i+1)
}
