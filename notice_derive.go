package penstock

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// derivation is what one event of a pipeline gives notice of.
type derivation struct {
	state   *machine.State // before the event, and behind it once that is applied
	feed    store.FeedEvent
	event   machine.Event
	execute *machine.Execution // that the event is about; nil: none
	status  machine.Status     // its, before
	run     *machine.StageRun  // the way through a stage that it was on before
	passed  machine.Status     // of the run, before
	action  *machine.ActionRecord
	out     []Notice
}

// derive applies an event to the state before it, and answers what it gives notice of.
func derive(s *machine.State, f store.FeedEvent) (out []Notice, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("event %d of %s does not fold: %v", f.Version, f.Stream, cause)
		}
	}()
	d := derivation{state: s, feed: f}
	if d.event, err = machine.Decode(f.Event); err != nil {
		return nil, err
	}
	view, err := eventView(f)
	if err != nil {
		return nil, err
	}
	d.look(view)
	s.Apply(d.event)
	d.tell(view)
	return d.out, nil
}

// look keeps what will be compared.
func (d *derivation) look(view Event) {
	if ended, ok := d.event.(*machine.ActionEnded); ok {
		d.action = d.acting(ended.ID)
	}
	id, err := machine.ParseID(view.Execution)
	if err != nil {
		return
	}
	if d.execute = d.state.Execution(id); d.execute == nil {
		return
	}
	d.status = d.execute.Status
	if d.state.PlanOf(d.execute) == nil {
		return
	}
	if d.run = d.state.Current(d.execute); d.run != nil {
		d.passed = d.run.Status
	}
}

func (d *derivation) acting(id machine.ID) *machine.ActionRecord {
	all := d.state.Actions()
	i := slices.IndexFunc(all, func(r machine.ActionRecord) bool { return r.Action.ID == id })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// tell compares.
func (d *derivation) tell(view Event) {
	if noted, ok := d.event.(*machine.CommandNoted); ok {
		n := d.notice(NoticeCommand, "")
		entry := noted.Entry(machine.AuditHead{Number: noted.Head.Number - 1})
		view := auditView(n.Pipeline, &entry, noted.Head.Hash)
		n.Version, n.Command = d.state.Version, &view
		n.Created = noted.Verb == string(VerbApply) && d.state.Updated.Equal(noted.At) && d.state.Created.Equal(noted.At)
		return
	}
	if id, err := machine.ParseID(view.Execution); err == nil && d.execute == nil {
		d.execute = d.state.Execution(id)
	}
	if d.execute == nil {
		return
	}
	d.tellExecution()
	d.tellStage()
	switch e := d.event.(type) {
	case *machine.ActionStarted:
		d.action = d.acting(e.ID)
		d.tellAction(StateStarted).Action.Inputs = artifactInfos(e.Inputs)
		if !e.Token.IsZero() {
			d.tellApproval(e)
		}
	case *machine.ActionEnded:
		d.tellEnd(e)
	}
}

// stateOf is the service's name.
func stateOf(s machine.Status) NoticeState {
	return map[machine.Status]NoticeState{
		machine.Stopping: StateStopping, machine.Stopped: StateStopped, machine.Succeeded: StateSucceeded, machine.Failed: StateFailed,
		machine.WasSuperseded: StateSuperseded, machine.Cancelled: StateCanceled, machine.Abandoned: StateAbandoned,
	}[s]
}

func (d *derivation) tellExecution() {
	x := d.execute
	if x.Status == d.status {
		return
	}
	state := stateOf(x.Status)
	_, begins := d.event.(*machine.ExecutionStarted) // else who was not there before has come back from its record
	switch {
	case begins:
		state = StateStarted
	case x.Status == machine.InProgress:
		state = StateResumed
	}
	n := d.notice(NoticeExecution, state)
	n.Started, n.Trigger = x.Started, ExecutionTrigger(x.Trigger)
	if state == StateStopping {
		n.StopReason = x.Halt.Reason
	}
}

func (d *derivation) tellStage() {
	switch d.event.(type) {
	case *machine.StageEntered:
		d.run = d.state.Current(d.execute)
		d.tellRun(StateStarted)
	case *machine.ExecutionStopping:
		if d.run != nil && d.run.Status == machine.InProgress && d.execute.Inside() {
			d.tellRun(StateStopping)
		}
	case *machine.StageRetried:
		if d.run = d.state.Current(d.execute); d.run != nil {
			d.tellRun(StateResumed)
		}
	default:
		if e, ok := d.event.(*machine.ConditionOverridden); ok && len(e.Archived) > 0 {
			d.run = d.state.Current(d.execute)
		}
		switch {
		case d.run == nil || d.run.Status == d.passed || d.run.Status == machine.Skipped:
		case d.run.Status == machine.InProgress:
			d.tellRun(StateResumed)
		default:
			d.tellRun(stateOf(d.run.Status))
		}
	}
}

func (d *derivation) tellRun(state NoticeState) {
	n := d.notice(NoticeStage, state)
	n.Stage, n.Started, n.Retried = d.run.Stage, d.run.Started, d.run.Retried
}

// tellAction tells of an action execution that the event is about.
func (d *derivation) tellAction(state NoticeState) *Notice {
	r := d.action
	n := d.notice(NoticeAction, state)
	n.Stage, n.Started = r.Stage, r.Action.Started
	n.Action = &ActionNotice{
		Name: r.Name, ActionExecution: r.Action.ID.String(), Type: actionTypeOf(parseTypeName(r.Type)), Region: d.region(),
		Summary: r.Action.Summary, ExternalID: r.Action.ExternalID, ExternalURL: r.Action.ExternalURL,
	}
	return n
}

func (d *derivation) tellEnd(e *machine.ActionEnded) {
	state := stateOf(e.Status)
	if halt := d.execute.Halt; state == StateAbandoned && halt != nil && halt.Outdated {
		state = StateCanceled // by a new definition
	}
	n := d.tellAction(state)
	switch state {
	case StateSucceeded:
		n.Action.Outputs = artifactInfos(e.Outputs)
	case StateFailed:
		failure := Failure{}
		if e.Failure != nil {
			failure = Failure(*e.Failure)
		}
		n.Action.Failure = &failure
	default:
	}
}

func (d *derivation) tellApproval(e *machine.ActionStarted) {
	n := d.tellAction("")
	n.Kind = NoticeApproval
	n.Action.Token, n.Action.Expires = e.Token.String(), e.Deadline
	n.Action.Configuration = maps.Clone(d.action.Config)
	maps.Copy(n.Action.Configuration, e.Resolved)
}

// region is the one that the action is defined for.
func (d *derivation) region() string {
	plan := d.state.PlanOf(d.execute)
	if plan == nil {
		return ""
	}
	for _, stage := range plan.Pipeline.Stages {
		for _, a := range stage.Actions {
			if stage.Name == d.action.Stage && a.Name == d.action.Name {
				return a.Region
			}
		}
	}
	return ""
}

// notice adds one. Those of an event have IDs by their order.
func (d *derivation) notice(kind NoticeKind, state NoticeState) *Notice {
	n := Notice{
		ID: noticeID(d.feed, len(d.out)), Kind: kind, Pipeline: d.state.Name, Event: d.feed.Version, At: d.event.When(), State: state,
	}
	if x := d.execute; x != nil {
		n.Execution, n.Version, n.Attempt = x.ID.String(), x.Version, x.Attempt
	}
	d.out = append(d.out, n)
	return &d.out[len(d.out)-1]
}

// noticeID is a UUID of the event and the number alone.
func noticeID(f store.FeedEvent, number int) string {
	sum := sha256.Sum256([]byte(f.Stream + "\x00" + strconv.FormatUint(f.Version, 10) + "\x00" + strconv.Itoa(number)))
	id := machine.ID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id.String()
}
