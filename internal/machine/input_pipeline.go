package machine

import (
	"bytes"
	"fmt"
)

// Define makes a new version of the pipeline's definition, unless it equals the newest one.
type Define struct {
	Definition []byte // canonical JSON
	By         string
	Always     bool // a new version even when nothing changed, as UpdatePipeline on the wire
	Start      bool // a new pipeline starts its first execution, as the service does

	Base    int               // the version that the definition was made of: it must be the newest still; 0 is any, NoBase none
	Tags    map[string]string // of a new pipeline
	Create  bool              // it must be a new pipeline
	Update  bool              // it must be one that there is
	Full    bool              // there are as many pipelines as may be: this must be none more
	Dropped []string          // settings of Base that the definition could not keep, by path
}

// NoBase is the Define.Base of a definition that was made when there was no such pipeline.
const NoBase = -1

func (in *Define) decide(d *decision) error {
	if err := in.allowed(d); err != nil {
		return err
	}
	if !in.Always && d.exists() && bytes.Equal(in.Definition, d.Definitions[d.Version]) {
		d.out.Reply.Version, d.out.Reply.Unchanged = d.Version, true
		return nil
	}
	if in.Base != 0 && in.Base != d.base() {
		return in.conflict(d)
	}
	created := !d.exists()
	if created && len(in.Tags) > mostTags {
		return refuse(CodeTooManyTags, fmt.Sprintf("pipeline %s would have %d tags; up to %d are allowed", d.Name, len(in.Tags), mostTags), "leave some out")
	}
	plan, err := d.compile(d.Version+1, in.Definition)
	if err != nil {
		return refuse(CodeInvalid, err.Error(), "")
	}
	if plan.Name != d.Name {
		return refuse(CodeInvalid, fmt.Sprintf("the definition of pipeline %s is named %q", d.Name, plan.Name), "a pipeline cannot be renamed; apply it as a new one")
	}
	if err := d.finishable(plan); err != nil {
		return err
	}
	e := &PipelineDefined{At: d.now, Version: d.Version + 1, Definition: in.Definition, By: in.By, Dropped: in.Dropped}
	if created {
		e.Tags = in.Tags
	}
	d.emit(e)
	d.compiled = nil
	d.out.Reply.Version = d.Version
	d.out.Records = append(d.out.Records, definitionRecord(d.Name, e), d.pipelineRecord())
	d.outdate()
	if created && in.Start && len(plan.required()) == 0 {
		d.begin(&ExecutionStarted{Trigger: Trigger{Type: "CreatePipeline", Detail: in.By}, Variables: plan.values(nil), By: in.By})
	}
	return nil
}

// outdate cancels what goes on under an older definition: first all that waits, so that nobody of it enters what the others leave, then what
// runs, when its actions have ended. PARALLEL executions keep the definition they began with, and so does everybody where the new definition
// lets them finish.
func (d *decision) outdate() {
	if d.Plan().finishes() {
		return
	}
	for _, x := range d.outdated() {
		if !x.Inside() {
			d.end(x, Cancelled, "the definition was updated before the execution could be completed")
		}
	}
	for _, x := range d.outdated() {
		if x.Inside() { // still: one that stood before it may have taken it along
			d.emit(&ExecutionOutdated{At: d.now, ID: x.ID, Version: d.Version})
			d.quiesce(x)
			d.progress(x)
		}
	}
}

// outdated are the executions that go on under an older definition and may not.
func (d *decision) outdated() (out []*Execution) {
	for _, x := range d.Executions {
		if x.Live() && x.Version != d.Version && x.Halt == nil && d.PlanOf(x).Mode != Parallel {
			out = append(out, x)
		}
	}
	return out
}

// SetTransition opens or closes the gate in front of a stage. It is idempotent.
type SetTransition struct {
	Stage   string
	Enabled bool
	Reason  string // required to disable; at most 300 characters
	By      string
}

func (in *SetTransition) decide(d *decision) error {
	st, err := d.stage(in.Stage)
	if err != nil {
		return err
	}
	if !in.Enabled && (in.Reason == "" || longer(in.Reason, 300)) {
		return refuse(CodeInvalid, "disabling the transition to "+in.Stage+" needs a reason of 1 to 300 characters", "say why, for the next operator")
	}
	switch {
	case !in.Enabled:
		d.shut(st, in.Reason, in.By)
	case st.Closed != nil:
		d.emit(&TransitionChanged{At: d.now, Stage: in.Stage, Enabled: true, By: in.By})
		d.admit(in.Stage)
	}
	return nil
}

// shut closes the gate in front of a stage, unless it is closed for that reason. A new reason lets those that wait go on waiting as long as if
// they had just come.
func (d *decision) shut(st *Stage, reason, by string) {
	if st.Closed != nil && st.Closed.Reason == reason {
		return
	}
	d.emit(&TransitionChanged{At: d.now, Stage: st.Name, Reason: reason, By: by, Until: d.in(d.limits.DisabledWait)})
}

// Release ends a quarantine.
type Release struct {
	By string
}

func (in *Release) decide(d *decision) error {
	if d.Quarantine == nil {
		return nil
	}
	d.emit(&StreamReleased{At: d.now, By: in.By})
	return nil
}

// Isolate puts the stream into quarantine.
type Isolate struct {
	Reason string
	Input  string // the input that broke the invariant
}

func (in *Isolate) decide(d *decision) error {
	d.emit(&StreamQuarantined{At: d.now, Reason: in.Reason, Input: in.Input})
	return nil
}

// Own says that a replica drives the stream from now on, when nothing else would.
type Own struct {
	Worker string
}

func (in *Own) decide(d *decision) error {
	d.emit(&OwnerChanged{At: d.now, Worker: in.Worker})
	return nil
}

// Refuse is an input that was refused before it came here; it stands in for one that the store cannot take.
type Refuse struct {
	Error
}

func (in *Refuse) decide(*decision) error { return &in.Error }
