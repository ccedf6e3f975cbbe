package penstock

import (
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var rewrite = flag.Bool("rewrite", false, "write golden files anew")

// The pipeline of the design document, with a source of its own.

type Image struct{ Digest string }

var (
	code  = NewArtifact[Tree]("code")
	image = NewArtifact[Image]("image")
)

type Checkout struct {
	URL, Branch string
	Code        Output[Tree]
}

func (Checkout) ActionType() ActionType {
	return ActionType{Category: CategorySource, Provider: "Git", Version: "1"}
}

type Build struct {
	Code  Input[Tree]
	Image Output[Image]
}

func (Build) ActionType() ActionType {
	return ActionType{Category: CategoryBuild, Provider: "AcmeBuild", Version: "1"}
}

type GoTest struct {
	Code     Input[Tree]
	Packages string
}

func (GoTest) ActionType() ActionType {
	return ActionType{Category: CategoryTest, Provider: "GoTest", Version: "1"}
}

type Deploy struct {
	Environment string
	Image       Input[Image]
}

func (Deploy) ActionType() ActionType {
	return ActionType{Category: CategoryDeploy, Provider: "AcmeDeploy", Version: "1"}
}

func Storefront(regions ...string) Pipeline {
	deploys := make([]Node, len(regions))
	for i, region := range regions {
		deploys[i] = NewAction(region, Deploy{Environment: region, Image: image.In()}).Timeout(time.Hour)
	}
	return NewPipeline("storefront",
		NewStage("Source",
			NewAction("Checkout", Checkout{URL: "https://git.example/storefront", Branch: "main", Code: code.Out()}),
		),
		NewStage("Build",
			NewAction("Image", Build{Code: code.In(), Image: image.Out()}).Retry(2),
			Parallel(
				NewAction("Unit", GoTest{Code: code.In(), Packages: "./..."}),
				NewAction("EndToEnd", GoTest{Code: code.In(), Packages: "./e2e/..."}),
			),
		),
		NewStage("SignOff", NewApproval("Release").Expires(7*24*time.Hour)),
		NewStage("Production", Parallel(deploys...).Limit(2)).OnFailure(RollBack()),
	).Mode(Queued)
}

func storefrontActions() *Actions {
	actions := &Actions{}
	Register(actions, nothing[Checkout]())
	Register(actions, nothing[Build]())
	Register(actions, nothing[GoTest]())
	Register(actions, nothing[Deploy]())
	return actions
}

func TestStorefront(t *testing.T) {
	for _, test := range []struct {
		name    string
		regions []string
	}{
		{"storefront-one", []string{"eu"}},
		{"storefront-three", []string{"eu", "us", "ap"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Storefront(test.regions...)
			require.NoError(t, p.Validate(nil))
			require.NoError(t, p.Validate(storefrontActions()))
			golden(t, test.name, p)
			again, err := ParsePipeline(marshal(t, p))
			require.NoError(t, err)
			require.Equal(t, string(marshal(t, p)), string(marshal(t, again)))
			require.NoError(t, again.Validate(storefrontActions()))
		})
	}
}

func marshal(t *testing.T, p Pipeline) []byte {
	t.Helper()
	direct, err := p.MarshalJSON()
	require.NoError(t, err)
	through, err := json.Marshal(p)
	require.NoError(t, err)
	require.Equal(t, string(direct), string(through), "encoding/json changes nothing")
	return direct
}

func golden(t *testing.T, name string, p Pipeline) {
	t.Helper()
	file := "testdata/" + name + ".json"
	var indented strings.Builder
	e := json.NewEncoder(&indented)
	e.SetIndent("", "  ")
	require.NoError(t, e.Encode(p))
	if *rewrite {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(indented.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), indented.String())
}

// everything uses what the storefront does not.
func everything() Pipeline {
	replicas := NewPipelineVariable[int]("Replicas").Default(3).Describe("how many")
	region := NewPipelineVariable[string]("Region")
	commit := NewVariable[string]("Git", "CommitId")
	check := Rule{Name: "Check", Provider: "VariableCheck", Config: map[string]string{"Variable": commit.String(), "Value": "x", "Operator": "NE"}, Timeout: time.Hour}
	return NewPipeline("everything",
		NewStage("Source", NewAction("Checkout", Checkout{Branch: "main", Code: code.Out()}).Namespace("Git")),
		NewStage("Build",
			Parallel(
				Sequence(
					NewAction("Image", Build{Code: code.In(), Image: image.Out()}).RetryPolicy(RetryPolicy{Max: 3, Backoff: time.Second, MaxBackoff: time.Minute, Jitter: 0.5}).Tag("a", "b").Tag("c"),
					NewAction("Roll", Rollout{Environment: "test-" + region.String(), Replicas: replicas.Value(), Image: image.In()}),
				),
				NewAction("Unit", GoTest{Code: code.In()}),
			),
		).BeforeEntry(Condition{Result: ResultSkip, Rules: []Rule{check}}).OnSuccess(Condition{Result: ResultRollback, Rules: []Rule{check}}).OnFailure(RetryStage(AllActions)),
		NewStage("Deploy",
			NewApproval("Release").Note("commit "+commit.String()).Link("https://ci.example"),
			NewAction("Go", Rollout{Environment: region.String(), Replicas: Lit(2), Image: image.In()}),
		).OnFailure(RollBack().When(check)),
	).Variables(replicas).Variables(region).Triggers(Trigger{
		Source: "Checkout", Push: []PushFilter{{Branches: Patterns{Includes: []string{"main"}}, FilePaths: Patterns{Excludes: []string{"docs/**"}}}, {Tags: Patterns{Includes: []string{"v*"}}}},
		PullRequest: []PullRequestFilter{{Events: []string{"OPEN"}, Branches: Patterns{Includes: []string{"main"}}}},
	})
}

type Rollout struct {
	Environment string
	Replicas    Value[int]
	Image       Input[Image]
}

func (Rollout) ActionType() ActionType {
	return ActionType{Category: CategoryDeploy, Provider: "AcmeRollout", Version: "2"}
}

func TestEverything(t *testing.T) {
	actions := storefrontActions()
	Register(actions, nothing[Rollout]())
	p := everything()
	require.NoError(t, p.Validate(actions))
	golden(t, "everything", p)
	var again Pipeline
	require.NoError(t, json.Unmarshal(marshal(t, p), &again))
	require.Equal(t, string(marshal(t, p)), string(marshal(t, again)))
	require.Equal(t, "everything", again.Name())
}

func TestValidateReportsAllProblems(t *testing.T) {
	type Odd struct {
		Deploy
		Done chan bool
	}
	p := NewPipeline("storefront",
		NewStage("Source", NewAction("Checkout", Checkout{Code: code.Out()})),
		NewStage("Build",
			nil,
			NewAction("Image", Build{Code: code.In()}),
			NewAction("Nothing", nil),
			NewAction("NoDeploy", (*Deploy)(nil)),
			NewAction("Odd", Odd{Deploy: Deploy{Image: NewArtifact[Image]("code").In()}}),
			(*Action)(nil),
		).OnFailure(RollBack()),
		NewStage("SignOff", NewApproval("Release").Expires(time.Second), Parallel()),
	).Mode(InParallel).Variables(NewPipelineVariable[string]("Empty").Default(""))
	err := p.Validate(storefrontActions())
	require.EqualError(t, err, strings.TrimSpace(`
penstock: validate storefront: 10 problems:
  storefront (variables.Empty): a default of empty text cannot be stored
  storefront/Build (actions): a node of the stage is nil
  storefront/Build (onFailure.result): Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.; use another mode or another result
  storefront/SignOff (penstock.tree): a group has no members
  storefront/Build/Image (configuration.Image): Action configuration for action 'Image' is missing required configuration 'Image'; set Image
  storefront/Build/Nothing (configuration): the configuration is nil
  storefront/Build/NoDeploy (configuration): the configuration is nil
  storefront/Build/Odd (configuration.Done): field penstock.Odd.Done of type chan bool: a chan cannot be stored
  storefront/SignOff/Release (timeoutInMinutes): 1s is not in whole minutes from 5 minutes to 60 days
  storefront/Build/Odd (configuration.Image): artifact "code" is of type penstock.Image here, but of type penstock.Tree in storefront/Source/Checkout; share one NewArtifact between them
`))
	require.ErrorIs(t, err, ErrInvalidDefinition)
	var problems Problems
	require.ErrorAs(t, err, &problems)
	_, err = json.Marshal(p)
	require.ErrorIs(t, err, ErrInvalidDefinition)
}

func TestValidateKeepsLimits(t *testing.T) {
	require.ErrorContains(t, Storefront("eu").validate(Judging{}.options(nil, Limits{Stages: 3})), "up to 3 stages")
}

func TestValidateWithoutActions(t *testing.T) {
	p := NewPipeline("p",
		NewStage("Source", NewAction("Checkout", Checkout{Code: code.Out()})),
		NewStage("Deploy", NewAction("Deploy", Deploy{})),
	)
	require.EqualError(t, p.Validate(nil), "penstock: validate p: p/Deploy/Deploy (configuration.Image): Action configuration for action 'Deploy' is missing required configuration 'Image'; set Image")
	require.ErrorContains(t, p.Validate(&Actions{}), "is not available; register it")
}

func TestSettingsCanBeTakenBack(t *testing.T) {
	action, approval := NewAction("A", Deploy{Image: image.In()}), NewApproval("B")
	require.Equal(t, action, action.Retry(2).Retry(0))
	require.Equal(t, action, action.Timeout(time.Hour).Timeout(0))
	require.Equal(t, approval, approval.Note("x").Note("").Expires(time.Hour).Expires(0))
}

func TestASettingKeepsOtherProblems(t *testing.T) {
	p := NewPipeline("p", NewStage("S", NewAction("A", unstorable{}).Retry(1)))
	require.ErrorContains(t, p.Validate(nil), "p/S/A (configuration.Done): field penstock.unstorable.Done of type chan bool: a chan cannot be stored")
}

func TestALaterSettingReplacesAWrongOne(t *testing.T) {
	check := Rule{Name: "Check", Provider: "VariableCheck", Timeout: time.Second}
	good := check
	good.Timeout = 0
	p := NewPipeline("p",
		NewStage("Source", NewAction("Checkout", Checkout{Code: code.Out()}).RetryPolicy(RetryPolicy{Max: 1, Jitter: math.NaN()}).Retry(1)),
		NewStage("Deploy", NewApproval("A").Expires(time.Second).Expires(time.Hour)).
			BeforeEntry(Condition{Result: ResultFail, Rules: []Rule{check}}).
			BeforeEntry(Condition{Result: ResultFail, Rules: []Rule{good}}),
	)
	require.NoError(t, p.Validate(nil))
}

func TestParsePipelineRefusesWhatItDoesNotKnow(t *testing.T) {
	_, err := ParsePipeline([]byte(`{"name":"p","stages":[],"colour":"red"}`))
	require.EqualError(t, err, "penstock: parse: pipeline.colour: unknown field")
	require.ErrorIs(t, err, ErrInvalidDefinition)
	_, err = ParsePipeline([]byte(`{`))
	require.ErrorIs(t, err, ErrInvalidDefinition)
	p := Storefront("eu")
	require.Error(t, json.Unmarshal([]byte(`{"nam":1}`), &p))
	require.Equal(t, "storefront", p.Name(), "a failed read changes nothing")
}

func TestErrors(t *testing.T) {
	cause := errors.New("no such stage")
	err := error(&Error{Code: ErrStageNotFound, Op: "retry", Path: "storefront/Built", Err: cause, Hint: "did you mean Build?"})
	require.EqualError(t, err, "penstock: retry storefront/Built: no such stage; did you mean Build?")
	require.ErrorIs(t, err, ErrStageNotFound)
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, err, cause)
	require.NotErrorIs(t, err, ErrActionNotFound)
	require.NotErrorIs(t, &Error{Code: ErrConflict}, ErrNotFound)
	require.EqualError(t, &Error{Code: ErrConflict}, "penstock: Conflict")
	for _, test := range []struct {
		err  error
		want Code
	}{
		{nil, ""},
		{err, ErrStageNotFound},
		{errors.Join(cause, err), ErrStageNotFound},
		{ErrDenied, ErrDenied},
		{t.Context().Err(), ""},
		{cause, ErrInternal},
		{os.ErrDeadlineExceeded, ErrInternal},
	} {
		require.Equal(t, test.want, CodeOf(test.err))
	}
}
