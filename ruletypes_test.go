package penstock_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
)

// A rule type that one process registers is known at every engine of the store, as action types are.
func TestRuleTypesAreRecorded(t *testing.T) {
	state := memory.New(nil)
	has := newBench(t, penstock.Config{State: state}, func(actions *penstock.Actions) {
		penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[ask]) error { return nil })
	})
	not := newBench(t, penstock.Config{State: state})
	ctx := t.Context()
	asked := asking(penstock.NewRule("R", ask{Answer: "yes"}))
	_, err := not.Apply(ctx, asked)
	require.ErrorContains(t, err, "RuleType (Category: 'Rule', Provider: 'Ask', Owner: 'AWS', Version: '1') in rule 'R' is not available")
	_, err = has.Apply(ctx, asked)
	require.NoError(t, err)
	_, err = not.Apply(ctx, asked.Mode(penstock.Queued))
	require.NoError(t, err)
	_, err = not.Apply(ctx, asking(penstock.Rule{Name: "R", Provider: "Ask", Config: map[string]string{"Anser": "yes"}}))
	require.ErrorContains(t, err, "unknown configuration 'Anser'")

	for name, test := range map[string]struct {
		*bench
		served bool
	}{"who runs it": {has, true}, "who has heard of it": {not, false}} {
		types, err := test.RuleTypes(ctx)
		require.NoError(t, err)
		require.Len(t, types, 7, name)
		require.Equal(t, "Rule/AWS/Ask/1", types[0].Type.String())
		require.Equal(t, test.served, types[0].Served, name)
		require.Equal(t, []penstock.ActionTypeProperty{{Name: "Answer", Type: "String"}}, types[0].Properties)
		for _, decided := range types[4:] {
			require.Equal(t, decided.Type.Provider == "DeploymentWindow" || decided.Type.Provider == "VariableCheck", decided.Served, decided.Type)
		}
	}
	page, err := not.ActionTypes(ctx, penstock.ActionTypeQuery{Owner: penstock.OwnerAWS})
	require.NoError(t, err)
	for _, is := range page.Types {
		require.NotEqual(t, penstock.CategoryRule, is.Type.Category)
	}
}

// What the service says of a rule type of its own stays; whoever runs it only adds what it cannot read.
func TestOwnRuleTypesKeepTheirContract(t *testing.T) {
	b := newBench(t, penstock.Config{}, func(actions *penstock.Actions) {
		penstock.RegisterFunc(actions, func(context.Context, *penstock.Call[alarm]) error { return nil })
	})
	_, err := b.Apply(t.Context(), asking(penstock.Rule{Name: "R", Provider: "CloudWatchAlarm", Config: map[string]string{"AlarmName": "a", "WaitTime": "1"}}))
	require.NoError(t, err)
	_, err = b.Apply(t.Context(), asking(penstock.Rule{Name: "R", Provider: "CloudWatchAlarm", Config: map[string]string{"WaitTime": "1"}}))
	require.ErrorContains(t, err, "AlarmName")
}

// alarm runs a rule type of the service.
type alarm struct {
	AlarmName string `penstock:"AlarmName,optional"`
	WaitTime  int    `penstock:"WaitTime,optional"`
}

func (alarm) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Provider: "CloudWatchAlarm", Version: "1"}
}
