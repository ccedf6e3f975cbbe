package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// CloudWatchAlarm is what a pipeline of the service stores of its rule of that name: its fields are the rule's settings.
type CloudWatchAlarm struct {
	AlarmName   string
	AlarmStates string `penstock:",optional"` // joined by commas; none: OK
	WaitTime    int    `penstock:",optional"` // minutes to wait for a change
}

func (CloudWatchAlarm) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Owner: penstock.OwnerAWS, Provider: "CloudWatchAlarm", Version: "1"}
}

// Alarms is what runs it, with a client of whatever watches your service.
type Alarms struct {
	State func(ctx context.Context, alarm string) (state string, err error)
}

// Run succeeds once the alarm is in one of the states, and looks again each minute until WaitTime is over.
func (a *Alarms) Run(ctx context.Context, call *penstock.Call[CloudWatchAlarm]) error {
	state, err := a.State(ctx, call.Config.AlarmName)
	switch {
	case err != nil:
		return err
	case strings.Contains(call.Config.AlarmStates, state), call.Config.AlarmStates == "" && state == "OK":
		return nil
	case len(call.Resume) < call.Config.WaitTime:
		return penstock.Pending(time.Minute, call.Resume+".") // a dot a minute: it survives a restart
	default:
		return penstock.Permanent(fmt.Errorf("alarm %s is %s", call.Config.AlarmName, state))
	}
}

// The engine decides VariableCheck and DeploymentWindow by itself. The service's other rules are yours to run: register a type for
// Rule/AWS/CloudWatchAlarm/1, LambdaInvoke or CodeBuild by one call, as for an action, and imported pipelines ask it.
func ExampleRegister_rule() {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetchBuild)
	penstock.RegisterFunc(&actions, func(context.Context, *penstock.Call[Ship]) error { return nil })
	penstock.Register(&actions, &Alarms{State: func(context.Context, string) (string, error) { return "ALARM", nil }})

	engine, err := penstock.NewEngine(penstock.Config{Actions: &actions})
	if err != nil {
		log.Fatal(err)
	}
	quiet := penstock.NewRule("Quiet", CloudWatchAlarm{AlarmName: "shop-errors", AlarmStates: "OK"})
	err = engine.RunWhile(context.Background(), func(ctx context.Context) error {
		applied, err := engine.Apply(ctx, penstock.NewPipeline("shop",
			penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
			penstock.NewStage("Production", penstock.NewAction("Ship", Ship{To: "eu", Build: website.In()})).OnSuccess(penstock.Require(quiet)),
		))
		if err != nil {
			return err
		}
		x, err := engine.Wait(ctx, "shop", applied.Execution)
		fmt.Println(x.Status, x.Summary)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// Failed Production onSuccess: rule Quiet: alarm shop-errors is ALARM
}

// askFunction and smokeBuild are the settings of the service's rules that this program needs.
type askFunction struct {
	FunctionName   string
	UserParameters string `penstock:",optional"`
}

func (askFunction) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Owner: penstock.OwnerAWS, Provider: "LambdaInvoke", Version: "1"}
}

type smokeBuild struct {
	ProjectName   string
	PrimarySource string `penstock:",optional"`
}

func (smokeBuild) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryRule, Owner: penstock.OwnerAWS, Provider: "CodeBuild", Version: "1"}
}

// TestAWSRulesAreRunByWhoRegistersThem: one call a type; the rules are literals, as an imported pipeline has them.
func TestAWSRulesAreRunByWhoRegistersThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		states := []string{"INSUFFICIENT_DATA", "ALARM", "OK"}
		b := newBench(t, penstock.Config{}, func(actions *penstock.Actions) {
			penstock.Register(actions, &Alarms{State: func(_ context.Context, alarm string) (state string, err error) {
				if len(states) == 0 {
					return "", errors.New("asked too often")
				}
				asked, state, states = append(asked, alarm), states[0], states[1:]
				return state, nil
			}})
			penstock.RegisterFunc(actions, func(_ context.Context, call *penstock.Call[askFunction]) error {
				asked = append(asked, call.Config.FunctionName+" "+call.Config.UserParameters)
				return nil
			})
			penstock.RegisterFunc(actions, func(_ context.Context, call *penstock.Call[smokeBuild]) error {
				asked = append(asked, call.Config.ProjectName)
				return errors.New("build terminated with state: FAILED")
			})
		})
		b.run()
		applied, err := b.Apply(t.Context(), penstock.NewPipeline("p",
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
			penstock.NewStage("A", penstock.NewAction("Job", job{Do: "it"})).BeforeEntry(penstock.Require(
				penstock.Rule{Name: "Alarm", Provider: "CloudWatchAlarm", Config: map[string]string{"AlarmName": "errors", "AlarmStates": "OK", "WaitTime": "5"}})),
			penstock.NewStage("B", penstock.NewAction("Job", job{Do: "it"})).BeforeEntry(penstock.SkipUnless(
				penstock.Rule{Name: "Function", Provider: "LambdaInvoke", Config: map[string]string{"FunctionName": "check", "UserParameters": "#{codepipeline.PipelineExecutionId}"}, Inputs: []string{"text"}})),
			penstock.NewStage("C", penstock.NewAction("Job", job{Do: "it"})).OnSuccess(penstock.Require(
				penstock.Rule{Name: "Smoke", Provider: "CodeBuild", Config: map[string]string{"ProjectName": "smoke"}, Inputs: []string{"text"}})),
		))
		require.NoError(t, err)
		x, err := b.Wait(t.Context(), "p", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, []string{"errors", "errors", "errors", "check " + x.ID, "smoke"}, asked)
		require.Equal(t, []any{penstock.StatusFailed, "C onSuccess: rule Smoke: build terminated with state: FAILED"}, []any{x.Status, x.Summary})
	})
}
