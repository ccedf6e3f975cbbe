package penstock

import (
	"context"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// RevisionType says what the value of a SourceRevision is (spec B1, StartPipelineExecution).
type RevisionType string

// The types of revisions. The service's own sources take those that are theirs, other source actions any.
const (
	CommitID          RevisionType = machine.CommitID          // of CodeCommit, CodeStarSourceConnection, GitHub
	ImageDigest       RevisionType = machine.ImageDigest       // of ECR
	S3ObjectVersionID RevisionType = machine.S3ObjectVersionID // of S3
	S3ObjectKey       RevisionType = machine.S3ObjectKey       // of S3, where AllowOverrideForS3ObjectKey is true; may stand beside a version
)

// SourceRevision says what a source action is to take.
type SourceRevision struct {
	Action string
	Type   RevisionType
	Value  string // 1 to 1500 characters
}

// What starts an execution, as Execution.Trigger and ExecutionTrigger.Type say it (spec C15). Those of the second group the engine gives itself.
const (
	TriggerStart      = "StartPipelineExecution" // somebody; the default. Detail: who
	TriggerPolling    = "PollForSourceChanges"
	TriggerWebhook    = "Webhook"         // Detail: which
	TriggerWebhookV2  = "WebhookV2"       // a Trigger of the pipeline. Detail: the provider's
	TriggerCloudWatch = "CloudWatchEvent" // a rule or a schedule. Detail: which

	TriggerCreate            = "CreatePipeline"    // the first execution of a new pipeline. Detail: who created it
	TriggerPutActionRevision = "PutActionRevision" // an announced revision
	TriggerManualRollback    = "ManualRollback"    // RollbackStage. Detail: who
	TriggerAutomatedRollback = "AutomatedRollback" // Detail: the execution that failed
)

// ExecutionTrigger is what a program says to have started an execution. The zero value is TriggerStart by the actor.
type ExecutionTrigger struct {
	Type   string
	Detail string // at most 1024 characters
}

// PutActionRevision announces a revision of a source action. Unless it was the last announced for that action, it starts an execution with it,
// and Reply.Changed is true; else the Reply names the execution that it started before. Other source actions take their newest.
type PutActionRevision struct {
	ID       string
	Pipeline string
	Stage    string
	Action   string
	Revision string // 1 to 1500 characters
	ChangeID string // tells changes of one revision apart: 1 to 100 characters
	Created  time.Time
}

func (c PutActionRevision) access() Access {
	return Access{Verb: VerbAnnounce, Pipeline: c.Pipeline, Stage: c.Stage, Action: c.Action}
}

func (c PutActionRevision) order(_ *Engine, actor string) (order, error) {
	in := &machine.PutRevision{Stage: c.Stage, Action: c.Action, Revision: c.Revision, Change: c.ChangeID, Created: c.Created.UTC().Truncate(time.Microsecond), By: actor}
	return order{c.ID, in, c}, nil
}

// AnnouncedRevision is the last revision that PutActionRevision told of for a source action.
type AnnouncedRevision struct {
	Action    string
	Revision  string
	ChangeID  string
	Created   time.Time
	Execution string // that it started
}

// Announce tells of a revision of a source action, and answers the execution that it started, now or before.
func (e *Engine) Announce(ctx context.Context, pipeline, stage, action, revision, changeID string) (execution string, err error) {
	reply, err := e.Do(ctx, PutActionRevision{Pipeline: pipeline, Stage: stage, Action: action, Revision: revision, ChangeID: changeID})
	return reply.Execution, err
}

func announcedViews(in []machine.Announcement) (out []AnnouncedRevision) {
	for _, a := range in {
		out = append(out, AnnouncedRevision{Action: a.Action, Revision: a.Revision, ChangeID: a.Change, Created: a.Created, Execution: a.Execution.String()})
	}
	return out
}
