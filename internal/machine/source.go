package machine

import (
	"fmt"
	"slices"
	"time"
)

// The ways in which a start may say what a source action is to take (spec B1, StartPipelineExecution).
const (
	CommitID          = "COMMIT_ID"
	ImageDigest       = "IMAGE_DIGEST"
	S3ObjectVersionID = "S3_OBJECT_VERSION_ID"
	S3ObjectKey       = "S3_OBJECT_KEY" // instead of the configured one; may stand beside a version
)

// SourceOverride says what a source action is to take.
type SourceOverride struct {
	Action, Type, Value string
}

// overrideTypes are those that a source action knows: the service's own sources theirs, others all of them.
func (leaf *Leaf) overrideTypes() []string {
	if leaf.ActionTypeID.Owner != "Custom" {
		switch leaf.ActionTypeID.Provider {
		case "CodeCommit", "CodeStarSourceConnection", "GitHub":
			return []string{CommitID}
		case "ECR":
			return []string{ImageDigest}
		case "S3":
			return []string{S3ObjectVersionID, S3ObjectKey}
		}
	}
	return []string{CommitID, ImageDigest, S3ObjectVersionID, S3ObjectKey}
}

// override checks what is to be taken, and lays it out by source action.
func (p *Plan) override(in *Start, limit int) (revisions, keys map[string]string, err error) {
	if n := len(in.Overrides) + len(in.Revisions); n > limit {
		return nil, nil, refuse(CodeInvalid, fmt.Sprintf("%d source revisions are given, %d are allowed", n, limit), "")
	}
	for action, revision := range in.Revisions { // they have been checked
		put(&revisions, action, revision)
	}
	for _, o := range in.Overrides {
		leaf := p.sourceNamed(o.Action)
		if leaf == nil {
			return nil, nil, refuse(CodeInvalid, "pipeline "+p.Name+" has no source action "+o.Action+" to take a revision", "")
		}
		if why := leaf.refuses(o); why != "" {
			return nil, nil, refuse(CodeInvalid, "source action "+o.Action+" "+why, "")
		}
		into := &revisions
		if o.Type == S3ObjectKey {
			into = &keys
		}
		if _, twice := (*into)[o.Action]; twice {
			return nil, nil, refuse(CodeInvalid, "source action "+o.Action+" is given two revisions", "give it one")
		}
		put(into, o.Action, o.Value)
	}
	return revisions, keys, nil
}

// sourceNamed finds a source action.
func (p *Plan) sourceNamed(action string) *Leaf {
	leaves := p.Stages[0].Leaves
	i := slices.IndexFunc(leaves, func(l Leaf) bool { return l.Name == action && l.ActionTypeID.Category == "Source" })
	if i < 0 {
		return nil
	}
	return &leaves[i]
}

// refuses answers why a source action cannot take what it is given; "" when it can.
func (leaf *Leaf) refuses(o SourceOverride) string {
	switch {
	case !slices.Contains(leaf.overrideTypes(), o.Type):
		return fmt.Sprintf("takes no revision of type %q", o.Type)
	case o.Value == "" || longer(o.Value, 1500):
		return "must be given a revision of 1 to 1500 characters"
	case o.Type == S3ObjectKey && leaf.Type == "Source/AWS/S3/1" && leaf.Configuration["AllowOverrideForS3ObjectKey"] != "true":
		return "does not allow another object key: its AllowOverrideForS3ObjectKey is not true"
	default:
		return ""
	}
}

// PutRevision announces a revision of a source action. One that was not the last announced starts an execution with it (spec B1,
// PutActionRevision).
type PutRevision struct {
	Stage, Action string
	Revision      string // 1 to 1500 characters
	Change        string // tells changes of one revision apart: 1 to 100 characters
	Created       time.Time
	By            string
}

// Announcement is the last revision that was announced for a source action.
type Announcement struct {
	Action    string    `wire:"1"`
	Revision  string    `wire:"2"`
	Change    string    `wire:"3"`
	Created   time.Time `wire:"4"`
	Execution ID        `wire:"5"` // that it started
}

func (in *PutRevision) decide(d *decision) error {
	if _, err := d.stage(in.Stage); err != nil {
		return err
	}
	if !d.hasAction(in.Stage, in.Action) {
		return refuse(CodeActionNotFound, "stage "+in.Stage+" has no action "+in.Action, "")
	}
	switch {
	case d.Plan().Index(in.Stage) != 0 || d.Plan().sourceNamed(in.Action) == nil:
		return refuse(CodeInvalid, in.Stage+"/"+in.Action+" is no source action", "announce a revision of a source action")
	case in.Revision == "" || longer(in.Revision, 1500):
		return refuse(CodeInvalid, "the revision must have 1 to 1500 characters", "")
	case in.Change == "" || longer(in.Change, 100):
		return refuse(CodeInvalid, "the identifier of the change must have 1 to 100 characters", "")
	}
	for _, last := range d.Announced {
		if last.Action == in.Action && last.Revision == in.Revision && last.Change == in.Change {
			d.out.Reply.Execution, d.out.Reply.Unchanged = last.Execution, true
			return nil
		}
	}
	start := Start{
		Revisions: map[string]string{in.Action: in.Revision}, Trigger: Trigger{Type: putActionRevision}, By: in.By,
		announced: &Announcement{Action: in.Action, Revision: in.Revision, Change: in.Change, Created: in.Created},
	}
	d.out.Reply.New = true
	return start.decide(d)
}

const putActionRevision = "PutActionRevision"

// checkTrigger: the types of the other triggers the engine alone gives (spec C15).
func (in *Start) checkTrigger() error {
	given := []string{"", "StartPipelineExecution", "PollForSourceChanges", "Webhook", "WebhookV2", "CloudWatchEvent"}
	switch {
	case in.announced == nil && !slices.Contains(given, in.Trigger.Type):
		return refuse(CodeInvalid, fmt.Sprintf("a start cannot be triggered by %q", in.Trigger.Type), "")
	case longer(in.Trigger.Detail, 1024):
		return refuse(CodeInvalid, "the detail of a trigger has at most 1024 characters", "")
	default:
		return nil
	}
}

// announce keeps the last announcement of each source action.
func (s *State) announce(a Announcement) {
	s.Announced = append(slices.DeleteFunc(slices.Clone(s.Announced), func(old Announcement) bool { return old.Action == a.Action }), a)
}
