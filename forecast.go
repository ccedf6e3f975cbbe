package penstock

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
)

// Forecast is what an execution of a pipeline would do, as far as its definition says. String shows it to people.
type Forecast struct {
	Pipeline  string
	Mode      ExecutionMode
	Trigger   string
	Variables map[string]string // the pipeline variables, as they would be fixed
	Stages    []ForecastStage
}

// ForecastStage is a stage that it would go through.
type ForecastStage struct {
	Name        string
	BeforeEntry []string // rules that are asked when it enters, and what follows when they do not hold
	Step        Step     // what runs
	OnSuccess   []string // rules that are asked when all of it has succeeded
	OnFailure   string   // what follows a failure; empty: it stays failed
}

// Step is an action, or a group of steps that run one after the other or at once.
type Step struct {
	Action   string // empty: a group
	Type     string // of an action: Category/Owner/Provider/Version
	Revision string // of a source action: what it would take; empty: the newest
	Approval bool   // somebody would be asked
	Note     string // what the approver would be told, and look at; references unresolved
	Link     string
	Timeout  time.Duration
	Tries    int // under the action's own retry policy, the first included

	Parallel bool // of a group: its members run at once
	Limit    int  // of a parallel group; 0: all
	Steps    []Step
}

// Plan answers what would happen if the pipeline were started so: the stages in their order, what runs in each, who is asked. It is a function of
// its arguments alone: nothing is asked of an engine, whose pipelines may be held up or hold each other up. It fails as Validate and as the start
// itself would: Pipeline and ID of the start do not count.
func Plan(p Pipeline, start StartExecution) (Forecast, error) {
	if err := p.Validate(nil); err != nil {
		return Forecast{}, err
	}
	stored, err := p.MarshalJSON()
	if err != nil {
		return Forecast{}, err
	}
	plan, err := machine.Compile(1, stored)
	if err != nil {
		return Forecast{}, &Error{Code: ErrInvalidDefinition, Op: "plan", Path: p.Name(), Err: err}
	}
	begun, err := plan.Begin(start.input(""), machine.Limits{})
	if err != nil {
		return Forecast{}, asError("plan", p.Name(), err)
	}
	out := Forecast{Pipeline: p.Name(), Mode: ExecutionMode(plan.Mode), Trigger: begun.Trigger.Type, Variables: begun.Variables}
	for i := range plan.Stages {
		out.Stages = append(out.Stages, forecastStage(&plan.Stages[i], plan.Pipeline.Stages[i], begun.Overrides))
	}
	return out, nil
}

func forecastStage(stage *machine.StagePlan, stored definition.Stage, revisions map[string]string) ForecastStage {
	out := ForecastStage{Name: stage.Name, Step: forecastStep(stage, &stage.Tree, revisions)}
	if c := stored.BeforeEntry; c != nil {
		out.BeforeEntry = forecastConditions(c.Conditions, "unless")
	}
	if c := stored.OnSuccess; c != nil {
		out.OnSuccess = forecastConditions(c.Conditions, "unless")
	}
	switch f := stored.OnFailure; {
	case f == nil:
	case f.Result == string(resultRetry) && f.RetryConfiguration != nil:
		out.OnFailure = f.Result + " once, " + f.RetryConfiguration.RetryMode
	case f.Result != "":
		out.OnFailure = f.Result
	default:
		out.OnFailure = strings.Join(forecastConditions(f.Conditions, "if"), ", ")
	}
	return out
}

func forecastConditions(conditions []definition.Condition, when string) (out []string) {
	for _, c := range conditions {
		var rules []string
		for _, r := range c.Rules {
			rules = append(rules, r.Name+" ("+r.RuleTypeID.Provider+")")
		}
		out = append(out, c.Result+" "+when+" "+strings.Join(rules, " and "))
	}
	return out
}

func forecastStep(stage *machine.StagePlan, n *machine.Node, revisions map[string]string) Step {
	if n.Leaf < 0 {
		out := Step{Parallel: n.Parallel, Limit: n.Limit}
		for i := range n.Children {
			out.Steps = append(out.Steps, forecastStep(stage, &n.Children[i], revisions))
		}
		return out
	}
	leaf := &stage.Leaves[n.Leaf]
	out := Step{Action: leaf.Name, Type: leaf.Type, Revision: revisions[leaf.Name], Approval: leaf.Approval, Timeout: leaf.Timeout, Tries: 1 + leaf.Retry.Max}
	if leaf.Approval {
		out.Note, out.Link = leaf.Configuration["CustomData"], leaf.Configuration["ExternalEntityLink"]
	}
	return out
}

// Approvals are the questions that would be asked, in order.
func (f Forecast) Approvals() (out []Step) {
	var walk func(Step)
	walk = func(s Step) {
		if s.Approval {
			out = append(out, s)
		}
		for _, member := range s.Steps {
			walk(member)
		}
	}
	for _, stage := range f.Stages {
		walk(stage.Step)
	}
	return out
}

// String is an outline, a line for each stage and step.
func (f Forecast) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, by %s\n", f.Pipeline, f.Mode, f.Trigger)
	for _, name := range slices.Sorted(maps.Keys(f.Variables)) {
		fmt.Fprintf(&b, "variable %s = %s\n", name, f.Variables[name])
	}
	for _, stage := range f.Stages {
		fmt.Fprintf(&b, "stage %s\n", stage.Name)
		for _, condition := range stage.BeforeEntry {
			fmt.Fprintf(&b, "  before entry: %s\n", condition)
		}
		for _, step := range stage.Step.members() {
			step.write(&b, "  ")
		}
		for _, condition := range stage.OnSuccess {
			fmt.Fprintf(&b, "  on success: %s\n", condition)
		}
		if stage.OnFailure != "" {
			fmt.Fprintf(&b, "  on failure: %s\n", stage.OnFailure)
		}
	}
	return b.String()
}

// members are the steps of a sequence: a stage is one itself, which goes without saying.
func (s Step) members() []Step {
	if s.Action == "" && !s.Parallel {
		return s.Steps
	}
	return []Step{s}
}

func (s Step) write(b *strings.Builder, indent string) {
	switch {
	case s.Action != "":
		fmt.Fprintf(b, "%s%s\n", indent, s.line())
	case s.Parallel && s.Limit > 0:
		fmt.Fprintf(b, "%s%d at once:\n", indent, s.Limit)
	case s.Parallel:
		fmt.Fprintf(b, "%sat once:\n", indent)
	default:
		fmt.Fprintf(b, "%sin sequence:\n", indent)
	}
	for _, member := range s.Steps {
		member.write(b, indent+"  ")
	}
}

// line tells an action.
func (s Step) line() string {
	switch {
	case s.Approval && s.Note != "":
		return fmt.Sprintf("%s asks for approval, for %s: %s", s.Action, s.Timeout, s.Note)
	case s.Approval:
		return fmt.Sprintf("%s asks for approval, for %s", s.Action, s.Timeout)
	case s.Revision != "":
		return fmt.Sprintf("%s (%s) takes %s", s.Action, s.Type, s.Revision)
	case s.Tries > 1:
		return fmt.Sprintf("%s (%s), up to %d tries", s.Action, s.Type, s.Tries)
	default:
		return fmt.Sprintf("%s (%s)", s.Action, s.Type)
	}
}
