package penstock_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// ask is a rule type that says what it is told to.
type ask struct{ Answer string }

func (ask) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Provider: "Ask", Version: "1"}
}

// asking is a pipeline whose second stage asks before its job.
func asking(rules ...penstock.Rule) penstock.Pipeline {
	return penstock.NewPipeline("p",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
		penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "it"})).BeforeEntry(penstock.Require(rules...)),
	).Variables(penstock.NewPipelineVariable[string]("answer").Default("no"))
}

func TestEngineAsksRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := penstock.WithActor(t.Context(), "ana")
		var verbs []penstock.Verb
		actions := &penstock.Actions{}
		penstock.RegisterFunc(actions, func(ctx context.Context, call *penstock.Call[fetch]) error {
			return call.Config.Out.Store(ctx, call, "x")
		})
		penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[job]) error { return nil })
		penstock.RegisterFunc(actions, func(_ context.Context, call *penstock.Call[ask]) error {
			fmt.Fprintf(call.Log(), "%s asks\n", call.Action)
			if call.Config.Answer != "yes" {
				return fmt.Errorf("the answer is %s", call.Config.Answer)
			}
			return nil
		})
		eng, err := penstock.NewEngine(penstock.Config{Actions: actions, Authorizer: penstock.AuthorizerFunc(func(_ context.Context, a penstock.Access) error {
			verbs = append(verbs, a.Verb)
			return nil
		})})
		require.NoError(t, err)
		running, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- eng.Run(running) }()

		reply, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: asking(penstock.NewRule("Ask", ask{Answer: "#{variables.answer}"})), NoStart: true})
		require.NoError(t, err)
		require.True(t, reply.Changed)
		id, err := eng.Start(ctx, "p")
		require.NoError(t, err)
		x, err := eng.Wait(ctx, "p", id)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusFailed, x.Status)
		require.Equal(t, "Work beforeEntry: rule Ask: the answer is no", x.Summary)

		rules, err := eng.RuleExecutions(ctx, penstock.RuleExecutionQuery{Pipeline: "p", Execution: id})
		require.NoError(t, err)
		require.Len(t, rules.Rules, 1)
		r := rules.Rules[0]
		require.Equal(t, []any{"Ask", "Work", penstock.GateBeforeEntry, "Rule/AWS/Ask/1", penstock.StatusFailed, "JobFailed", 1},
			[]any{r.Rule, r.Stage, r.Gate, r.Type, r.Status, r.Failure.Code, r.Run})
		log, err := eng.Log(ctx, penstock.LogQuery{ActionExecution: r.ID, Run: 1})
		require.NoError(t, err)
		require.Equal(t, "Ask asks\n", string(log.Data))
		ran, err := eng.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "p"})
		require.NoError(t, err)
		require.Len(t, ran.Actions, 1, "a rule is no action")
		_, err = eng.ActionExecution(ctx, "p", id, r.ID)
		require.ErrorIs(t, err, penstock.ErrNotFound)

		require.ErrorIs(t, eng.OverrideCondition(ctx, "p", "Work", id, penstock.GateOnSuccess), penstock.ErrNotOverridable)
		require.ErrorIs(t, eng.OverrideCondition(ctx, "p", "Nowhere", id, penstock.GateBeforeEntry), penstock.ErrStageNotFound)
		require.ErrorIs(t, eng.OverrideCondition(ctx, "p", "Work", id, "sometime"), penstock.ErrInvalid)
		require.NoError(t, eng.OverrideCondition(ctx, "p", "Work", id, penstock.GateBeforeEntry))
		x, err = eng.Wait(ctx, "p", id)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
		require.Contains(t, verbs, penstock.VerbOverride)

		state, err := eng.State(ctx, "p")
		require.NoError(t, err)
		c := state.Stages[1].Conditions[0]
		require.Equal(t, []any{penstock.GateBeforeEntry, penstock.ResultFail, penstock.StatusOverridden, "ana", r.ID}, []any{c.Gate, c.Result, c.Status, c.OverriddenBy, c.Rules[0].ID})
		events, err := eng.Events(ctx, penstock.EventQuery{Pipeline: "p"})
		require.NoError(t, err)
		var told []string
		for _, e := range events.Events {
			if e.Gate != "" {
				told = append(told, fmt.Sprint(e.Kind, " ", e.Gate, " ", e.Action, " ", e.Status, " ", e.Actor, " ", e.Text))
			}
		}
		require.Equal(t, []string{
			"condition.started beforeEntry    FAIL",
			"rule.started beforeEntry Ask   ",
			"rule.ended beforeEntry Ask Failed  the answer is no",
			"condition.ended beforeEntry  Failed  rule Ask: the answer is no",
			"condition.overridden beforeEntry  Overridden ana ",
		}, told)
		stop()
		require.NoError(t, <-done)
	})
}

func TestEngineWaitsForADeploymentWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it is midnight, UTC
		ctx := t.Context()
		b := newBench(t, penstock.Config{})
		b.run()
		window := penstock.NewRule("Morning", penstock.DeploymentWindow{Cron: "* 0-9 6 ? * *", TimeZone: "UTC-02:00"}).Within(24 * time.Hour)
		_, err := b.Apply(ctx, asking(window))
		require.NoError(t, err)
		began := time.Now()
		page, err := b.Executions(ctx, penstock.ExecutionQuery{Pipeline: "p"})
		require.NoError(t, err)
		id := page.Executions[0].ID
		synctest.Wait()
		reasons, err := b.Explain(ctx, "p", id)
		require.NoError(t, err)
		require.Equal(t, penstock.WaitsForWindow, reasons[0].Kind)
		require.Equal(t, 8*time.Hour, reasons[0].Until.Sub(began))
		x, err := b.Wait(ctx, "p", id)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
		require.WithinDuration(t, began.Add(8*time.Hour), x.Updated, time.Second)
	})
}

func TestRulesAreJudgedWhenTheyAreApplied(t *testing.T) {
	actions := &penstock.Actions{}
	penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[fetch]) error { return nil })
	penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[job]) error { return nil })
	penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[ask]) error { return nil })
	window := func(cron, zone string) penstock.Rule {
		return penstock.NewRule("R", penstock.DeploymentWindow{Cron: cron, TimeZone: zone})
	}
	check := func(operator penstock.Operator, value string) penstock.Rule {
		return penstock.NewRule("R", penstock.VariableCheck{Variable: "a", Operator: operator, Value: value})
	}
	for name, c := range map[string]struct {
		rule penstock.Rule
		want string
	}{
		"fine":                  {window("* * 9-16 ? * MON-FRI", "Europe/Berlin"), ""},
		"fine, of our own":      {penstock.NewRule("R", ask{Answer: "yes"}), ""},
		"five fields":           {window("0 9 * * *", ""), "six fields and an optional year"},
		"two kinds of days":     {window("0 0 9 * * *", ""), "must be ?"},
		"no such zone":          {window("* * 9 ? * *", "Europe/Berlni"), "no time zone"},
		"the machine's zone":    {window("* * 9 ? * *", "Local"), "no time zone"},
		"no such operator":      {check("LIKE", "x"), "write EQ or NE"},
		"no expression":         {check(penstock.OperatorMatches, "("), "missing closing"},
		"a part of a minute":    {window("* * 9 ? * *", "").Within(90 * time.Second), "whole minutes"},
		"an action for a rule":  {penstock.NewRule("R", job{Do: "it"}), "no rule type"},
		"no configuration":      {penstock.NewRule("R", nil), "nil"},
		"an unknown rule type":  {penstock.Rule{Name: "R", Provider: "Nobodys"}, "RuleType"},
		"an unknown key":        {penstock.Rule{Name: "R", Provider: "Ask", Config: map[string]string{"Anser": "yes"}}, "Anser"},
		"a reference to nobody": {penstock.NewRule("R", ask{Answer: "#{variables.nobody}"}), "haven't been declared"},
	} {
		t.Run(name, func(t *testing.T) {
			err := asking(c.rule).Validate(actions)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "beforeEntry")
		})
	}
}

func TestOnFailureRetriesWhen(t *testing.T) {
	p := penstock.NewPipeline("p",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
		penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "it"})).OnFailure(penstock.RetryStage(penstock.AllActions).When(
			penstock.NewRule("R", penstock.VariableCheck{Variable: "a", Operator: penstock.OperatorEquals, Value: "a"}))),
	)
	require.NoError(t, p.Validate(nil))
}

func TestRulesAreValues(t *testing.T) {
	rules := slices.Grow([]penstock.Rule{penstock.NewRule("A", ask{Answer: "yes"})}, 4)
	c := penstock.Require(rules...)
	rules[0].Name = "B"
	require.Equal(t, "A", c.Rules[0].Name)
	require.Zero(t, rules[0].Timeout)
	require.Equal(t, time.Hour, rules[0].Within(time.Hour).Timeout)
}

// foreign is a rule type with an owner that rules do not have.
type foreign struct{}

func (foreign) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Owner: penstock.OwnerCustom, Provider: "Ask", Version: "1"}
}

// making is a rule type that would put something out.
type making struct{ Out penstock.Output[string] }

func (making) ActionType() penstock.ActionType { return ask{}.ActionType() }

// nameless is a rule type without a provider.
type nameless struct{}

func (nameless) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Version: "1"}
}

func registering[A penstock.ActionConfig]() error {
	return penstock.RegisterSafely(&penstock.Actions{}, penstock.RunnerFunc[A](func(context.Context, *penstock.Call[A]) error { return nil }))
}

func TestRuleTypesAreJudgedWhenTheyAreRegistered(t *testing.T) {
	require.NoError(t, registering[ask]())
	require.ErrorContains(t, registering[foreign](), "rules have no owner but AWS")
	require.ErrorContains(t, registering[making](), "puts out no artifacts")
	require.ErrorContains(t, registering[nameless](), "provider")
	require.ErrorContains(t, registering[penstock.VariableCheck](), "decided by the engine itself")
	require.ErrorContains(t, registering[penstock.DeploymentWindow](), "decided by the engine itself")
}
