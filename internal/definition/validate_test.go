package definition

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func custom(category, provider string) TypeID {
	return TypeID{Category: category, Owner: "Custom", Provider: provider, Version: "1"}
}

func service(category, provider string) TypeID {
	return TypeID{Category: category, Owner: "AWS", Provider: provider, Version: "1"}
}

// base is a valid pipeline with something of everything: Source, Build (Image, then Unit and Lint at once), Deploy (Go).
func base() Pipeline {
	return Pipeline{
		Name: "storefront", ExecutionMode: "QUEUED", PipelineType: "V2",
		Variables: []Variable{{Name: "Region", DefaultValue: "eu"}},
		Stages: []Stage{
			{Name: "Source", Actions: []Action{{
				Name: "Checkout", ActionTypeID: custom("Source", "Git"), Namespace: "Git",
				OutputArtifacts: []Artifact{{Name: "code"}},
			}}},
			{Name: "Build", Actions: []Action{
				{
					Name: "Image", ActionTypeID: custom("Build", "Docker"), Namespace: "Build", RunOrder: 1,
					Configuration:  map[string]string{"Image": "image", "Code": "code", "Tag": "#{Git.CommitId}"},
					InputArtifacts: []Artifact{{Name: "code"}}, OutputArtifacts: []Artifact{{Name: "image"}},
				},
				{Name: "Unit", ActionTypeID: custom("Test", "GoTest"), RunOrder: 2, InputArtifacts: []Artifact{{Name: "code"}}},
				{Name: "Lint", ActionTypeID: custom("Test", "GoTest"), RunOrder: 2, OutputArtifacts: []Artifact{{Name: "report"}}},
			}},
			{Name: "Deploy", Actions: []Action{
				{Name: "Approve", ActionTypeID: ManualApproval, TimeoutInMinutes: 5},
				{
					Name: "Go", ActionTypeID: custom("Deploy", "Acme"), RunOrder: 2, InputArtifacts: []Artifact{{Name: "image"}},
					Configuration: map[string]string{"Environment": "#{variables.Region}-#{codepipeline.PipelineExecutionId}"},
				},
			}},
		},
	}
}

// types is a catalogue of what base uses.
type types map[TypeID]TypeInfo

func (t types) Lookup(id TypeID) (TypeInfo, bool) {
	info, ok := t[id]
	return info, ok && id.Category != "Rule"
}

func (t types) LookupRule(id TypeID) (TypeInfo, bool) {
	info, ok := t[id]
	return info, ok && id.Category == "Rule"
}

var known = types{
	ManualApproval:            ManualApprovalInfo,
	custom("Source", "Git"):   {Keys: []Key{{Name: "Depth"}}, Outputs: Bounds{Min: 1, Max: 1}, Check: number},
	custom("Build", "Docker"): {Keys: []Key{{Name: "Image", Role: Output, Required: true}, {Name: "Code", Role: Input}, {Name: "Tag"}}, Inputs: Bounds{Max: Unbounded}, Outputs: Bounds{Max: 1}},
	custom("Test", "GoTest"):  {Inputs: Bounds{Max: 5}, Outputs: Bounds{Max: 5}},
	custom("Deploy", "Acme"):  {Keys: []Key{{Name: "Environment", Required: true}}, Inputs: Bounds{Min: 1, Max: 1}},
	custom("Deploy", "Second"): {
		V2: true, OpenKeys: true,
		Keys: []Key{{Name: "Count", Kind: Number}, {Name: "Fast", Kind: Boolean}, {Name: "Size", Values: []string{"S", "L"}}, {Name: "Token", Secret: true}},
		Whole: func(a Action) []Fault {
			if a.Configuration["Size"] == "L" && a.Configuration["Fast"] == "true" {
				return []Fault{{Key: "Fast", Message: "what is large is not fast"}}
			}
			return nil
		},
	},
	service("Source", "S3"):        {Outputs: Bounds{Min: 1, Max: 1}},
	service("Deploy", "EKS"):       {Inputs: Bounds{Min: 1, Max: 1}, OpenKeys: true},
	service("Compute", "Commands"): {Inputs: Bounds{Max: 10}, Outputs: Bounds{Max: 1}, Commands: true},
	{Category: "Rule", Owner: "AWS", Provider: "Commands", Version: "1"}:        {Commands: true, Inputs: Bounds{Max: 1}},
	{Category: "Rule", Owner: "AWS", Provider: "CloudWatchAlarm", Version: "1"}: {Keys: []Key{{Name: "AlarmName", Required: true}}},
	{Category: "Rule", Owner: "AWS", Provider: "LambdaInvoke", Version: "1"}:    {OpenKeys: true, Inputs: Bounds{Max: 5}},
	{Category: "Rule", Owner: "AWS", Provider: "VariableCheck", Version: "1"}:   {OpenKeys: true},
}

func number(_, text string) error {
	if strings.Trim(text, "0123456789") != "" {
		return errors.New("not a number")
	}
	return nil
}

func ruled(result, provider string) []Condition {
	return []Condition{{Result: result, Rules: []Rule{{Name: "Check", RuleTypeID: TypeID{Category: "Rule", Owner: "AWS", Provider: provider, Version: "1"}}}}}
}

// gated has a rule at Build's gate after success.
func gated(change func(r *Rule)) func(p *Pipeline) {
	return func(p *Pipeline) {
		c := ruled("FAIL", "VariableCheck")
		change(&c[0].Rules[0])
		p.Stages[1].OnSuccess = &Conditions{c}
	}
}

func settings(stage string, b StageBlock) *Block {
	return &Block{Stages: map[string]StageBlock{stage: b}}
}

func TestBaseIsValid(t *testing.T) {
	require.NoError(t, Validate(base(), known, Limits{}))
	require.NoError(t, Validate(base(), nil, Limits{}))
}

// row is one thing that can be wrong.
type row struct {
	name   string
	change func(p *Pipeline)
	kind   Exception
	want   string // part of: path (field): message; hint
}

// check proves that a definition with the change has that problem, of that kind, and says what would be right.
func (r row) check(t *testing.T, o Options) {
	t.Helper()
	t.Run(r.name, func(t *testing.T) {
		p := base()
		r.change(&p)
		before := string(Canonical(p))
		var findings Findings
		require.ErrorAs(t, ValidateWith(p, o), &findings)
		require.Equal(t, before, string(Canonical(p)), "the argument is left alone")
		for _, f := range findings {
			if strings.Contains(f.String(), r.want) {
				require.Equal(t, r.kind, f.Kind)
				require.NotEmpty(t, f.Path)
				require.NotEmpty(t, f.Message)
				return
			}
		}
		require.Fail(t, "it is not reported", "want %s\ngot  %v", r.want, findings)
	})
}

const anyRole = "arn:aws:iam::123456789012:role/x"

func TestValidate(t *testing.T) {
	for _, test := range []row{
		{"unnamed things have names in paths", func(p *Pipeline) { p.Name = "" }, ValidationError, `(pipeline) (name): Value '' at 'pipeline.name'`},
		{"a type checks its values", func(p *Pipeline) { p.Stages[0].Actions[0].Configuration = map[string]string{"Depth": "deep"} }, InvalidAction, `storefront/Source/Checkout (configuration.Depth): not a number`},
		{"a key that names no input", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Code"] = "report" }, InvalidAction, `storefront/Build/Image (configuration.Code): artifact "report" is not one of inputArtifacts`},
		{"a key that names no output", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Image"] = "img" }, InvalidAction, `storefront/Build/Image (configuration.Image): artifact "img" is not one of outputArtifacts`},
		{"a number", second("Count", "many"), InvalidAction, `storefront/Deploy/Go (configuration.Count): Action configuration for action 'Go' contains an invalid value for configuration 'Count'; write a number`},
		{"a boolean", second("Fast", "yes"), InvalidAction, `storefront/Deploy/Go (configuration.Fast): Action configuration for action 'Go' contains an invalid value for configuration 'Fast'; write true or false`},
		{"one of several values", second("Size", "M"), InvalidAction, `storefront/Deploy/Go (configuration.Size): Action configuration for action 'Go' contains an invalid value for configuration 'Size'; write S or L`},
		{"a secret's mask", second("Token", "****"), InvalidAction, `storefront/Deploy/Go (configuration.Token): Action Go contains an invalid configuration for the secret property 'Token'. '****' may be used in secret properties only when updating an existing action.; give the secret itself`},
		{"a type judges the whole action", second("Fast", "true", "Size", "L"), InvalidAction, `storefront/Deploy/Go (configuration.Fast): what is large is not fast`},
		{"a type of V2", func(p *Pipeline) { second()(p); p.PipelineType = "V1" }, InvalidAction, `storefront/Deploy/Go (actionTypeId): Second Action can only be used with V2 pipelines.; set pipelineType to V2`},
		{"an output variable of another type", func(p *Pipeline) { p.Stages[1].Actions[1].OutputVariables = []string{"A"} }, InvalidAction, `storefront/Build/Unit (outputVariables): Action Unit has outputVariables, which only Commands actions have; remove it`},
		{"an environment of another type", func(p *Pipeline) {
			p.Stages[1].Actions[1].EnvironmentVariables = []EnvironmentVariable{{Name: "A", Value: "x"}}
		}, InvalidAction, `storefront/Build/Unit (environmentVariables): Action Unit has environmentVariables, which only Commands and EKS actions have`},
		{"a secret in the environment of EKS", func(p *Pipeline) {
			p.Stages[2].Actions[1].ActionTypeID = service("Deploy", "EKS")
			p.Stages[2].Actions[1].EnvironmentVariables = []EnvironmentVariable{{Name: "A", Value: "x", Type: "SECRETS_MANAGER"}}
		}, InvalidAction, `storefront/Deploy/Go (environmentVariables[0].type): Action Go has environment variables of type SECRETS_MANAGER, which only Commands actions have`},
		{"an environment variable twice", func(p *Pipeline) {
			p.Stages[1].Actions[1].EnvironmentVariables = []EnvironmentVariable{{Name: "A", Value: "x"}, {Name: "A", Value: "y"}}
		}, InvalidAction, `storefront/Build/Unit (environmentVariables[1].name): Action Unit has environment variable 'A' more than once`},
		{"commands of another type", func(p *Pipeline) { p.Stages[1].Actions[1].Commands = []string{"make"} }, InvalidAction, `storefront/Build/Unit (commands): Action Unit has commands, which only the provider Commands takes`},
		{"files of another type", func(p *Pipeline) { p.Stages[1].Actions[2].OutputArtifacts[0].Files = []string{"*"} }, InvalidAction, `storefront/Build/Lint (outputArtifacts[0].files): Action Lint has files of an output artifact, which only Commands actions have`},
		{"files of an input", func(p *Pipeline) { p.Stages[1].Actions[1].InputArtifacts[0].Files = []string{"*"} }, InvalidAction, `storefront/Build/Unit (inputArtifacts[0].files): Action Unit has files of an input artifact`},
		{"timeout of another type", func(p *Pipeline) { p.Stages[1].Actions[0].TimeoutInMinutes = 10 }, InvalidAction, `storefront/Build/Image (timeoutInMinutes): Action Image has timeoutInMinutes, which is for manual approvals only; set the action's timeout in the penstock block`},
		{"an input twice", func(p *Pipeline) { p.Stages[1].Actions[1].InputArtifacts = []Artifact{{Name: "code"}, {Name: "code"}} }, InvalidAction, `storefront/Build/Unit (inputArtifacts[1]): Action Unit lists input artifact code more than once; list it once`},
		{"a malformed reference", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{Git.CommitId} #{CommitId}" }, InvalidAction, "storefront/Build/Image (configuration.Tag): Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.).\nStageName=[Build], ActionName=[Image], ActionConfigurationKey=[Tag], VariableReferenceText=[CommitId]; #{CommitId} is not"},
		{"an open reference", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{Git.CommitId" }, InvalidAction, `VariableReferenceText=[Git.CommitId]; #{ without a closing brace; write it as #{namespace.key}`},
		{"the pipeline's own namespace", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{codepipeline.Name}" }, InvalidAction, `VariableReferenceText=[codepipeline.Name]; namespace codepipeline has PipelineExecutionId only`},
		{"a reference in a command", func(p *Pipeline) { p.Stages[1].Actions[1].Commands = []string{"echo #{No.X}"} }, InvalidAction, `storefront/Build/Unit (commands[0]): Valid format`},
		{"a reference in the environment", func(p *Pipeline) {
			p.Stages[1].Actions[1].EnvironmentVariables = []EnvironmentVariable{{Name: "A", Value: "#{No.X}"}}
		}, InvalidAction, `storefront/Build/Unit (environmentVariables[0].value): Valid format`},
		{"retry mode without retry", func(p *Pipeline) {
			p.Stages[1].OnFailure = &OnFailure{Result: "ROLLBACK", RetryConfiguration: &RetryConfiguration{"ALL_ACTIONS"}}
		}, InvalidStage, `storefront/Build (onFailure.retryConfiguration): Stage 'Build' has a retry configuration without the result RETRY`},
		{"rule name twice", func(p *Pipeline) {
			c := ruled("FAIL", "VariableCheck")
			c[0].Rules = append(c[0].Rules, c[0].Rules[0])
			p.Stages[1].OnSuccess = &Conditions{c}
		}, InvalidStage, `storefront/Build (onSuccess.conditions[0].rules[1].name): Rule name 'Check' is used more than once`},
		{"unknown rule type", gated(func(r *Rule) { r.RuleTypeID.Provider = "Moon" }), InvalidStage, `storefront/Build (onSuccess.conditions[0].rules[0].ruleTypeId): RuleType (Category: 'Rule', Provider: 'Moon', Owner: 'AWS', Version: '1') in rule 'Check' is not available`},
		{"rule without a key", gated(func(r *Rule) { r.RuleTypeID.Provider = "CloudWatchAlarm" }), InvalidStage, `storefront/Build (onSuccess.conditions[0].rules[0].configuration.AlarmName): Rule configuration for rule 'Check' is missing required configuration 'AlarmName'`},
		{"rule with an unknown key", gated(func(r *Rule) {
			r.RuleTypeID.Provider, r.Configuration = "CloudWatchAlarm", map[string]string{"AlarmNaem": "x"}
		}), InvalidStage, `contains unknown configuration 'AlarmNaem'; did you mean "AlarmName"?`},
		{"rule with too many inputs", gated(func(r *Rule) { r.InputArtifacts = []Artifact{{Name: "code"}} }), InvalidStage, `Rule Check declares 1 input artifacts which is more than the maximum count (0)`},
		{"Commands rule without commands", gated(func(r *Rule) { r.RuleTypeID.Provider = "Commands" }), InvalidStage, `Rule Check must have a non-empty commands field`},
		{"entry rule looks ahead", func(p *Pipeline) {
			c := ruled("FAIL", "VariableCheck")
			c[0].Rules[0].Configuration = map[string]string{"Variable": "#{Build.X}"}
			p.Stages[1].BeforeEntry = &Conditions{c}
		}, InvalidStage, `RuleName=[Check], ActionConfigurationKey=[Variable], VariableReferenceText=[Build.X]; storefront/Build/Image has that namespace, but runs later`},
		{"entry rule takes in what is not there", func(p *Pipeline) {
			c := ruled("FAIL", "LambdaInvoke")
			c[0].Rules[0].InputArtifacts = []Artifact{{Name: "image"}}
			p.Stages[1].BeforeEntry = &Conditions{c}
		}, InvalidStage, `storefront/Build (beforeEntry.conditions[0].rules[0].inputArtifacts[0]): Input Artifact Bundle image in rule Check is not declared`},
	} {
		test.check(t, Options{Catalogue: known})
	}
}

// second has the action Go of a type that is particular about its keys.
func second(config ...string) func(p *Pipeline) {
	return func(p *Pipeline) {
		a := &p.Stages[2].Actions[1]
		a.ActionTypeID, a.InputArtifacts, a.Configuration = custom("Deploy", "Second"), nil, map[string]string{"Other": "x"}
		for i := 0; i < len(config); i += 2 {
			a.Configuration[config[i]] = config[i+1]
		}
	}
}

func TestValidateBlock(t *testing.T) {
	build := func(b StageBlock) func(p *Pipeline) {
		return func(p *Pipeline) { p.Penstock = settings("Build", b) }
	}
	image := func(b ActionBlock) func(p *Pipeline) {
		return build(StageBlock{Actions: map[string]ActionBlock{"Image": b}})
	}
	tree := func(n Node) func(p *Pipeline) { return build(StageBlock{Tree: &n}) }
	for _, test := range []row{
		{"block of no stage", func(p *Pipeline) {
			p.Penstock = settings("Built", StageBlock{Actions: map[string]ActionBlock{"Image": {Timeout: 1}}})
		}, InvalidStructure, `storefront (penstock.stages): there is no stage "Built"; did you mean "Build"?`},
		{"block of no action", build(StageBlock{Actions: map[string]ActionBlock{"Imag": {Timeout: 1}}}), InvalidStage, `storefront/Build (penstock.actions): there is no action "Imag"; did you mean "Image"?`},
		{"negative timeout", image(ActionBlock{Timeout: -1}), InvalidAction, `storefront/Build/Image (timeout): must be more than 0`},
		{"endless timeout", image(ActionBlock{Timeout: Duration(1441 * time.Hour)}), InvalidAction, `storefront/Build/Image (timeout): must be more than 0 and at most 1440h0m0s, not 1441h0m0s`},
		{"retry of an approval", func(p *Pipeline) {
			p.Penstock = settings("Deploy", StageBlock{Actions: map[string]ActionBlock{"Approve": {Retry: &Retry{Max: 1}}}})
		}, InvalidAction, `storefront/Deploy/Approve (penstock): a manual approval has no timeout or retry of this kind`},
		{"retries", image(ActionBlock{Retry: &Retry{Max: 101}}), InvalidAction, `storefront/Build/Image (retry.max): must be 1 to 100 further tries, not 101`},
		{"backoff", image(ActionBlock{Retry: &Retry{Max: 1, Backoff: -1}}), InvalidAction, `storefront/Build/Image (retry.backoff): must be 0 to 1440h0m0s, not -1ns`},
		{"backoff above its bound", image(ActionBlock{Retry: &Retry{Max: 1, Backoff: 2, MaxBackoff: 1}}), InvalidAction, `storefront/Build/Image (retry.maxBackoff): 1ns is less than the first wait, 2ns`},
		{"jitter", image(ActionBlock{Retry: &Retry{Max: 1, Jitter: 2}}), InvalidAction, `storefront/Build/Image (retry.jitter): must be 0 to 1, not 2`},
		{"tags", image(ActionBlock{Tags: []string{""}}), InvalidAction, `storefront/Build/Image (tags[0]): must have 1 to 128 characters, not 0`},
		{"tree without an action", tree(Node{Sequence: []Node{{Action: "Image"}, {Action: "Unit"}}}), InvalidStage, `storefront/Build (penstock.tree): action "Lint" is not in the tree`},
		{"tree with an action twice", tree(Node{Sequence: []Node{{Action: "Image"}, {Action: "Image"}, {Action: "Unit"}, {Action: "Lint"}}}), InvalidStage, `storefront/Build (penstock.tree): action "Image" is in the tree more than once`},
		{"tree with a stranger", tree(Node{Sequence: []Node{{Action: "Image"}, {Action: "X"}, {Action: "Unit"}, {Action: "Lint"}}}), InvalidStage, `storefront/Build (penstock.tree): the tree holds "X", which is no action of the stage`},
		{"empty group", tree(Node{Sequence: []Node{{Action: "Image"}, {}, {Action: "Unit"}, {Action: "Lint"}}}), InvalidStage, `storefront/Build (penstock.tree): a group has no members`},
		{"a node of two kinds", tree(Node{Action: "Image", Sequence: []Node{{Action: "Unit"}, {Action: "Lint"}}}), InvalidStage, `storefront/Build (penstock.tree): a node must be one of an action, a sequence or a parallel group`},
		{"negative limit", tree(Node{Limit: -1, Parallel: []Node{{Action: "Image"}, {Action: "Unit"}, {Action: "Lint"}}}), InvalidStage, `storefront/Build (penstock.tree): the limit of a parallel group must be at least 1, not -1`},
		{"limit of a sequence", tree(Node{Limit: 1, Sequence: []Node{{Action: "Image"}, {Action: "Unit"}, {Action: "Lint"}}}), InvalidStage, `storefront/Build (penstock.tree): only a parallel group has a limit`},
		{"deep groups", func(p *Pipeline) {
			n := Node{Sequence: []Node{{Action: "Image"}, {Action: "Unit"}, {Action: "Lint"}}}
			for range 40 {
				n = Node{Sequence: []Node{n}}
			}
			tree(n)(p)
		}, InvalidStage, `storefront/Build (penstock.tree): groups are nested too deeply`},
		{"tree against run orders", tree(Node{Sequence: []Node{{Action: "Unit"}, {Action: "Image"}, {Action: "Lint"}}}), InvalidAction, `storefront/Build/Image (runOrder): run order 1 does not agree with the tree of the penstock block, which makes it 2`},
	} {
		test.check(t, Options{Catalogue: known})
	}
}

func TestAJitterThatIsNoNumber(t *testing.T) {
	p := base()
	p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Image": {Retry: &Retry{Max: 1, Jitter: math.NaN()}}}})
	require.ErrorContains(t, Validate(p, known, Limits{}), `storefront/Build/Image (retry.jitter): must be 0 to 1, not NaN`)
}

func trigger(source string, push ...PushFilter) Trigger {
	return Trigger{ProviderType: "CodeStarSourceConnection", GitConfiguration: GitConfiguration{SourceActionName: source, Push: push}}
}

func TestValidateAccepts(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(p *Pipeline)
	}{
		{"references anywhere in a text of the right place", func(p *Pipeline) {
			p.Stages[2].Actions[1].Configuration["Environment"] = "a #{Build.X} b #{Git.CommitId}"
		}},
		{"an unjudged value that holds a reference", func(p *Pipeline) {
			p.Stages[0].Actions[0].Configuration = map[string]string{"Depth": "#{codepipeline.PipelineExecutionId}"}
		}},
		{"a key that is not required", func(p *Pipeline) { delete(p.Stages[1].Actions[0].Configuration, "Code") }},
		{"keys of a type that takes any", second("Count", "1.5", "Fast", "False", "Size", "S", "Token", "t")},
		{"a namespace variables without declared variables", func(p *Pipeline) {
			p.Variables = nil
			p.Stages[0].Actions[0].Namespace = "variables"
			p.Stages[1].Actions[0].Configuration["Tag"] = "#{variables.CommitId}"
			p.Stages[2].Actions[1].Configuration["Environment"] = "eu"
		}},
		{"a producer earlier in a branch of a parallel group", func(p *Pipeline) {
			p.Stages[1].Actions[1].InputArtifacts[0].Name = "report"
			p.Stages[1].Actions = []Action{p.Stages[1].Actions[2], p.Stages[1].Actions[1], p.Stages[1].Actions[0]}
			var tree *Node
			p.Stages[1].Actions, tree = Arrange(p.Stages[1].Actions, Node{Parallel: []Node{{Sequence: []Node{{Action: "Lint"}, {Action: "Unit"}}}, {Action: "Image"}}})
			p.Penstock = settings("Build", StageBlock{Tree: tree})
		}},
		{"a rule that sees what its own stage made", func(p *Pipeline) {
			c := ruled("ROLLBACK", "LambdaInvoke")
			c[0].Rules[0].Configuration = map[string]string{"UserParameters": "#{Build.X} #{variables.Region}"}
			c[0].Rules[0].InputArtifacts = []Artifact{{Name: "image"}}
			p.Stages[1].OnSuccess = &Conditions{c}
		}},
		{"a rule type without owner and version", gated(func(r *Rule) { r.RuleTypeID.Owner, r.RuleTypeID.Version = "", "" })},
		{"a trigger of a custom source", func(p *Pipeline) {
			p.Triggers = []Trigger{trigger("Checkout", PushFilter{Branches: &Patterns{Includes: []string{"main"}}})}
		}},
		{"a parallel pipeline that retries", func(p *Pipeline) {
			p.ExecutionMode, p.Stages[1].OnFailure = "PARALLEL", &OnFailure{Result: "RETRY"}
		}},
		{"a failure gate of rules alone", func(p *Pipeline) { p.Stages[1].OnFailure = &OnFailure{Conditions: ruled("ROLLBACK", "VariableCheck")} }},
		{"a blocker", func(p *Pipeline) { p.Stages[1].Blockers = []Blocker{{"Night", "Schedule"}} }},
		{"what Commands has", func(p *Pipeline) {
			p.Stages[1].Actions[2] = Action{
				Name: "Make", ActionTypeID: service("Compute", "Commands"), RunOrder: 2, Commands: []string{"make #{Git.CommitId}"}, OutputVariables: []string{"A"},
				EnvironmentVariables: []EnvironmentVariable{{"T", "x:y", "SECRETS_MANAGER"}}, OutputArtifacts: []Artifact{{"report", []string{"out/**"}}}, RoleArn: anyRole,
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := base()
			test.change(&p)
			require.NoError(t, Validate(p, known, Limits{}))
		})
	}
}

func TestValidateReportsAllProblemsInTheServicesOrder(t *testing.T) {
	p := base()
	p.Stages[2].Actions[1].InputArtifacts[0].Name = "none"
	p.Stages[1].Actions[0].RunOrder = 1000
	p.Stages[1].Blockers = []Blocker{{"Night", "Moon"}}
	p.Variables = append(p.Variables, p.Variables[0])
	p.ExecutionMode, p.RoleArn = "FAST", anyRole
	err := ValidateWith(p, Options{Catalogue: known, CanAssume: func(_, _ string) bool { return false }})
	require.EqualError(t, err, strings.ReplaceAll(strings.TrimSpace(`
6 problems:
  storefront (executionMode): Value 'FAST' at 'pipeline.executionMode' failed to satisfy constraint: Member must satisfy enum value set: [SUPERSEDED, QUEUED, PARALLEL]; write SUPERSEDED or QUEUED or PARALLEL
  storefront/Build/Image (runOrder): Value '1000' at 'pipeline.stages.2.member.actions.1.member.runOrder' failed to satisfy constraint: Member must have value less than or equal to 999; write 1 to 999
  storefront (roleArn): CodePipeline is not authorized to perform AssumeRole on role ROLE; let its trust policy name the service
  storefront (variables[1].name): Variable names must be unique. The following variable name is already in use: Region; give one of them another name
  storefront/Build (blockers[0].type): Blocker 'Night' has the unknown type 'Moon'; write Schedule
  storefront/Deploy/Go (inputArtifacts[0]): Input Artifact Bundle none in action Go is not declared as Output Artifact Bundle in any of the preceding actions; nobody puts it out
`), "ROLE", anyRole))
	var findings Findings
	require.ErrorAs(t, err, &findings)
	kind, message := findings.Exception()
	require.Equal(t, ValidationError, kind)
	require.Equal(t, "2 validation errors detected: "+findings[0].Message+"; "+findings[1].Message, message)
	kind, message = findings[3:].Exception()
	require.Equal(t, InvalidStructure, kind)
	require.Equal(t, findings[3].Message, message)
	kind, _ = findings[:0].Exception()
	require.Empty(t, kind)
	_, message = findings[:1].Exception()
	require.Equal(t, "1 validation error detected: "+findings[0].Message, message)
	var problems Problems
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems, 6)
}

func TestFound(t *testing.T) {
	findings := Found(Problems{{Path: "p"}, {Path: "p/S"}, {Path: "p/S/A"}})
	require.Equal(t, []Exception{InvalidStructure, InvalidStage, InvalidAction}, []Exception{findings[0].Kind, findings[1].Kind, findings[2].Kind})
}

func TestOneMistakeIsOneProblem(t *testing.T) {
	p := base()
	p.Penstock = settings("Build", StageBlock{Tree: &Node{Sequence: []Node{{Action: "Unit"}, {Action: "Lint"}}}})
	require.EqualError(t, Validate(p, known, Limits{}), `storefront/Build (penstock.tree): action "Image" is not in the tree`)
}

func TestValidateKeepsLimits(t *testing.T) {
	require.ErrorContains(t, Validate(base(), known, Limits{Stages: 2}), "up to 2 stages")
	require.ErrorContains(t, Validate(base(), known, Limits{StageActions: 2}), "up to 2 actions in a stage")
	require.ErrorContains(t, Validate(base(), known, Limits{ConfigurationValue: 3}), "less than or equal to 3,")
	require.ErrorContains(t, Validate(base(), known, Limits{PipelineVariables: -1}), "less than or equal to -1")
}

func TestWhatIsTooLargeToBeReadAgainIsRefused(t *testing.T) {
	p := base()
	for i := range 40 {
		p.Stages[1].Actions[0].Configuration[fmt.Sprintf("K%d", i)] = strings.Repeat("x", 40000)
	}
	require.ErrorContains(t, Validate(p, nil, Limits{}), "are too large: up to 1048576 are read")
}

func TestMessagesKeepSecrets(t *testing.T) {
	p := base()
	secret := "hunter2" + strings.Repeat("x", 50000)
	p.Stages[2].Actions[1].Configuration["Environment"] = secret
	p.Stages[1].Actions[1].Commands = []string{secret}
	p.Variables[0].DefaultValue = secret
	second("Count", "hunter2", "Fast", "hunter2", "Size", "hunter2", "Token", "****")(&p)
	p.Stages[1].Actions[0].Configuration["Tag"] = secret
	require.NotContains(t, Validate(p, known, Limits{}).Error(), "hunter2")
}
