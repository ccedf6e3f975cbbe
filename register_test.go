package penstock

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
)

// nothing is a runner that does nothing.
func nothing[A ActionConfig]() RunnerFunc[A] {
	return func(context.Context, *Call[A]) error { return nil }
}

// typed is a configuration whose type a test chooses.
type typed[T interface{ actionType() ActionType }] struct{}

func (typed[T]) ActionType() ActionType {
	var t T
	return t.actionType()
}

type noProvider struct{}

func (noProvider) actionType() ActionType { return ActionType{Category: CategoryBuild, Version: "1"} }

type manual struct{}

func (manual) actionType() ActionType {
	return ActionType{Category: CategoryApproval, Owner: OwnerAWS, Provider: "Manual", Version: "1"}
}

type noStruct string

func (noStruct) ActionType() ActionType { return Deploy{}.ActionType() }

type unstorable struct{ Done chan bool }

func (unstorable) ActionType() ActionType { return Deploy{}.ActionType() }

type renamed struct{ Name string }

func (renamed) ActionType() ActionType {
	return ActionType{Category: CategoryBuild, Provider: "New", Version: "1"}
}

func (renamed) FormerTypes() []ActionType {
	return []ActionType{{Category: CategoryBuild, Provider: "Old", Version: "1"}}
}

type renamedToTaken struct{}

func (renamedToTaken) ActionType() ActionType {
	return ActionType{Category: CategoryBuild, Provider: "Newer", Version: "1"}
}

func (renamedToTaken) FormerTypes() []ActionType { return renamed{}.FormerTypes() }

// onLost is a runner with a policy.
type onLost struct {
	RunnerFunc[Deploy]
	policy LostPolicy
}

func (o onLost) OnWorkerLost() LostPolicy { return o.policy }

type fragile struct{}

func (fragile) ActionType() ActionType   { return Deploy{}.ActionType() }
func (fragile) OnWorkerLost() LostPolicy { return LostFail }

func TestRegisterRefuses(t *testing.T) {
	for _, test := range []struct {
		name     string
		register func(to *Actions) error
		code     Code
		want     string
	}{
		{"a type twice", func(to *Actions) error { return RegisterSafely(to, nothing[renamed]()) }, ErrAlreadyExists, "register penstock.renamed: action type Build/Custom/New/1 is registered already"},
		{"a former name that is taken", func(to *Actions) error { return RegisterSafely(to, nothing[renamedToTaken]()) }, ErrAlreadyExists, "action type Build/Custom/Old/1 is registered already"},
		{"the service's own approval", func(to *Actions) error { return RegisterSafely(to, nothing[typed[manual]]()) }, ErrAlreadyExists, "Approval/AWS/Manual/1"},
		{"a malformed name", func(to *Actions) error { return RegisterSafely(to, nothing[typed[noProvider]]()) }, ErrInvalid, `(actionTypeId.provider): Value '' at 'actionTypeId.provider'`},
		{"no runner", func(to *Actions) error { return RegisterSafely[Deploy](to, nil) }, ErrInvalid, "the runner is nil"},
		{"no function", func(to *Actions) error { return RegisterSafely(to, RunnerFunc[Deploy](nil)) }, ErrInvalid, "the runner is nil"},
		{"a pointer", func(to *Actions) error { return RegisterSafely(to, nothing[*Deploy]()) }, ErrInvalid, "type *penstock.Deploy is no struct"},
		{"no struct", func(to *Actions) error { return RegisterSafely(to, nothing[noStruct]()) }, ErrInvalid, "type penstock.noStruct is no struct"},
		{"a field that cannot be stored", func(to *Actions) error { return RegisterSafely(to, nothing[unstorable]()) }, ErrInvalid, "field penstock.unstorable.Done of type chan bool: a chan cannot be stored"},
	} {
		t.Run(test.name, func(t *testing.T) {
			actions := &Actions{}
			Register(actions, nothing[renamed]())
			before := actions.Types()
			err := test.register(actions)
			require.ErrorIs(t, err, test.code)
			require.ErrorContains(t, err, test.want)
			require.Equal(t, before, actions.Types(), "nothing was added")
		})
	}
}

func TestRegisterPanics(t *testing.T) {
	actions := &Actions{}
	Register(actions, nothing[Deploy]())
	require.PanicsWithError(t, "penstock: register penstock.Deploy: action type Deploy/Custom/AcmeDeploy/1 is registered already", func() {
		Register(actions, nothing[Deploy]())
	})
}

func TestFormerNamesStillRun(t *testing.T) {
	actions := &Actions{}
	var got string
	Register(actions, RunnerFunc[renamed](func(_ context.Context, call *Call[renamed]) error {
		got = call.Config.Name
		return nil
	}))
	require.Equal(t, []string{"Build/Custom/New/1", "Build/Custom/Old/1"}, actions.Types())
	out := actions.run(t.Context(), &executor.Task{Type: "Build/Custom/Old/1", Config: map[string]string{"Name": "x"}}, nil, taskHost{})
	require.Nil(t, out.Failure)
	require.Equal(t, "x", got)
	_, ok := actions.declared().Lookup(definition.TypeID{Category: "Build", Owner: "Custom", Provider: "Old", Version: "1"})
	require.True(t, ok)
}

func TestApprovalsAreKnown(t *testing.T) {
	info, ok := (&Actions{}).declared().Lookup(definition.ManualApproval)
	require.True(t, ok)
	require.Len(t, info.Keys, 3)
	_, ok = (&Actions{}).declared().Lookup(definition.TypeID{Category: "Build"})
	require.False(t, ok)
}

func TestLostPolicy(t *testing.T) {
	for _, test := range []struct {
		name     string
		register func(to *Actions)
		rerun    bool
	}{
		{"by default it runs again", func(to *Actions) { Register(to, nothing[Deploy]()) }, true},
		{"the runner says fail", func(to *Actions) { Register[Deploy](to, onLost{nothing[Deploy](), LostFail}) }, false},
		{"the runner says again", func(to *Actions) { Register[Deploy](to, onLost{nothing[Deploy](), LostRerun}) }, true},
		{"the configuration says fail", func(to *Actions) { Register(to, nothing[fragile]()) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			actions := &Actions{}
			test.register(actions)
			types := actions.localTypes(taskHost{})
			require.Len(t, types, 1)
			require.Equal(t, "Deploy/Custom/AcmeDeploy/1", types[0].Name)
			require.Equal(t, test.rerun, types[0].Rerun)
			require.NotNil(t, types[0].Run(t.Context(), &executor.Task{Type: "other"}, nil).Failure, "it runs the type of the task")
		})
	}
}

func TestTypeInfo(t *testing.T) {
	info := planOf(typeFor[wide]()).info(typeFor[wide]())
	roles := map[string]definition.Key{}
	for _, key := range info.Keys {
		roles[key.Name] = key
	}
	require.Equal(t, definition.Key{Name: "Image", Role: definition.Input, Required: true}, roles["Image"])
	require.Equal(t, definition.Key{Name: "Extra", Role: definition.Input}, roles["Extra"])
	require.Equal(t, definition.Key{Name: "Charts", Role: definition.Input}, roles["Charts"])
	require.Equal(t, definition.Key{Name: "Report", Role: definition.Output, Required: true}, roles["Report"])
	require.Equal(t, definition.Key{Name: "env"}, roles["env"])
	require.NotContains(t, roles, "Skipped")
	require.Equal(t, definition.Bounds{Max: definition.Unbounded}, info.Inputs)
	require.Equal(t, definition.Bounds{Max: 1}, info.Outputs)
	require.ErrorContains(t, info.Check("Int", "x"), `"x" is not a int`)
	require.NoError(t, info.Check("Int", "3"))
	require.NoError(t, info.Check("Unknown", "3"))
}
