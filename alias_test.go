package penstock

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// base pieces that every case below derives from; deriving must not change what was derived from before.
func TestDerivingChangesNothing(t *testing.T) {
	action := NewAction("A", Deploy{Image: image.In()}).Tag("a", "b", "c").Tag("d") // lists with room to spare, if append made them
	approval := NewApproval("Approve").Note("n")
	group := Parallel(action)
	rules := append(make([]Rule, 0, 4), Rule{Name: "R", Provider: "VariableCheck", Config: map[string]string{"a": "b"}})
	stage := NewStage("S", action).OnFailure(RollBack().When(rules...))
	failure := RollBack().When(rules...)
	trigger := Trigger{Source: "Checkout"}
	pipeline := NewPipeline("p", stage).Variables(NewPipelineVariable[string]("A")).Triggers(trigger)
	json := func(p Pipeline) string { return string(marshal(t, p)) }
	of := func(nodes ...Node) func() string {
		return func() string { return json(NewPipeline("p", NewStage("S", nodes...))) }
	}
	for _, test := range []struct {
		name   string
		show   func() string
		derive func()
	}{
		{"Action.Tag", of(action), func() { action.Tag("e"); action.Tag("f") }},
		{"Action.Timeout", of(action), func() { action.Timeout(time.Hour) }},
		{"Action.Retry", of(action), func() { action.Retry(1) }},
		{"Action.Namespace", of(action), func() { action.Namespace("n").Region("eu-west-1").Role("r") }},
		{"Approval", of(approval), func() { approval.Note("other").Link("l").Expires(time.Hour) }},
		{"ParallelGroup.Limit", of(group, action), func() { group.Limit(1) }},
		{"FailureResult.When", func() string { return json(NewPipeline("p", stage.OnFailure(failure))) }, func() {
			failure.When(Rule{Name: "X"})
			failure.When(Rule{Name: "Y"})
		}},
		{"Stage", func() string { return json(NewPipeline("p", stage)) }, func() {
			stage.OnFailure(RetryStage(AllActions)).BeforeEntry(Condition{}).OnSuccess(Condition{})
		}},
		{"Pipeline", func() string { return json(pipeline) }, func() {
			pipeline.Mode(Queued)
			pipeline.OnUpdate(FinishRunning)
			pipeline.Variables(NewPipelineVariable[string]("B"))
			pipeline.Variables(NewPipelineVariable[string]("C"))
			pipeline.Triggers(Trigger{Source: "X"})
			pipeline.Triggers(Trigger{Source: "Y"})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := test.show()
			test.derive()
			require.Equal(t, before, test.show())
		})
	}
}

func TestTwoDerivedFromOneDoNotMix(t *testing.T) {
	action := NewAction("A", Deploy{Image: image.In()}).Tag("a", "b", "c")
	left, right := action.Tag("left"), action.Tag("right")
	require.Equal(t, []string{"a", "b", "c", "left"}, left.declared.settings.Tags)
	require.Equal(t, []string{"a", "b", "c", "right"}, right.declared.settings.Tags)
	p := NewPipeline("p").Variables(NewPipelineVariable[string]("A"), NewPipelineVariable[string]("B"), NewPipelineVariable[string]("C"))
	one, two := p.Variables(NewPipelineVariable[string]("One")), p.Variables(NewPipelineVariable[string]("Two"))
	require.Equal(t, "One", one.stored.Variables[3].Name)
	require.Equal(t, "Two", two.stored.Variables[3].Name)
}

func TestWhatWasGivenCanBeChangedAfterwards(t *testing.T) {
	labels := map[string]string{"team": "web"}
	nodes := []Node{NewAction("A", labelled{Labels: labels})}
	group := Sequence(nodes...)
	config := map[string]string{"Variable": "v"}
	includes := []string{"main"}
	inputs := []string{"code"}
	stage := NewStage("S", group).BeforeEntry(Condition{Result: ResultFail, Rules: []Rule{{Name: "R", Config: config, Inputs: inputs}}})
	stages := []Stage{stage}
	p := NewPipeline("p", stages...).Triggers(Trigger{Source: "A", Push: []PushFilter{{Branches: Patterns{Includes: includes}}}})
	before := string(marshal(t, p))
	labels["team"], config["Variable"], includes[0], inputs[0] = "x", "x", "x", "x"
	nodes[0] = NewApproval("B")
	stages[0] = NewStage("T", nodes...)
	require.Equal(t, before, string(marshal(t, p)))
	require.Equal(t, before, string(marshal(t, NewPipeline("p", NewStage("S", group).BeforeEntry(Condition{Result: ResultFail, Rules: []Rule{{
		Name: "R", Config: map[string]string{"Variable": "v"}, Inputs: []string{"code"},
	}}})).Triggers(Trigger{Source: "A", Push: []PushFilter{{Branches: Patterns{Includes: []string{"main"}}}}}))))
}

type labelled struct{ Labels map[string]string }

func (labelled) ActionType() ActionType {
	return ActionType{Category: CategoryBuild, Provider: "Labelled", Version: "1"}
}
