package oracle

import (
	"errors"

	"github.com/penstock-dev/penstock/internal/machine"
)

// acts notes the effect of a command: S1, at most one, and only of what was asked.
func (s *stream) acts(by, kind, event string, subject machine.ID) {
	c := s.ledger.Commands[by]
	if c == nil || c.Kind != kind || c.Stream != s.name {
		s.Fail("S1", "%s by %q, who did not ask for it", event, by)
		return
	}
	follows := kind == "define" && event == "execution.started" // of a new pipeline
	if c.effect != 0 && !follows {
		s.Fail("S1", "command %s, %s, acted twice: events %d and %d of %s", c.ID, c.Kind, c.effect, len(s.log), s.name)
	}
	c.effect = uint64(len(s.log))
	if want := subjectOf(c.Input); !want.IsZero() && want != subject {
		s.Fail("S1", "command %s, %s of %s, acted on %s", c.ID, c.Kind, want, subject)
	}
}

// subjectOf is the execution that a command names.
func subjectOf(in machine.Input) machine.ID {
	switch in := in.(type) {
	case *machine.Stop:
		return in.Execution
	case *machine.Retry:
		return in.Execution
	case *machine.Override:
		return in.Execution
	}
	return machine.ID{}
}

// Answered judges the answer to an offer: S1. Once the command has acted, every later offer gets the one answer.
func (o *Oracle) Answered(offer *Offer, reply machine.Reply, err error) {
	c := offer.Command
	acted := c.effect != 0
	before := acted && c.effect <= offer.Seen
	var refusal *machine.Error
	switch {
	case errors.As(err, &refusal):
		if before {
			o.Fail("S1", "command %s, %s, had acted, and was refused afterwards: %v", c.ID, c.Kind, err)
		}
		switch refusal.Code {
		case machine.CodeQuarantined:
			o.Fail("L7", "command %s found the stream quarantined: %v", c.ID, err)
		case machine.CodeTooManyExecutions:
			o.crowded(offer)
		}
	case err != nil:
		o.Fail("S1", "command %s, %s, was answered %v", c.ID, c.Kind, err)
	case !acted:
		if !idempotent(c, reply) {
			o.Fail("S1", "command %s, %s, was acknowledged without an effect", c.ID, c.Kind)
		}
	case !before && c.reply == nil && idempotent(c, reply) && !o.effective(c, reply):
	case c.reply == nil:
		c.reply = &reply
		if !o.effective(c, reply) {
			o.Fail("S1", "command %s, %s, was answered %v, which is not what it did", c.ID, c.Kind, reply)
		}
	case !same(*c.reply, reply) && (before || !idempotent(c, reply)):
		o.Fail("S1", "command %s, %s, was answered %v, and %v before", c.ID, c.Kind, reply, *c.reply)
	}
}

// crowded: S19. Whoever is refused for the limit has come at a time when it was reached.
func (o *Oracle) crowded(offer *Offer) {
	most := 0
	for _, n := range o.stream(offer.Command.Stream).crowd[max(offer.Seen, 1)-1:] {
		most = max(most, n)
	}
	if most < o.ledger.Limits.Executions {
		o.Fail("S19", "command %s, %s, was refused for the limit, but no more than %d go on", offer.Command.ID, offer.Command.Kind, most)
	}
}

// idempotent reports whether the answer may be given without an effect: there was nothing to change.
func idempotent(c *Command, reply machine.Reply) bool {
	return c.Kind == "transition" || c.Kind == "tag" || (c.Kind == "define" && reply.Unchanged) || c.Kind == "release" ||
		((c.Kind == "revision" || c.Kind == "delete") && reply.Unchanged)
}

// effective reports whether the answer tells of the command's event.
func (o *Oracle) effective(c *Command, reply machine.Reply) bool {
	event, err := machine.Decode(o.stream(c.Stream).log[c.effect-1])
	if err != nil || !reply.At.Equal(event.When()) {
		return false
	}
	switch e := event.(type) {
	case *machine.ExecutionStarted:
		return reply.Execution == e.ID
	case *machine.ExecutionStopping:
		return reply.Execution == e.ID
	case *machine.StageRetried:
		return reply.Execution == e.Execution
	case *machine.ConditionOverridden:
		return reply.Execution == e.Execution
	case *machine.ActionEnded:
		return reply.Execution == e.Execution
	case *machine.PipelineDefined:
		return reply.Version == e.Version && !reply.Unchanged
	case *machine.PipelineDeleted:
		return !reply.Unchanged
	}
	return true
}

func same(a, b machine.Reply) bool {
	return a.Execution == b.Execution && a.Version == b.Version && a.Unchanged == b.Unchanged && a.At.Equal(b.At)
}

// Told judges the answer to the report of an end that was taken: S4, the feed shows it.
func (o *Oracle) Told(name string, r *Report) {
	if !r.accepted && !o.stream(name).heard[Claim{r.Action, r.Fence}] {
		o.Fail("S4", "the end of run %d of %s was taken, but nothing came of it", r.Run, r.Action)
	}
}
