package definition

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// secretive knows a custom action and a rule with a secret each.
var secretive = types{
	custom("Source", "Hub"):  {Keys: []Key{{Name: "Repo"}, {Name: "Token", Secret: true}}, Outputs: Bounds{Max: 1}},
	custom("Source", "Hub2"): {Keys: []Key{{Name: "Repo"}, {Name: "Token", Secret: true}}, Outputs: Bounds{Max: 1}},
	{Category: "Rule", Owner: "AWS", Provider: "Ask", Version: "1"}: {Keys: []Key{{Name: "Password", Secret: true}}},
}

func secretly() Pipeline {
	ask := Conditions{[]Condition{{Result: "FAIL", Rules: []Rule{{
		Name: "Ask", RuleTypeID: TypeID{Category: "Rule", Owner: "AWS", Provider: "Ask", Version: "1"}, Configuration: map[string]string{"Password": "p1"},
	}}}}}
	return Normalize(Pipeline{Name: "p", Stages: []Stage{{
		Name:    "Source",
		Actions: []Action{{Name: "Fetch", ActionTypeID: custom("Source", "Hub"), Configuration: map[string]string{"Repo": "r", "Token": "t1"}}},
	}, {
		Name: "Build", Actions: []Action{{Name: "B", ActionTypeID: custom("Build", "Unknown"), Configuration: map[string]string{"Token": "****"}}},
		BeforeEntry: &ask, OnSuccess: &ask, OnFailure: &OnFailure{Conditions: ask.Conditions},
	}}})
}

func TestMask(t *testing.T) {
	p := secretly()
	before := string(Canonical(p))
	masked := Mask(p, secretive)
	require.Equal(t, before, string(Canonical(p)), "the argument is left alone")
	require.Equal(t, map[string]string{"Repo": "r", "Token": "****"}, masked.Stages[0].Actions[0].Configuration)
	require.Equal(t, "****", masked.Stages[1].BeforeEntry.Conditions[0].Rules[0].Configuration["Password"])
	require.Equal(t, "****", masked.Stages[1].OnSuccess.Conditions[0].Rules[0].Configuration["Password"])
	require.Equal(t, "****", masked.Stages[1].OnFailure.Conditions[0].Rules[0].Configuration["Password"])
	require.NotContains(t, string(Canonical(masked)), "t1")
	require.NotContains(t, string(Canonical(masked)), "p1")
	require.Equal(t, before, string(Canonical(Unmask(masked, p, secretive))), "what is read can be sent back")
}

func TestUnmask(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(update *Pipeline)
		want   string // of the action's token
	}{
		{"the mask keeps the secret", func(*Pipeline) {}, "t1"},
		{"another secret replaces it", func(u *Pipeline) { u.Stages[0].Actions[0].Configuration["Token"] = "t2" }, "t2"},
		{"other settings may change", func(u *Pipeline) { u.Stages[0].Actions[0].Configuration["Repo"] = "r2" }, "t1"},
		{"a renamed stage loses it", func(u *Pipeline) { u.Stages[0].Name = "Start" }, "****"},
		{"a renamed action loses it", func(u *Pipeline) { u.Stages[0].Actions[0].Name = "Get" }, "****"},
		{"another type loses it", func(u *Pipeline) { u.Stages[0].Actions[0].ActionTypeID = custom("Source", "Hub2") }, "****"},
	} {
		t.Run(test.name, func(t *testing.T) {
			update := Mask(secretly(), secretive)
			test.change(&update)
			out := Unmask(update, secretly(), secretive)
			require.Equal(t, test.want, out.Stages[0].Actions[0].Configuration["Token"])
			require.Equal(t, "****", out.Stages[1].Actions[0].Configuration["Token"], "it is no secret of that type")
		})
	}
}

func TestAMaskThatStandsForNothingIsRefused(t *testing.T) {
	update := Mask(secretly(), secretive)
	update.Stages[0].Actions[0].Name = "Get"
	require.ErrorContains(t, Validate(Unmask(update, secretly(), secretive), secretive, Limits{}),
		`p/Source/Get (configuration.Token): Action Get contains an invalid configuration for the secret property 'Token'. '****' may be used in secret properties only when updating an existing action.`)
}
