package penstock

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	EventPipelineDefined     EventKind = "pipeline.defined"     // Text: the version, and the settings that an update dropped
	EventPipelineDeleted     EventKind = "pipeline.deleted"     // until it is defined again
	EventTagsChanged         EventKind = "tags.changed"         // Text: their keys
	EventTransitionChanged   EventKind = "transition.changed"   // Stage; Text: the reason, or "enabled"
	EventExecutionStarted    EventKind = "execution.started"    // Text: the trigger
	EventExecutionWaiting    EventKind = "execution.waiting"    // at the entry of Stage
	EventExecutionStopping   EventKind = "execution.stopping"   // Text: the reason
	EventExecutionOutdated   EventKind = "execution.outdated"   // by a new definition: it is Cancelled when what runs has ended
	EventExecutionEnded      EventKind = "execution.ended"      // Status; Text: why
	EventStageEntered        EventKind = "stage.entered"        // the execution holds Stage
	EventStageFailed         EventKind = "stage.failed"         // reported at once; Stage is held until nothing runs any more
	EventStageRetried        EventKind = "stage.retried"        // the execution goes on; Text: AutomatedStageRetry or ManualStageRetry
	EventStageEnded          EventKind = "stage.ended"          // Status; Stage is free
	EventActionStarted       EventKind = "action.started"       // Token is set: an approval waits
	EventActionClaimed       EventKind = "action.claimed"       // Run is about to run; Actor: the replica
	EventActionProgressed    EventKind = "action.progressed"    // Text: what it says
	EventActionPending       EventKind = "action.pending"       // it will be entered again
	EventActionRetrying      EventKind = "action.retrying"      // Text: why the last try failed
	EventActionEnded         EventKind = "action.ended"         // Status; Text: summary or failure
	EventConditionStarted    EventKind = "condition.started"    // Gate of Stage is asked; Text: the result that it would engage
	EventConditionEnded      EventKind = "condition.ended"      // Status; Text: why it did not succeed
	EventConditionOverridden EventKind = "condition.overridden" // Actor: who said that it does not count
	EventRuleStarted         EventKind = "rule.started"         // Action: the rule; claims and reports follow as events of actions, by ActionExecution
	EventRuleWaiting         EventKind = "rule.waiting"         // for its deployment window; Text: when that opens
	EventRuleEnded           EventKind = "rule.ended"           // Status; Text: summary or failure
	EventWorkerLost          EventKind = "worker.lost"          // Actor: the replica
	EventJobQueued           EventKind = "job.queued"           // Run waits for a job worker that polls
	EventJobTaken            EventKind = "job.taken"            // Actor: the worker that polled
	EventJobAcknowledged     EventKind = "job.acknowledged"     // Actor: the worker that is at it
	EventJobReturned         EventKind = "job.returned"         // nobody acknowledged it in time: it is queued again
	EventJobStored           EventKind = "job.stored"           // Text: the artifact
	EventHistoryPaged        EventKind = "history.paged"        // of no interest: ended actions have left the state for a record
	EventWorkGone            EventKind = "work.gone"            // of an action that had ended: it no longer holds the stage
	EventOwnerChanged        EventKind = "owner.changed"        // Actor: the replica that drives the pipeline now
	EventPipelineQuarantined EventKind = "stream.quarantined"   // Text: the invariant that broke
	EventPipelineReleased    EventKind = "stream.released"      // the quarantine is over
	EventCommandNoted        EventKind = "command.noted"        // Actor had Text, a Verb, done: the events before it; see Engine.Audit
)

// Event is a fact about a pipeline. Events of a pipeline are numbered without a gap.
type Event struct {
	Pipeline        string
	Version         uint64    // its number in the pipeline's stream
	At              time.Time // when it was decided, on the store's clock
	Kind            EventKind
	Execution       string
	Stage           string
	Gate            Gate   // of a condition and its rules
	Action          string // or rule
	ActionExecution string // or rule execution
	Run             int    // of the action's code, from 1
	Token           string // of an approval that waits
	Status          Status // how it ended
	Actor           string // who did it, where somebody did
	Text            string // summary, reason, failure
}

// EventQuery asks for events, oldest first.
type EventQuery struct {
	Pipeline string // "": all pipelines
	After    uint64 // with Pipeline: the version to start behind
	Cursor   string // without Pipeline: EventPage.Next; "" for the oldest that is kept
	Limit    int    // default 100, at most 1000
}

// EventPage is part of the feed.
type EventPage struct {
	Events    []Event
	Next      string // without Pipeline: where to go on, also when no event came
	Compacted bool   // older events have been pruned: ask for the state instead
}

// Events pages the feed of a pipeline or of all.
func (e *Engine) Events(ctx context.Context, q EventQuery) (EventPage, error) {
	query := store.FeedQuery{Cursor: q.Cursor, Limit: q.Limit}
	if q.Pipeline != "" {
		query = store.FeedQuery{Stream: replica.PipelineStream(q.Pipeline), After: q.After, Limit: q.Limit}
	}
	feed, err := e.config.State.Events(ctx, query)
	if err != nil {
		return EventPage{}, asError("events", q.Pipeline, err)
	}
	page := EventPage{Next: feed.Next, Compacted: feed.Compacted}
	for _, f := range feed.Events {
		if replica.Pipeline(f.Stream) == "" {
			continue
		}
		event, err := eventView(f)
		if err != nil {
			return EventPage{}, &Error{Code: ErrInternal, Op: "events", Path: q.Pipeline, Err: err}
		}
		page.Events = append(page.Events, event)
	}
	return page, nil
}

// Follow yields events from q on, and waits for more until ctx ends or the loop is left.
func (e *Engine) Follow(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
	stream := anyStream
	if q.Pipeline != "" {
		stream = replica.PipelineStream(q.Pipeline)
	}
	return func(yield func(Event, error) bool) {
		for {
			page, err := e.newer(ctx, stream, q)
			if err != nil {
				if ctx.Err() == nil {
					yield(Event{}, err)
				}
				return
			}
			for _, event := range page.Events {
				q.After = event.Version
				if ctx.Err() != nil || !yield(event, nil) {
					return
				}
			}
			q.Cursor = page.Next
		}
	}
}

// newer answers the next events, or none when there may be some now.
func (e *Engine) newer(ctx context.Context, stream string, q EventQuery) (EventPage, error) {
	changed := e.watchers.watch(stream)
	defer e.watchers.leave(changed)
	page, err := e.Events(ctx, q)
	if err == nil && len(page.Events) == 0 {
		err = e.await(ctx, changed.come)
	}
	return page, err
}

// eventView gives a stored event its public form.
func eventView(f store.FeedEvent) (Event, error) {
	stored, err := machine.Decode(f.Event)
	if err != nil {
		return Event{}, fmt.Errorf("event %d of %s: %w", f.Version, f.Stream, err)
	}
	out := Event{Pipeline: replica.Pipeline(f.Stream), Version: f.Version, At: stored.When(), Kind: EventKind(stored.Kind())}
	switch s := stored.(type) {
	case *machine.PipelineDefined:
		out.Actor, out.Text = s.By, fmt.Sprintf("version %d", s.Version)
		if len(s.Dropped) > 0 {
			out.Text += ", which could not keep the settings of " + strings.Join(s.Dropped, ", ")
		}
	case *machine.TagsChanged:
		out.Actor, out.Text = s.By, strings.Join(slices.Concat(slices.Sorted(maps.Keys(s.Set)), s.Removed), ", ")
	case *machine.PipelineDeleted:
		out.Actor = s.By
	case *machine.TransitionChanged:
		out.Stage, out.Actor, out.Text = s.Stage, s.By, s.Reason
		if s.Enabled {
			out.Text = "enabled"
		}
	case *machine.StreamQuarantined:
		out.Text = s.Reason
	case *machine.StreamReleased:
		out.Actor = s.By
	case *machine.OwnerChanged:
		out.Actor = s.Worker
	case *machine.CommandNoted:
		out.Actor, out.Text = s.Actor, s.Verb
	default:
		executionEventView(&out, stored)
	}
	return out, nil
}

func executionEventView(out *Event, stored machine.Event) {
	switch s := stored.(type) {
	case *machine.ExecutionStarted:
		out.Execution, out.Actor, out.Text = s.ID.String(), s.By, s.Trigger.Type
	case *machine.ExecutionWaiting:
		out.Execution, out.Stage = s.ID.String(), s.Stage
	case *machine.ExecutionStopping:
		out.Execution, out.Actor, out.Text = s.ID.String(), s.By, s.Reason
	case *machine.ExecutionOutdated:
		out.Execution = s.ID.String()
	case *machine.ExecutionEnded:
		out.Execution, out.Status, out.Text = s.ID.String(), Status(s.Status), s.Summary
	case *machine.HistoryPaged:
		out.Execution = s.Execution.String()
	case *machine.StageEntered:
		out.Execution, out.Stage = s.Execution.String(), s.Stage
	case *machine.StageFailed:
		out.Execution, out.Stage, out.Status = s.Execution.String(), s.Stage, StatusFailed
	case *machine.StageRetried:
		out.Execution, out.Stage, out.Actor, out.Text = s.Execution.String(), s.Stage, s.By, machine.ManualStageRetry
		if s.Auto {
			out.Text = machine.AutomatedStageRetry
		}
	case *machine.StageEnded:
		out.Execution, out.Stage, out.Status = s.Execution.String(), s.Stage, Status(s.Status)
	default:
		conditionEventView(out, stored)
	}
}

func actionEventView(out *Event, stored machine.Event) {
	switch s := stored.(type) {
	case *machine.ActionStarted:
		out.Execution, out.Stage, out.Action, out.ActionExecution = s.Execution.String(), s.Stage, s.Action, s.ID.String()
		out.Token = s.Token.String()
	case *machine.ActionEnded:
		out.Execution, out.Stage, out.Action, out.ActionExecution = s.Execution.String(), s.Stage, s.Action, s.ID.String()
		out.Status, out.Actor, out.Text = Status(s.Status), s.By, s.Summary
		if s.Failure != nil {
			out.Text = s.Failure.Message
		}
	case *machine.ActionClaimed:
		out.ActionExecution, out.Actor, out.Run = s.ID.String(), s.Worker, s.Run
	case *machine.ActionProgressed:
		out.ActionExecution, out.Text = s.ID.String(), s.Summary
	case *machine.ActionPending:
		out.ActionExecution, out.Text = s.ID.String(), s.Summary
	case *machine.ActionRetrying:
		out.ActionExecution, out.Text = s.ID.String(), s.Failure.Message
	case *machine.WorkerLost:
		out.ActionExecution, out.Actor = s.ID.String(), s.Worker
	case *machine.WorkGone:
		out.ActionExecution = s.Action.String()
	default:
		jobEventView(out, stored)
	}
}
