package oracle

import (
	"slices"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
)

// accept: S4. What was accepted is a report that was really made, by the claim that is current, and never accepted before.
func (s *stream) accept(a *action, nonce string, progress bool) *Report {
	r := s.ledger.Reports[nonce]
	switch {
	case r == nil || r.Progress != progress:
		s.Fail("S4", "action execution %s took the report %q, which nobody made", a.id, nonce)
		return nil
	case r.Action != a.id || r.Run != a.number || !a.sameJob(r):
		s.Fail("S4", "action execution %s took report %s of run %d with fence %d; current are run %d, fence %d, claimed=%t",
			a.id, nonce, r.Run, r.Fence, a.number, a.fence, a.phase == claimedPhase)
	case a.run.execution.halt == abandoned || a.run.execution.halt == removed:
		s.Fail("S8", "action execution %s took report %s though its execution was abandoned", a.id, nonce)
	case r.accepted && !progress:
		s.Fail("S4", "action execution %s took report %s twice", a.id, nonce)
	}
	r.accepted = true
	return r
}

// actionEnded: S4, S9, S13.
func (s *stream) actionEnded(e *machine.ActionEnded) {
	a := s.action(e.ID, e.Kind())
	if a == nil || !a.live() {
		return
	}
	if e.Execution != a.run.execution.id || e.Stage != a.run.stage.Name || e.Action != a.plan.Name {
		s.Fail("S12", "action execution %s ended as %s/%s of %s, which it is not", a.id, e.Stage, e.Action, e.Execution)
	}
	switch {
	case e.Status == machine.Abandoned:
		s.actionAbandoned(a, e)
	case a.phase == deciding && (e.Status == machine.Succeeded || e.Failure.Code == "Rejected"):
		s.decided(a, e)
	case e.Status == machine.Succeeded:
		s.actionSucceeded(a, e)
	default:
		s.actionFailed(a, e)
	}
	a.phase, a.status, a.succeeded, a.job = over, e.Status, e.Status == machine.Succeeded, nil
	s.live = slices.DeleteFunc(s.live, func(other *action) bool { return other == a })
}

// mayRun reports whether work of the action may go on though it ends now.
func (a *action) mayRun() bool {
	return a.phase == claimedPhase || a.attach || a.phase == outside && a.job.state == runningJob
}

// unbegun reports whether the action is at job workers, none of whom has begun.
func (a *action) unbegun() bool { return a.phase == outside && !a.job.begun() }

func (s *stream) lingers(a *action, e *machine.ActionEnded) {
	if a.mayRun() != (e.Linger != nil) {
		s.Fail("S8", "action execution %s ended %s; its work may run=%t lingers=%t", a.id, e.Status, a.mayRun(), e.Linger != nil)
		return
	}
	if e.Linger != nil {
		a.run.lingering = append(a.run.lingering, &linger{claim: Claim{a.id, a.fence}, run: a.number, since: e.At})
	}
}

func (s *stream) actionAbandoned(a *action, e *machine.ActionEnded) {
	x := a.run.execution
	unstarted := a.phase == ready && a.number == 0 || a.unbegun() && a.try == 1
	switch {
	case x.halt == abandoned || x.halt == removed:
		s.lingers(a, e)
	case unstarted && (x.halt != goesOn || a.run.broken()):
	case x.halt == outdated && a.phase == deciding:
	default:
		s.Fail("S8", "action execution %s was abandoned for no reason", a.id)
	}
}

// decided: S9. The token, the decision and the action belong together.
func (s *stream) decided(a *action, e *machine.ActionEnded) {
	s.acts(e.By, "approve", e.Kind(), e.Execution)
	c := s.ledger.Commands[e.By]
	if c == nil {
		return
	}
	in, ok := c.Input.(*machine.Approve)
	if !ok || in.Token != a.token || in.Stage != e.Stage || in.Action != e.Action || in.Rejected != (e.Status == machine.Failed) {
		s.Fail("S9", "approval %s was decided %s by command %s, which did not ask for that", a.id, e.Status, e.By)
	}
}

func (s *stream) actionSucceeded(a *action, e *machine.ActionEnded) {
	r := s.accept(a, e.Summary, false)
	if r == nil {
		return
	}
	if r.Outcome.Failure != nil || r.Outcome.Pending != nil {
		s.Fail("S4", "action execution %s succeeded by report %s, which says something else", a.id, e.Summary)
	}
	given := r.Outcome.Artifacts
	for _, stored := range a.stored {
		given = append(given, executor.Artifact{Name: stored.Name, Digest: stored.Digest})
	}
	same := slices.EqualFunc(e.Outputs, given, func(got machine.Artifact, want executor.Artifact) bool {
		return got.Name == want.Name && got.Digest == want.Digest
	})
	if !same || len(e.Outputs) != len(a.plan.Outputs) {
		s.Fail("S13", "action execution %s put out %v, not what report %s says", a.id, e.Outputs, e.Summary)
	}
	x := a.run.execution
	for _, artifact := range e.Outputs {
		x.artifacts[artifact.Name] = artifact
	}
	if a.plan.Namespace != "" {
		x.outputs[a.plan.Namespace] = e.Variables
	}
}

func (s *stream) actionFailed(a *action, e *machine.ActionEnded) {
	x := a.run.execution
	nothingNew := x.halt != goesOn || a.run.broken()
	ok := false
	switch e.Failure.Code {
	case "Sim":
		if a.phase == backoff || a.unbegun() && a.try > 1 { // no further try: the last one's failure counts
			ok = nothingNew
			break
		}
		s.accept(a, e.Failure.Message, false)
		ok = true
	case "TimedOut":
		ok = !a.deadline.IsZero() && !e.At.Before(a.deadline)
		s.lingers(a, e)
		ok = ok || a.silent() && !e.At.Before(a.heard.Add(a.plan.Silence))
	case "WorkerLost":
		ok = a.phase == ready && !a.attach && a.number > 0
	case "ConfigurationError":
		job := s.ledger.Types[a.plan.Type].Job
		ok = a.number == 0 && s.unbound(x, a) || job && a.plan.Queue == "" && a.phase == ready || s.incomplete(a, e.Summary)
	case "TooLarge":
		ok = a.phase == claimedPhase
		s.heard[Claim{a.id, a.fence}] = true
	}
	if !ok {
		s.Fail("S4", "action execution %s failed for no reason: %s %s", a.id, e.Failure.Code, e.Failure.Message)
	}
}

// silent reports whether the action runs under a limit of silence.
func (a *action) silent() bool { return a.phase == claimedPhase && a.plan.Silence > 0 }

// unbound reports whether something that the action takes in does not exist.
func (s *stream) unbound(x *execution, a *action) bool {
	namespace, key, ok := cut(a.plan.Reference)
	_, known := x.outputs[namespace][key]
	return ok && !known || slices.ContainsFunc(a.inputs, func(in machine.Artifact) bool { return in.Name == "" })
}

// incomplete reports whether a success was reported without the artifacts that the action declares.
func (s *stream) incomplete(a *action, nonce string) bool {
	r := s.accept(a, nonce, false)
	return r != nil && r.Outcome.Failure == nil && len(r.Outcome.Artifacts)+len(a.stored) != len(a.plan.Outputs)
}
