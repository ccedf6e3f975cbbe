package machine

import (
	"bytes"
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// Event is a fact about a pipeline: stored, published, and applied to the state. Kinds are never renamed and field numbers never reused.
type Event interface {
	Kind() string
	When() time.Time
	apply(s *State)
}

// blank makes an event to decode into, by kind.
func blank(kind string) Event {
	switch kind {
	case "pipeline.defined":
		return &PipelineDefined{}
	case "pipeline.deleted":
		return &PipelineDeleted{}
	case "transition.changed":
		return &TransitionChanged{}
	case "tags.changed":
		return &TagsChanged{}
	case "execution.started":
		return &ExecutionStarted{}
	case "execution.waiting":
		return &ExecutionWaiting{}
	case "execution.stopping":
		return &ExecutionStopping{}
	case "execution.outdated":
		return &ExecutionOutdated{}
	case "execution.ended":
		return &ExecutionEnded{}
	case "history.paged":
		return &HistoryPaged{}
	case "stage.entered":
		return &StageEntered{}
	case "stage.failed":
		return &StageFailed{}
	case "stage.retried":
		return &StageRetried{}
	case "stage.ended":
		return &StageEnded{}
	case "action.started":
		return &ActionStarted{}
	case "action.claimed":
		return &ActionClaimed{}
	case "action.progressed":
		return &ActionProgressed{}
	case "action.pending":
		return &ActionPending{}
	case "action.retrying":
		return &ActionRetrying{}
	case "action.ended":
		return &ActionEnded{}
	case "condition.started":
		return &ConditionStarted{}
	case "condition.ended":
		return &ConditionEnded{}
	case "condition.overridden":
		return &ConditionOverridden{}
	case "rule.started":
		return &RuleStarted{}
	case "rule.waiting":
		return &RuleWaiting{}
	case "rule.ended":
		return &RuleEnded{}
	case "worker.lost":
		return &WorkerLost{}
	case "work.gone":
		return &WorkGone{}
	case "owner.changed":
		return &OwnerChanged{}
	case "stream.quarantined":
		return &StreamQuarantined{}
	case "stream.released":
		return &StreamReleased{}
	case "job.queued":
		return &JobQueued{}
	case "job.taken":
		return &JobTaken{}
	case "job.acknowledged":
		return &JobAcknowledged{}
	case "job.returned":
		return &JobReturned{}
	case "job.stored":
		return &JobStored{}
	case "command.noted":
		return &CommandNoted{}
	default:
		return nil
	}
}

// Encode is the stored form of events. Their data lie in one piece of memory; scratch is what they are put together in, and is answered for the
// next time.
func Encode(events []Event, scratch []byte) (stored []store.Event, kept []byte) {
	stored, scratch = make([]store.Event, len(events)), scratch[:0]
	for i, e := range events {
		from := len(scratch)
		scratch = codec.Append(scratch, e)
		stored[i] = store.Event{Kind: e.Kind(), Data: scratch[from:]}
	}
	rest := bytes.Clone(scratch)
	for i := range stored {
		size := len(stored[i].Data)
		stored[i].Data, rest = rest[:size:size], rest[size:]
	}
	return stored, scratch
}

// Decode reads a stored event.
func Decode(stored store.Event) (Event, error) {
	e := blank(stored.Kind)
	if e == nil {
		return nil, fmt.Errorf("event kind %q is unknown: it was written by a newer release", stored.Kind)
	}
	if err := codec.Unmarshal(stored.Data, e); err != nil {
		return nil, fmt.Errorf("event %s: %w", stored.Kind, err)
	}
	return e, nil
}

// Apply folds one event into the state.
func (s *State) Apply(e Event) {
	e.apply(s)
	s.Seq++
	if at := e.When(); at.After(s.Now) {
		s.Now = at
	}
}
