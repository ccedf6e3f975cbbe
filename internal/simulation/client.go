package simulation

import (
	"fmt"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/internal/simulation/oracle"
)

// tag is one input that waits for its answer.
type tag struct {
	node     *node
	what     string
	kind     string
	input    machine.Input
	offer    *oracle.Offer
	report   *oracle.Report // of an end
	then     func(machine.Reply, error)
	stream   string
	at       string // the situation in which it was offered
	answered bool
}

// offer gives a new command to some replica.
func (w *world) offer(p *pipeline, kind string, in machine.Input) bool {
	c := &oracle.Command{ID: fmt.Sprintf("c%d", len(w.orders)+1), Stream: p.stream, Kind: kind, Input: in}
	setActor(in, c.ID)
	if define, ok := in.(*machine.Define); ok {
		for i := range p.designs {
			if d := &p.designs[i]; string(d.json) == string(define.Definition) {
				w.ledger.Designs[string(define.Definition)] = d.Design
			}
		}
	}
	w.orders = append(w.orders, c)
	w.ledger.Commands[c.ID] = c
	return w.give(c, false)
}

// repeat offers an old command again, with its ID, perhaps at another replica.
func (w *world) repeat() bool {
	if len(w.orders) == 0 {
		return false
	}
	from := 0
	if len(w.orders) > 6 && w.chance(0.7) {
		from = len(w.orders) - 6
	}
	return w.give(pick(w, w.orders[from:]), true)
}

func (w *world) give(c *oracle.Command, again bool) bool {
	n := w.someNode()
	if n == nil {
		return false
	}
	t := &tag{
		node: n, kind: c.Kind, input: c.Input, what: "command " + c.ID + ", " + c.Kind, stream: c.Stream,
		offer: &oracle.Offer{Command: c, Seen: w.oracle.Version(c.Stream), Repeat: again},
	}
	w.tagged(t)
	w.note("%s is given %s: %+v", n.name, t.what, c.Input)
	n.replica.Offer(replica.Input{
		Stream: c.Stream, Input: c.Input, Seed: w.seed(), Tag: t, Command: &replica.Command{ID: c.ID, Actor: c.ID, Verb: c.Kind},
	})
	return true
}

func setActor(in machine.Input, by string) {
	switch in := in.(type) {
	case *machine.Define:
		in.By = by
	case *machine.Start:
		in.By = by
	case *machine.Stop:
		in.By = by
	case *machine.Retry:
		in.By = by
	case *machine.Approve:
		in.By = by
	case *machine.Override:
		in.By = by
	case *machine.SetTransition:
		in.By = by
	case *machine.SetTags:
		in.By = by
	case *machine.RollBack:
		in.By = by
	case *machine.PutRevision:
		in.By = by
	case *machine.Delete:
		in.By = by
	}
}

// acknowledge takes answers.
func (n *node) acknowledge(acks []replica.Ack) {
	for _, ack := range acks {
		t := ack.Tag.(*tag)
		if t.answered {
			n.fail("S1", "%s was answered twice", t.what)
		}
		t.answered = true
		n.note("%s answers %s: %+v %v", n.name, t.what, ack.Reply, ack.Err)
		kind := t.kind
		if t.offer != nil && t.offer.Repeat {
			kind += " again"
		}
		n.count(kind, outcomeOf(ack.Err))
		n.cover(t, outcomeOf(ack.Err))
		switch {
		case t.offer != nil:
			n.oracle.Answered(t.offer, ack.Reply, ack.Err)
		case t.report != nil && ack.Err == nil:
			n.oracle.Told(t.stream, t.report)
		}
		if t.then != nil {
			t.then(ack.Reply, ack.Err)
		}
	}
}

// order gives a random command.
func (w *world) order() bool {
	p := pick(w, w.pipelines)
	if p.shadow.Version == 0 {
		if w.chance(0.2) {
			return w.orderTooEarly(p)
		}
		in := &machine.Define{Definition: p.designs[0].json, Start: w.chance(0.5)}
		if w.chance(0.3) {
			in.Tags = map[string]string{"team": "web"}
		}
		in.Create, in.Full = w.chance(0.3), w.chance(0.05)
		return w.offer(p, "define", in)
	}
	if p.shadow.Deleted && w.chance(0.5) {
		return w.offer(p, "define", &machine.Define{Definition: pick(w, p.designs).json, Start: w.chance(0.5)})
	}
	switch { // few executions come so far
	case p.rollback() != nil && w.chance(0.2):
		return pick(w, []func(*world, *pipeline) bool{(*world).orderStop, (*world).orderStop, (*world).orderDefinition, (*world).orderDelete})(w, p)
	case len(p.passed) > 0 && w.chance(0.06), p.leftover() != nil && w.chance(0.2):
		return w.orderRollback(p)
	}
	dice := w.n(w.profile.ordered)
	for kind, weight := range w.profile.orders {
		if dice -= weight; dice < 0 {
			return orders[kind](w, p)
		}
	}
	return false
}

// kinds is how many kinds of commands there are.
const kinds = 11

// orders are the kinds of commands, in the order of profile.orders.
var orders = [kinds]func(*world, *pipeline) bool{
	(*world).orderStart, (*world).orderStop, (*world).orderApproval, (*world).orderRetry, (*world).orderTransition, (*world).orderDefinition,
	(*world).orderTags, (*world).orderOverride, (*world).orderRollback, (*world).orderRevision, (*world).orderDelete,
}

func (w *world) orderStart(p *pipeline) bool {
	if w.oracle.Live(p.stream) >= w.profile.most {
		return false
	}
	in := &machine.Start{}
	if w.chance(0.3) {
		in.Variables = map[string]string{"env": fmt.Sprintf("e%d", len(w.orders))}
	}
	return w.offer(p, "start", in)
}

// someExecution is mostly one that matters, sometimes any.
func (w *world) someExecution(p *pipeline) machine.ID {
	switch {
	case len(p.shadow.Executions) > 0 && w.chance(0.85):
		return pick(w, p.shadow.Executions).ID
	case len(p.known) > 0:
		return pick(w, p.known)
	default:
		return machine.ID{7}
	}
}

func (w *world) orderStop(p *pipeline) bool {
	in := &machine.Stop{Execution: w.someExecution(p), Abandon: w.chance(0.5), Reason: "why not"}
	if x := p.rollback(); x != nil && w.chance(0.5) {
		in.Execution = x.ID
	}
	if w.chance(0.3) {
		in.Disable = w.someStage(p).Name
	}
	return w.offer(p, "stop", in)
}

func (w *world) someStage(p *pipeline) *oracle.Stage {
	d := p.designs[0].Design
	if now := w.ledger.Designs[string(p.shadow.Definitions[p.shadow.Version])]; now != nil && w.chance(0.95) {
		d = now
	}
	return &d.Stages[w.n(len(d.Stages))]
}

func (w *world) orderApproval(p *pipeline) bool {
	var open []machine.ActionRecord
	for _, a := range p.shadow.Actions() {
		if a.Action.Phase == machine.Deciding {
			open = append(open, a)
		}
	}
	if len(open) == 0 && (len(p.tokens) == 0 || w.chance(0.8)) {
		return false
	}
	in := &machine.Approve{Rejected: w.chance(0.25), Summary: "looked at it"}
	if len(open) > 0 {
		a := pick(w, open)
		in.Stage, in.Action, in.Token = a.Stage, a.Name, a.Action.Token
	} else {
		stage := w.someStage(p)
		in.Stage, in.Action = stage.Name, stage.Actions[w.n(len(stage.Actions))].Name
	}
	if len(p.tokens) > 0 && (in.Token.IsZero() || w.chance(0.15)) {
		in.Token = pick(w, p.tokens)
	}
	return w.offer(p, "approve", in)
}

func (w *world) orderRetry(p *pipeline) bool {
	in := &machine.Retry{Execution: w.someExecution(p), Stage: w.someStage(p).Name, All: w.chance(0.4)}
	var failed []*machine.StageRun
	for _, st := range p.shadow.Stages {
		if st.Latest != nil && st.Latest.Version == p.shadow.Version && (st.Latest.Status == machine.Failed || st.Latest.Status == machine.Stopped) {
			failed = append(failed, st.Latest)
		}
	}
	if len(failed) > 0 && w.chance(0.8) {
		run := pick(w, failed)
		in.Execution, in.Stage = run.Execution, run.Stage
	}
	if len(p.left) > 0 && w.chance(0.7) {
		gone := pick(w, p.left[max(0, len(p.left)-4):])
		in.Execution, in.Stage = gone.Execution, gone.Stage
	}
	return w.offer(p, "retry", in)
}

func (w *world) orderTransition(p *pipeline) bool {
	return w.offer(p, "transition", &machine.SetTransition{Stage: w.someStage(p).Name, Enabled: w.chance(0.6), Reason: pick(w, []string{"freeze", "lunch"})})
}

func (w *world) orderDefinition(p *pipeline) bool {
	in := &machine.Define{Definition: pick(w, p.designs).json, Always: w.chance(0.2)}
	if w.chance(0.4) {
		in.Definition = p.shadow.Definitions[p.shadow.Version]
	}
	if w.chance(0.3) {
		in.Base = p.shadow.Version - w.n(2)
	}
	switch w.n(8) {
	case 0:
		in.Create = true
	case 1, 2:
		in.Update = true
	case 3:
		in.Full = true
	case 4:
		in.Base = machine.NoBase
	case 5:
		in.Dropped = []string{"Deploy/Roll"}
	}
	return w.offer(p, "define", in)
}

func (w *world) orderTags(p *pipeline) bool {
	in, keys := &machine.SetTags{}, []string{"team", "tier", "cost"}
	if w.chance(0.7) {
		in.Set = map[string]string{pick(w, keys): fmt.Sprint(w.n(3))}
	} else {
		in.Remove = []string{pick(w, keys), pick(w, keys)}
	}
	return w.offer(p, "tag", in)
}
