package machine

import (
	"fmt"
	"time"
)

// Reason is one thing that an execution waits for.
type Reason struct {
	Kind   string // transition, stage, worker, run, job, pending, retry, approval, window, lingering, quarantine
	Stage  string
	Action string    // or rule
	Text   string    // a sentence for an operator
	Until  time.Time // when it ends by itself; zero: it does not
	ID     ID
	Token  ID // of an approval
}

// Explain answers what a live execution waits for; nothing when it has ended.
func (s *State) Explain(id ID) []Reason {
	x := s.Execution(id)
	if x == nil || !x.Live() {
		return nil
	}
	if s.Quarantine != nil {
		return []Reason{{Kind: "quarantine", Text: "the pipeline is quarantined: " + s.Quarantine.Reason}}
	}
	if !x.Inside() {
		return []Reason{s.explainEntry(x)}
	}
	run := s.Current(x)
	var out []Reason
	for _, a := range run.work() {
		if a.live() {
			out = append(out, s.explainAction(run, a))
		}
	}
	for _, l := range run.Lingering {
		out = append(out, Reason{
			Kind: "lingering", Stage: run.Stage, ID: l.Action, Until: l.Until,
			Text: "work of an action that has ended may still run; the stage is held until it is known to be gone",
		})
	}
	return out
}

func (s *State) explainEntry(x *Execution) Reason {
	st := s.StageNamed(s.PlanOf(x).Stages[x.Stage].Name)
	r := Reason{Kind: "transition", Stage: st.Name}
	switch {
	case st.Closed != nil:
		r.Until = x.Until
		r.Text = fmt.Sprintf("the transition to %s is disabled by %s: %s", st.Name, orSomebody(st.Closed.By), st.Closed.Reason)
	case st.Queue[0] != x.ID:
		r.Kind, r.Text = "stage", fmt.Sprintf("stage %s is held by execution %s, and others wait before this one", st.Name, st.Holder)
	default:
		r.Kind, r.Text = "stage", fmt.Sprintf("stage %s is held by execution %s", st.Name, st.Holder)
	}
	return r
}

func (s *State) explainAction(run *StageRun, a *ActionExecution) Reason {
	leaf := s.leafOf(run, a)
	r := Reason{Stage: run.Stage, Action: leaf.Name, ID: a.ID, Until: a.due(leaf)}
	switch a.Phase {
	case Ready:
		r.Kind, r.Text = "worker", "it is ready and waits for a worker that serves "+leaf.Type+" and has a free slot"
	case Claimed:
		r.Kind, r.Text = "run", fmt.Sprintf("run %d goes on at worker %s", a.Run, a.Worker)
		if leaf.Silence > 0 {
			r.Text += ", and times out at " + r.Until.Format(time.RFC3339) + " unless it reports something"
		}
	case Pending:
		r.Kind, r.Until, r.Text = "pending", a.Until, "it asked to be entered again at "+a.Until.Format(time.RFC3339)
	case Backoff:
		r.Kind, r.Until = "retry", a.Until
		r.Text = fmt.Sprintf("try %d begins at %s; the last one failed: %s", a.Try, a.Until.Format(time.RFC3339), a.Failure.Message)
	case Outside:
		r.Kind, r.Text = "job", a.Job.explain()
		if a.Job.Status == JobStatusDispatched {
			r.Until = a.Job.Until
		}
	case Deciding:
		r.Kind, r.Token, r.Text = "approval", a.Token, "it waits for an approval, until "+a.Deadline.Format(time.RFC3339)
	case Opening:
		r.Kind, r.Text = "window", "its deployment window does not open before the rule times out at "+a.Deadline.Format(time.RFC3339)
		if !a.Until.IsZero() {
			r.Until, r.Text = a.Until, "its deployment window opens at "+a.Until.Format(time.RFC3339)
		}
	}
	if a.Gate != "" {
		r.Text = fmt.Sprintf("%s condition: rule %s: %s", a.Gate, leaf.Name, r.Text)
	}
	return r
}

func orSomebody(name string) string {
	if name == "" {
		return "somebody"
	}
	return name
}

func (j *Job) explain() string {
	switch j.Status {
	case JobStatusQueued:
		return "it is queued as " + j.Queue + " and waits for a job worker that polls"
	case JobStatusDispatched:
		return "it was handed to job worker " + orSomebody(j.Worker) + ", who has until " + j.Until.Format(time.RFC3339) + " to acknowledge it"
	default:
		return "it goes on at job worker " + orSomebody(j.Worker)
	}
}
