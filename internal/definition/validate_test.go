package definition

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func custom(category, provider string) TypeID {
	return TypeID{Category: category, Owner: "Custom", Provider: provider, Version: "1"}
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

func (t types) LookupRule(TypeID) (TypeInfo, bool) { return TypeInfo{}, false }

func (t types) Lookup(id TypeID) (TypeInfo, bool) {
	info, ok := t[id]
	return info, ok
}

var known = types{
	ManualApproval:             ManualApprovalInfo,
	custom("Source", "Git"):    {Keys: []Key{{Name: "Depth"}}, Outputs: Bounds{Min: 1, Max: 1}, Check: number},
	custom("Build", "Docker"):  {Keys: []Key{{Name: "Image", Role: Output, Required: true}, {Name: "Code", Role: Input}, {Name: "Tag"}}, Inputs: Bounds{Max: Unbounded}, Outputs: Bounds{Max: 1}},
	custom("Test", "GoTest"):   {Inputs: Bounds{Max: 5}, Outputs: Bounds{Max: 5}},
	custom("Deploy", "Acme"):   {Keys: []Key{{Name: "Environment", Required: true}}, Inputs: Bounds{Min: 1, Max: 1}},
	custom("Deploy", "Second"): {},
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

func settings(stage string, b StageBlock) *Block {
	return &Block{Stages: map[string]StageBlock{stage: b}}
}

func TestBaseIsValid(t *testing.T) {
	require.NoError(t, Validate(base(), known, Limits{}))
	require.NoError(t, Validate(base(), nil, Limits{}))
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(p *Pipeline)
		want   string // path (field): part of the message; part of the hint
	}{
		{"pipeline name", func(p *Pipeline) { p.Name = "store front" }, `store front (name): "store front" must be 1 to 100`},
		{"no pipeline name", func(p *Pipeline) { p.Name = "" }, `(pipeline) (name): "" must be 1 to 100`},
		{"long stage name", func(p *Pipeline) { p.Stages[2].Name = strings.Repeat("x", 101) }, `(name): "xxx`},
		{"service role", func(p *Pipeline) { p.RoleArn = "arn:aws:iam::1:user/x" }, `storefront (roleArn): "arn:aws:iam::1:user/x" is not the ARN of an IAM role`},
		{"mode", func(p *Pipeline) { p.ExecutionMode = "FAST" }, `storefront (executionMode): "FAST" must be one of SUPERSEDED, QUEUED, PARALLEL`},
		{"type", func(p *Pipeline) { p.PipelineType = "V3" }, `storefront (pipelineType): "V3" must be one of V1, V2`},
		{"V1 with a mode", func(p *Pipeline) { p.PipelineType = "V1" }, `storefront (executionMode): QUEUED or PARALLEL mode can only be used with V2 pipelines; set pipelineType to V2`},
		{"V1 with variables", func(p *Pipeline) { p.PipelineType = "V1" }, `storefront (variables): Pipeline variable can only be used with V2 pipelines`},
		{"V1 with triggers", func(p *Pipeline) { p.PipelineType, p.Triggers = "V1", []Trigger{trigger("Checkout")} }, `storefront (triggers): Triggers on tag can only be used with V2 pipelines`},
		{"V1 with conditions", func(p *Pipeline) { p.PipelineType, p.Stages[1].OnFailure = "V1", &OnFailure{Result: "RETRY"} }, `storefront/Build: Stage level conditions can only be used with V2 pipelines.`},
		{"V1 with a V2 provider", func(p *Pipeline) {
			p.PipelineType = "V1"
			p.Stages[2].Actions[1].ActionTypeID = TypeID{"Deploy", "AWS", "EKS", "1"}
		}, `storefront/Deploy/Go (actionTypeId): EKS Action can only be used with V2 pipelines.`},
		{"both stores", func(p *Pipeline) {
			p.ArtifactStore = &ArtifactStore{Type: "S3", Location: "bucket"}
			p.ArtifactStores = map[string]ArtifactStore{"eu-west-1": {Type: "S3", Location: "bucket"}}
		}, `storefront (artifactStore): artifactStore and artifactStores exclude each other`},
		{"store type", func(p *Pipeline) { p.ArtifactStore = &ArtifactStore{Type: "FTP", Location: "bucket"} }, `storefront (artifactStore.type): "FTP" must be one of S3`},
		{"store location", func(p *Pipeline) { p.ArtifactStore = &ArtifactStore{Type: "S3", Location: "a/b"} }, `storefront (artifactStore.location): "a/b" must be 3 to 63`},
		{"store key", func(p *Pipeline) {
			p.ArtifactStore = &ArtifactStore{Type: "S3", Location: "bucket", EncryptionKey: &EncryptionKey{ID: "k", Type: "AES"}}
		}, `storefront (artifactStore.encryptionKey.type): "AES" must be one of KMS`},

		{"one stage", func(p *Pipeline) { p.Stages = p.Stages[:1] }, `storefront (stages): Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline`},
		{"51 stages", func(p *Pipeline) {
			for len(p.Stages) < 51 {
				p.Stages = append(p.Stages, p.Stages[1])
			}
		}, `storefront (stages): Pipeline has too many stages. There can only be up to 50 stages in a pipeline`},
		{"1001 actions", func(p *Pipeline) { p.Stages[1].Actions = make([]Action, 1001) }, `storefront (stages): has 1004 actions; up to 1000 are allowed`},
		{"101 actions in a stage", func(p *Pipeline) { p.Stages[1].Actions = make([]Action, 101) }, `storefront/Build (actions): Stage 'Build' has 101 actions; up to 100`},
		{"first stage does more than fetch", func(p *Pipeline) { p.Stages[0].Actions[0].ActionTypeID.Category = "Build" }, `storefront/Source/Checkout: Pipeline should start with a stage that only contains source actions`},
		{"source in a later stage", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Category = "Source" }, `storefront/Build/Image: Source actions can only be included in the first stage of the pipeline`},
		{"sources only", func(p *Pipeline) {
			p.Stages = append(p.Stages[:1], Stage{Name: "More", Actions: p.Stages[0].Actions})
		}, `storefront (stages): Pipeline should contain at least 1 action whose category is not Source`},
		{"stage name twice", func(p *Pipeline) { p.Stages[2].Name = "Build" }, `storefront/Build (name): Stage name 'Build' is used more than once`},
		{"stage without actions", func(p *Pipeline) { p.Stages[2].Actions = nil }, `storefront/Deploy (actions): Stage 'Deploy' has no actions`},
		{"action name twice", func(p *Pipeline) { p.Stages[1].Actions[2].Name = "Unit" }, `storefront/Build/Unit (name): Action name 'Unit' is used more than once in stage 'Build'`},
		{"action name", func(p *Pipeline) { p.Stages[1].Actions[2].Name = "é" }, `storefront/Build/é (name): "é" must be 1 to 100`},

		{"category", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Category = "Fly" }, `storefront/Build/Image (actionTypeId.category): "Fly" must be one of`},
		{"owner", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Owner = "Me" }, `storefront/Build/Image (actionTypeId.owner): "Me" must be one of`},
		{"provider", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Provider = "a b" }, `storefront/Build/Image (actionTypeId.provider): "a b" must be 1 to 35`},
		{"version", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Version = "" }, `storefront/Build/Image (actionTypeId.version): "" must be 1 to 9`},
		{"undeclared type", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Version = "2" }, `storefront/Build/Image (actionTypeId): ActionType (Category: 'Build', Provider: 'Docker', Owner: 'Custom', Version: '2') in action 'Image' is not available; register it`},
		{"run order", func(p *Pipeline) { p.Stages[1].Actions[0].RunOrder = 1000 }, `storefront/Build/Image (runOrder): run order 1000 must be 1 to 999`},
		{"action role of a custom action", func(p *Pipeline) { p.Stages[1].Actions[0].RoleArn = "arn:aws:iam::123456789012:role/x" }, `storefront/Build/Image (roleArn): Action Image with owner Custom contains roleArn`},
		{"region", func(p *Pipeline) { p.Stages[1].Actions[0].Region = "eu" }, `storefront/Build/Image (region): must have 4 to 30 characters, not 2`},
		{"timeout of another type", func(p *Pipeline) { p.Stages[1].Actions[0].TimeoutInMinutes = 10 }, `storefront/Build/Image (timeoutInMinutes): timeoutInMinutes is for manual approvals only`},
		{"short approval", func(p *Pipeline) { p.Stages[2].Actions[0].TimeoutInMinutes = 4 }, `storefront/Deploy/Approve (timeoutInMinutes): must be 5 to 86400 minutes, not 4`},
		{"Commands without commands", func(p *Pipeline) {
			p.Stages[1].Actions[1].ActionTypeID = TypeID{"Compute", "AWS", "Commands", "1"}
		}, `storefront/Build/Unit (commands): Action Unit must have a non-empty commands field`},
		{"long command", func(p *Pipeline) { p.Stages[1].Actions[1].Commands = []string{strings.Repeat("x", 1001)} }, `storefront/Build/Unit (commands[0]): must have 1 to 1000 characters, not 1001`},
		{"51 commands", func(p *Pipeline) { p.Stages[1].Actions[1].Commands = make([]string, 51) }, `storefront/Build/Unit (commands): has 51 members; up to 50 are allowed`},
		{"environment variable", func(p *Pipeline) {
			p.Stages[1].Actions[1].EnvironmentVariables = []EnvironmentVariable{{Name: "A", Value: "x", Type: "ENV"}}
		}, `storefront/Build/Unit (environmentVariables.A): "ENV" must be one of`},
		{"output variable", func(p *Pipeline) { p.Stages[1].Actions[1].OutputVariables = []string{""} }, `storefront/Build/Unit (outputVariables): must have 1 to 128 characters, not 0`},
		{"empty configuration value", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "" }, `storefront/Build/Image (configuration.Tag): must have 1 to 50000 characters, not 0`},
		{"long configuration value", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = strings.Repeat("ä", 50001) }, `storefront/Build/Image (configuration.Tag): must have 1 to 50000 characters, not 50001`},
		{"long configuration key", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration[strings.Repeat("k", 51)] = "x" }, `storefront/Build/Image (configuration): must have 1 to 50 characters, not 51`},
		{"missing key", func(p *Pipeline) { p.Stages[2].Actions[1].Configuration = nil }, `storefront/Deploy/Go (configuration.Environment): Action configuration for action 'Go' is missing required configuration 'Environment'`},
		{"unknown key", func(p *Pipeline) { p.Stages[2].Actions[1].Configuration["Enviroment"] = "x" }, `storefront/Deploy/Go (configuration.Enviroment): Action configuration for action 'Go' contains unknown configuration 'Enviroment'; did you mean "Environment"?`},
		{"mistyped value", func(p *Pipeline) { p.Stages[0].Actions[0].Configuration = map[string]string{"Depth": "deep"} }, `storefront/Source/Checkout (configuration.Depth): not a number`},
		{"key names no input", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Code"] = "report" }, `storefront/Build/Image (configuration.Code): artifact "report" is not one of inputArtifacts`},
		{"key names no output", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Image"] = "img" }, `storefront/Build/Image (configuration.Image): artifact "img" is not one of outputArtifacts`},
		{"too few inputs", func(p *Pipeline) { p.Stages[2].Actions[1].InputArtifacts = nil }, `storefront/Deploy/Go (inputArtifacts): Action Go declares 0 input artifacts which is less than the minimum count (1)`},
		{"too many outputs", func(p *Pipeline) { p.Stages[2].Actions[1].OutputArtifacts = []Artifact{{Name: "x"}} }, `storefront/Deploy/Go (outputArtifacts): Action Go declares 1 output artifacts which is more than the maximum count (0)`},

		{"nobody puts it out", func(p *Pipeline) { p.Stages[2].Actions[1].InputArtifacts[0].Name = "imgae" }, `storefront/Deploy/Go (inputArtifacts): Input Artifact Bundle imgae in action Go is not declared as Output Artifact Bundle in any of the preceding actions; nobody puts it out; did you mean "image"?`},
		{"a parallel sibling puts it out", func(p *Pipeline) { p.Stages[1].Actions[1].InputArtifacts[0].Name = "report" }, `storefront/Build/Unit (inputArtifacts): Input Artifact Bundle report in action Unit is not declared as Output Artifact Bundle in any of the preceding actions; storefront/Build/Lint puts it out, but runs in parallel with it: put them in a sequence`},
		{"a later action puts it out", func(p *Pipeline) { p.Stages[1].Actions[0].InputArtifacts[0].Name = "report" }, `storefront/Build/Lint puts it out, but runs later`},
		{"a later stage puts it out", func(p *Pipeline) { p.Stages[0].Actions[0].InputArtifacts = []Artifact{{Name: "image"}} }, `storefront/Build/Image puts it out, but runs later`},
		{"it puts it out itself", func(p *Pipeline) { p.Stages[1].Actions[0].InputArtifacts[0].Name = "image" }, `storefront/Build/Image puts it out itself`},
		{"input twice", func(p *Pipeline) { p.Stages[1].Actions[1].InputArtifacts = []Artifact{{Name: "code"}, {Name: "code"}} }, `storefront/Build/Unit (inputArtifacts): artifact "code" is listed twice`},
		{"two put it out", func(p *Pipeline) { p.Stages[1].Actions[2].OutputArtifacts[0].Name = "image" }, `storefront/Build/Lint (outputArtifacts): artifact "image" is put out by storefront/Build/Image already`},
		{"output twice", func(p *Pipeline) {
			p.Stages[1].Actions[2].OutputArtifacts = []Artifact{{Name: "report"}, {Name: "report"}}
		}, `storefront/Build/Lint (outputArtifacts): artifact "report" is put out by storefront/Build/Lint already`},
		{"artifact name", func(p *Pipeline) { p.Stages[1].Actions[2].OutputArtifacts[0].Name = "a.b" }, `storefront/Build/Lint (outputArtifacts): "a.b" must be 1 to 100`},

		{"namespace", func(p *Pipeline) { p.Stages[2].Actions[1].Namespace = "a.b" }, `storefront/Deploy/Go (namespace): "a.b" must be 1 to 100`},
		{"namespace twice", func(p *Pipeline) { p.Stages[2].Actions[1].Namespace = "Build" }, `storefront/Deploy/Go (namespace): namespace "Build" is in use by storefront/Build/Image`},
		{"reserved namespace", func(p *Pipeline) { p.Stages[2].Actions[1].Namespace = "variables" }, `storefront/Deploy/Go (namespace): namespace "variables" is reserved`},
		{"namespace and artifact", func(p *Pipeline) { p.Stages[2].Actions[1].Namespace = "code" }, `storefront/Deploy/Go (namespace): namespace "code" is the name of an artifact too`},
		{"malformed reference", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{CommitId}" }, `storefront/Build/Image (configuration.Tag): #{CommitId} is not a namespace and a key separated by a period (.)`},
		{"open reference", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{Git.CommitId" }, `storefront/Build/Image (configuration.Tag): #{ without a closing brace`},
		{"unknown namespace", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{Gti.CommitId}" }, `#{Gti.CommitId} references a namespace that does not exist before this runs; nobody has that namespace; did you mean "Git"?`},
		{"own namespace", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{Build.X}" }, `storefront/Build/Image has that namespace itself`},
		{"namespace of a sibling", func(p *Pipeline) {
			p.Stages[1].Actions[1].Namespace = "U"
			p.Stages[1].Actions[2].Commands = []string{"echo #{U.X}"}
		}, `storefront/Build/Lint (commands[0]): #{U.X} references a namespace that does not exist before this runs; storefront/Build/Unit has that namespace, but runs in parallel`},
		{"reference in the environment", func(p *Pipeline) {
			p.Stages[1].Actions[1].EnvironmentVariables = []EnvironmentVariable{{Name: "A", Value: "#{No.X}"}}
		}, `storefront/Build/Unit (environmentVariables.A): #{No.X} references`},
		{"other system variable", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{codepipeline.Name}" }, `#{codepipeline.Name}: namespace codepipeline has no such variable`},
		{"undeclared variable", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{variables.Regoin}" }, `#{variables.Regoin}: The referenced variables haven't been declared.; did you mean "Region"?`},
		{"variable in a source", func(p *Pipeline) {
			p.Stages[0].Actions[0].Configuration = map[string]string{"Depth": "#{variables.Region}"}
		}, `storefront/Source/Checkout (configuration.Depth): #{variables.Region}: Variables at the pipeline level cannot be used in source actions.`},
		{"variable twice", func(p *Pipeline) { p.Variables = append(p.Variables, p.Variables[0]) }, `storefront (variables.Region): Variable names must be unique. The following variable name is already in use: Region`},
		{"51 variables", func(p *Pipeline) { p.Variables = make([]Variable, 51) }, `storefront (variables): has 51 members; up to 50 are allowed`},
		{"long default", func(p *Pipeline) { p.Variables[0].DefaultValue = strings.Repeat("x", 1001) }, `storefront (variables.Region): a default value has up to 1000`},
		{"long description", func(p *Pipeline) { p.Variables[0].Description = strings.Repeat("x", 201) }, `storefront (variables.Region): a description has up to 200`},

		{"two conditions", func(p *Pipeline) {
			p.Stages[1].BeforeEntry = &Conditions{append(ruled("FAIL", "VariableCheck"), ruled("FAIL", "VariableCheck")...)}
		}, `storefront/Build (beforeEntry): must have exactly 1 condition, not 2`},
		{"entry result", func(p *Pipeline) { p.Stages[1].BeforeEntry = &Conditions{ruled("ROLLBACK", "VariableCheck")} }, `storefront/Build (beforeEntry): result "ROLLBACK" must be one of FAIL, SKIP`},
		{"success result", func(p *Pipeline) { p.Stages[1].OnSuccess = &Conditions{ruled("SKIP", "VariableCheck")} }, `storefront/Build (onSuccess): result "SKIP" must be one of FAIL, ROLLBACK`},
		{"failure condition result", func(p *Pipeline) { p.Stages[1].OnFailure = &OnFailure{Conditions: ruled("FAIL", "VariableCheck")} }, `storefront/Build (onFailure): result "FAIL" must be one of ROLLBACK, RETRY`},
		{"failure result", func(p *Pipeline) { p.Stages[1].OnFailure = &OnFailure{Result: "SKIP"} }, `storefront/Build (onFailure.result): "SKIP" must be one of ROLLBACK, RETRY`},
		{"failure without either", func(p *Pipeline) { p.Stages[1].OnFailure = &OnFailure{} }, `storefront/Build (onFailure): needs a result or conditions`},
		{"failure with both", func(p *Pipeline) {
			p.Stages[1].OnFailure = &OnFailure{Result: "ROLLBACK", Conditions: ruled("ROLLBACK", "VariableCheck")}
		}, `The following stage cannot have a failure exit gate configured with both top level result and conditions: 'Build'`},
		{"retry mode", func(p *Pipeline) {
			p.Stages[1].OnFailure = &OnFailure{Result: "RETRY", RetryConfiguration: &RetryConfiguration{"SOME"}}
		}, `storefront/Build (onFailure.retryConfiguration.retryMode): "SOME" must be one of FAILED_ACTIONS, ALL_ACTIONS`},
		{"retry mode without retry", func(p *Pipeline) {
			p.Stages[1].OnFailure = &OnFailure{Result: "ROLLBACK", RetryConfiguration: &RetryConfiguration{"ALL_ACTIONS"}}
		}, `storefront/Build (onFailure.retryConfiguration): a retry mode needs the result RETRY`},
		{"rollback in PARALLEL", func(p *Pipeline) {
			p.ExecutionMode, p.Stages[1].OnFailure = "PARALLEL", &OnFailure{Result: "ROLLBACK"}
		}, `storefront/Build: Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.`},
		{"rollback condition in PARALLEL", func(p *Pipeline) {
			p.ExecutionMode, p.Stages[1].OnSuccess = "PARALLEL", &Conditions{ruled("ROLLBACK", "VariableCheck")}
		}, `storefront/Build: Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.`},
		{"no rules", func(p *Pipeline) { p.Stages[1].OnSuccess = &Conditions{[]Condition{{Result: "FAIL"}}} }, `storefront/Build (onSuccess): a condition must have 1 to 5 rules, not 0`},
		{"rule name twice", func(p *Pipeline) {
			c := ruled("FAIL", "VariableCheck")
			c[0].Rules = append(c[0].Rules, c[0].Rules[0])
			p.Stages[1].OnSuccess = &Conditions{c}
		}, `storefront/Build (onSuccess): rule name "Check" is used more than once`},
		{"skipping rule", func(p *Pipeline) { p.Stages[1].BeforeEntry = &Conditions{ruled("SKIP", "CloudWatchAlarm")} }, `only LambdaInvoke and VariableCheck can skip a stage, not CloudWatchAlarm`},
		{"rule type", func(p *Pipeline) {
			c := ruled("FAIL", "VariableCheck")
			c[0].Rules[0].RuleTypeID.Owner = "Custom"
			p.Stages[1].OnSuccess = &Conditions{c}
		}, `storefront/Build/Check (onSuccess.ruleTypeId): category must be Rule and owner AWS, not "Rule" and "Custom"`},
		{"rule timeout", func(p *Pipeline) {
			c := ruled("FAIL", "VariableCheck")
			c[0].Rules[0].TimeoutInMinutes = 86401
			p.Stages[1].OnSuccess = &Conditions{c}
		}, `storefront/Build/Check (timeoutInMinutes): must be 5 to 86400 minutes, not 86401`},
		{"entry rule looks ahead", func(p *Pipeline) {
			c := ruled("FAIL", "VariableCheck")
			c[0].Rules[0].Configuration = map[string]string{"Variable": "#{Build.X}"}
			p.Stages[1].BeforeEntry = &Conditions{c}
		}, `storefront/Build/Check (configuration.Variable): #{Build.X} references a namespace that does not exist before this runs; storefront/Build/Image has that namespace, but runs later`},
		{"entry rule takes in what is not there", func(p *Pipeline) {
			c := ruled("FAIL", "LambdaInvoke")
			c[0].Rules[0].InputArtifacts = []Artifact{{Name: "image"}}
			p.Stages[1].BeforeEntry = &Conditions{c}
		}, `storefront/Build/Check (inputArtifacts): artifact "image" is not there when the rule runs`},

		{"block of no stage", func(p *Pipeline) {
			p.Penstock = settings("Built", StageBlock{Actions: map[string]ActionBlock{"Image": {Timeout: 1}}})
		}, `storefront (penstock.stages): there is no stage "Built"; did you mean "Build"?`},
		{"block of no action", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Imag": {Timeout: 1}}})
		}, `storefront/Build (penstock.actions): there is no action "Imag"; did you mean "Image"?`},
		{"negative timeout", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Image": {Timeout: -1}}})
		}, `storefront/Build/Image (timeout): must be more than 0`},
		{"endless timeout", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Image": {Timeout: Duration(1441 * time.Hour)}}})
		}, `storefront/Build/Image (timeout): must be more than 0 and at most 1440h0m0s, not 1441h0m0s`},
		{"retry of an approval", func(p *Pipeline) {
			p.Penstock = settings("Deploy", StageBlock{Actions: map[string]ActionBlock{"Approve": {Retry: &Retry{Max: 1}}}})
		}, `storefront/Deploy/Approve (penstock): a manual approval has no timeout or retry of this kind`},
		{"retries", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Image": {Retry: &Retry{Max: 101}}}})
		}, `storefront/Build/Image (retry.max): must be 1 to 100 further tries, not 101`},
		{"backoff", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Image": {Retry: &Retry{Max: 1, Backoff: -1}}}})
		}, `storefront/Build/Image (retry.backoff): must be 0 to 1440h0m0s, not -1ns`},
		{"backoff above its bound", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Image": {Retry: &Retry{Max: 1, Backoff: 2, MaxBackoff: 1}}}})
		}, `storefront/Build/Image (retry.maxBackoff): 1ns is less than the first wait, 2ns`},
		{"jitter", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Image": {Retry: &Retry{Max: 1, Jitter: math.NaN()}}}})
		}, `storefront/Build/Image (retry.jitter): must be 0 to 1, not NaN`},
		{"tags", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Actions: map[string]ActionBlock{"Image": {Tags: []string{""}}}})
		}, `storefront/Build/Image (tags): must have 1 to 128 characters, not 0`},
		{"tree without an action", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Tree: &Node{Sequence: []Node{{Action: "Image"}, {Action: "Unit"}}}})
		}, `storefront/Build (penstock.tree): action "Lint" is not in the tree`},
		{"tree with an action twice", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Tree: &Node{Sequence: []Node{{Action: "Image"}, {Action: "Image"}, {Action: "Unit"}, {Action: "Lint"}}}})
		}, `storefront/Build (penstock.tree): action "Image" is in the tree more than once`},
		{"tree with a stranger", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Tree: &Node{Sequence: []Node{{Action: "Image"}, {Action: "X"}, {Action: "Unit"}, {Action: "Lint"}}}})
		}, `storefront/Build (penstock.tree): the tree holds "X", which is no action of the stage`},
		{"empty group", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Tree: &Node{Sequence: []Node{{Action: "Image"}, {}, {Action: "Unit"}, {Action: "Lint"}}}})
		}, `storefront/Build (penstock.tree): a group has no members`},
		{"a node of two kinds", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Tree: &Node{Action: "Image", Sequence: []Node{{Action: "Unit"}, {Action: "Lint"}}}})
		}, `storefront/Build (penstock.tree): a node must be one of an action, a sequence or a parallel group`},
		{"negative limit", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Tree: &Node{Limit: -1, Parallel: []Node{{Action: "Image"}, {Action: "Unit"}, {Action: "Lint"}}}})
		}, `storefront/Build (penstock.tree): the limit of a parallel group must be at least 1, not -1`},
		{"limit of a sequence", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Tree: &Node{Limit: 1, Sequence: []Node{{Action: "Image"}, {Action: "Unit"}, {Action: "Lint"}}}})
		}, `storefront/Build (penstock.tree): only a parallel group has a limit`},
		{"deep groups", func(p *Pipeline) {
			tree := Node{Sequence: []Node{{Action: "Image"}, {Action: "Unit"}, {Action: "Lint"}}}
			for range 40 {
				tree = Node{Sequence: []Node{tree}}
			}
			p.Penstock = settings("Build", StageBlock{Tree: &tree})
		}, `storefront/Build (penstock.tree): groups are nested too deeply`},
		{"tree against run orders", func(p *Pipeline) {
			p.Penstock = settings("Build", StageBlock{Tree: &Node{Sequence: []Node{{Action: "Unit"}, {Action: "Image"}, {Action: "Lint"}}}})
		}, `storefront/Build/Image (runOrder): run order 1 does not agree with the tree of the penstock block, which makes it 2`},

		{"trigger without a source", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Chekout")} }, `storefront (triggers[0]): there is no source action "Chekout"; did you mean "Checkout"?`},
		{"trigger of another action", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Image")} }, `storefront (triggers[0]): there is no source action "Image"`},
		{"two triggers of a source", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Checkout"), trigger("Checkout")} }, `storefront (triggers[1]): source action "Checkout" has another trigger`},
		{"trigger of a bucket", func(p *Pipeline) {
			p.Stages[0].Actions[0].ActionTypeID = TypeID{"Source", "AWS", "S3", "1"}
			p.Triggers = []Trigger{trigger("Checkout")}
		}, `storefront (triggers[0]): Triggers for connections must reference a CodeStarSourceConnection action.`},
		{"trigger provider", func(p *Pipeline) {
			p.Triggers = []Trigger{trigger("Checkout")}
			p.Triggers[0].ProviderType = "X"
		}, `storefront (triggers[0].providerType): "X" must be one of CodeStarSourceConnection`},
		{"tags with branches", func(p *Pipeline) {
			p.Triggers = []Trigger{trigger("Checkout", PushFilter{Tags: &Patterns{Includes: []string{"v*"}}, Branches: &Patterns{Includes: []string{"main"}}})}
		}, `storefront (triggers[0].push): tags stand alone in a filter`},
		{"paths alone", func(p *Pipeline) {
			p.Triggers = []Trigger{trigger("Checkout", PushFilter{FilePaths: &Patterns{Includes: []string{"*"}}})}
		}, `storefront (triggers[0].push): a filter needs branches or tags`},
		{"four filters", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Checkout", make([]PushFilter, 4)...)} }, `storefront (triggers[0].push): has 4 members; up to 3`},
		{"nine patterns", func(p *Pipeline) {
			p.Triggers = []Trigger{trigger("Checkout", PushFilter{Tags: &Patterns{Includes: make([]string, 9)}})}
		}, `storefront (triggers[0].push.tags.includes): has 9 members; up to 8`},
		{"no patterns", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Checkout", PushFilter{Tags: &Patterns{}})} }, `storefront (triggers[0].push.tags): needs includes or excludes`},
		{"pull request without branches", func(p *Pipeline) {
			p.Triggers = []Trigger{trigger("Checkout")}
			p.Triggers[0].GitConfiguration.PullRequest = []PullRequest{{Events: []string{"OPEN"}}}
		}, `storefront (triggers[0].pullRequest): a filter needs branches`},
		{"pull request events", func(p *Pipeline) {
			p.Triggers = []Trigger{trigger("Checkout")}
			p.Triggers[0].GitConfiguration.PullRequest = []PullRequest{{Events: []string{"OPEN", "OPEN"}, Branches: &Patterns{Includes: []string{"main"}}}}
		}, `storefront (triggers[0].pullRequest.events): OPEN is listed twice`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := base()
			test.change(&p)
			err := Validate(p, known, Limits{})
			require.ErrorContains(t, err, test.want)
			var problems Problems
			require.ErrorAs(t, err, &problems)
		})
	}
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
		{"a trigger of a custom source", func(p *Pipeline) {
			p.Triggers = []Trigger{trigger("Checkout", PushFilter{Branches: &Patterns{Includes: []string{"main"}}})}
		}},
		{"a parallel pipeline that retries", func(p *Pipeline) {
			p.ExecutionMode, p.Stages[1].OnFailure = "PARALLEL", &OnFailure{Result: "RETRY"}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := base()
			test.change(&p)
			require.NoError(t, Validate(p, known, Limits{}))
		})
	}
}

func TestValidateReportsAllProblems(t *testing.T) {
	p := base()
	p.ExecutionMode = "FAST"
	p.Stages[1].Actions[0].Configuration["Tag"] = "#{x}"
	p.Stages[2].Actions[1].InputArtifacts[0].Name = "none"
	require.EqualError(t, Validate(p, known, Limits{}), strings.TrimSpace(`
3 problems:
  storefront (executionMode): "FAST" must be one of SUPERSEDED, QUEUED, PARALLEL
  storefront/Build/Image (configuration.Tag): #{x} is not a namespace and a key separated by a period (.); write it as #{namespace.key}
  storefront/Deploy/Go (inputArtifacts): Input Artifact Bundle none in action Go is not declared as Output Artifact Bundle in any of the preceding actions; nobody puts it out
`))
}

func TestOneMistakeIsOneProblem(t *testing.T) {
	p := base()
	p.Penstock = settings("Build", StageBlock{Tree: &Node{Sequence: []Node{{Action: "Unit"}, {Action: "Lint"}}}})
	require.EqualError(t, Validate(p, known, Limits{}), `storefront/Build (penstock.tree): action "Image" is not in the tree`)
}

func TestValidateKeepsLimits(t *testing.T) {
	require.ErrorContains(t, Validate(base(), known, Limits{Stages: 2}), "up to 2 stages")
	require.ErrorContains(t, Validate(base(), known, Limits{StageActions: 2}), "up to 2 are allowed in a stage")
	require.ErrorContains(t, Validate(base(), known, Limits{ConfigurationValue: 3}), "1 to 3 characters")
}
