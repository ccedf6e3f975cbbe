package definition

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// stored has one artifact store in the pipeline's region.
func stored(p *Pipeline) { p.ArtifactStore = &ArtifactStore{Type: "S3", Location: "bucket"} }

// deployIn has the action Go be one of the service, in a region.
func deployIn(region string) func(p *Pipeline) {
	return func(p *Pipeline) {
		p.Stages[2].Actions[1].ActionTypeID = service("Deploy", "EKS")
		p.Stages[2].Actions[1].Region = region
	}
}

// TestA9 has a row for every row of the specification's table of validation errors, but for the two that are judged where a pipeline is
// created: TestA9OfTheStore has those.
func TestA9(t *testing.T) {
	world := Options{Catalogue: known, Region: "eu-west-1"}
	for _, test := range []struct {
		row
		options func(o *Options)
	}{
		{row{"constraint of the model", func(p *Pipeline) { p.Name = strings.Repeat("x", 101) }, ValidationError, "' at 'pipeline.name' failed to satisfy constraint: Member must have length less than or equal to 100; write 1 to 100"}, nil},
		{row{"service role cannot be assumed", func(p *Pipeline) { p.RoleArn = anyRole }, InvalidStructure, `storefront (roleArn): CodePipeline is not authorized to perform AssumeRole on role ` + anyRole}, func(o *Options) { o.CanAssume = func(_, _ string) bool { return false } }},
		{row{"action role cannot be assumed", func(p *Pipeline) {
			p.RoleArn, p.Stages[2].Actions[1].RoleArn = anyRole, anyRole+"2"
			deployIn("")(p)
		}, InvalidStructure, `storefront/Deploy/Go (roleArn): ` + anyRole + ` is not authorized to perform AssumeRole on role ` + anyRole + `2`}, func(o *Options) { o.CanAssume = func(by, _ string) bool { return by == "" } }},
		{row{"rule role cannot be assumed", gated(func(r *Rule) { r.RoleArn = anyRole }), InvalidStructure, `storefront/Build (onSuccess.conditions[0].rules[0].roleArn):  is not authorized to perform AssumeRole on role ` + anyRole}, func(o *Options) { o.CanAssume = func(_, _ string) bool { return false } }},
		{row{"fewer than 2 stages", func(p *Pipeline) { p.Stages = p.Stages[:1] }, InvalidStructure, `storefront (stages): Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline; add a stage`}, nil},
		{row{"more than 50 stages", func(p *Pipeline) { p.Stages = append(p.Stages, make([]Stage, 48)...) }, InvalidStructure, `storefront (stages): Pipeline has too many stages. There can only be up to 50 stages in a pipeline; `}, nil},
		{row{"non-source action in the first stage", func(p *Pipeline) { p.Stages[0].Actions[0].ActionTypeID.Category = "Build" }, InvalidStructure, `storefront/Source/Checkout: Pipeline should start with a stage that only contains source actions; move it to a later stage`}, nil},
		{row{"first stage without source", func(p *Pipeline) { p.Stages[0].Actions = nil }, InvalidStructure, `storefront/Source: Pipeline should start with a stage that only contains source actions`}, nil},
		{row{"source action in a later stage", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Category = "Source" }, InvalidStructure, `storefront/Build/Image: Source actions can only be included in the first stage of the pipeline; move it to the first stage`}, nil},
		{row{"only source actions", func(p *Pipeline) {
			p.Stages = append(p.Stages[:1], Stage{Name: "More", Actions: p.Stages[0].Actions})
		}, InvalidStructure, `storefront (stages): Pipeline should contain at least 1 action whose category is not Source`}, nil},
		{row{"duplicate stage name", func(p *Pipeline) { p.Stages[2].Name = "Build" }, InvalidStage, `storefront/Build (name): Stage name 'Build' is used more than once; give one of them another name`}, nil},
		{row{"duplicate action name in a stage", func(p *Pipeline) { p.Stages[1].Actions[2].Name = "Unit" }, InvalidAction, `storefront/Build/Unit (name): Action name 'Unit' is used more than once in stage 'Build'; give one of them another name`}, nil},
		{row{"stage without actions", func(p *Pipeline) { p.Stages[2].Actions = nil }, InvalidStage, `storefront/Deploy (actions): Stage 'Deploy' has no actions; add an action or remove the stage`}, nil},
		{row{"unknown action type", func(p *Pipeline) { p.Stages[2].Actions[1].ActionTypeID = service("Deploy", "X") }, InvalidAction, `storefront/Deploy/Go (actionTypeId): ActionType (Category: 'Deploy', Provider: 'X', Owner: 'AWS', Version: '1') in action 'Go' is not available in region 'EU_WEST_1'; register it, or correct its name`}, nil},
		{row{"unknown action type, region unknown", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Version = "2" }, InvalidAction, `in action 'Image' is not available; register it`}, func(o *Options) { o.Region = "" }},
		{row{"wrong category", func(p *Pipeline) { p.Stages[2].Actions[1].ActionTypeID.Category = "Test" }, InvalidAction, `ActionType (Category: 'Test', Provider: 'Acme', Owner: 'Custom', Version: '1') in action 'Go' is not available`}, nil},
		{row{"missing required configuration key", func(p *Pipeline) { p.Stages[2].Actions[1].Configuration = nil }, InvalidAction, `storefront/Deploy/Go (configuration.Environment): Action configuration for action 'Go' is missing required configuration 'Environment'; set Environment`}, nil},
		{row{"unknown configuration key", func(p *Pipeline) { p.Stages[2].Actions[1].Configuration["Enviroment"] = "x" }, InvalidAction, `storefront/Deploy/Go (configuration.Enviroment): Action configuration for action 'Go' contains unknown configuration 'Enviroment'; did you mean "Environment"?`}, nil},
		{row{"too few input artifacts", func(p *Pipeline) { p.Stages[2].Actions[1].InputArtifacts = nil }, InvalidAction, `storefront/Deploy/Go (inputArtifacts): Action Go declares 0 input artifacts which is less than the minimum count (1); declare 1`}, nil},
		{row{"too many input artifacts", func(p *Pipeline) {
			p.Stages[2].Actions[1].InputArtifacts = []Artifact{{Name: "image"}, {Name: "code"}}
		}, InvalidAction, `storefront/Deploy/Go (inputArtifacts): Action Go declares 2 input artifacts which is more than the maximum count (1); declare 1`}, nil},
		{row{"too few output artifacts", func(p *Pipeline) { p.Stages[0].Actions[0].OutputArtifacts = nil }, InvalidAction, `storefront/Source/Checkout (outputArtifacts): Action Checkout declares 0 output artifacts which is less than the minimum count (1)`}, nil},
		{row{"too many output artifacts", func(p *Pipeline) { p.Stages[1].Actions[0].OutputArtifacts = []Artifact{{Name: "image"}, {Name: "y"}} }, InvalidAction, `storefront/Build/Image (outputArtifacts): Action Image declares 2 output artifacts which is more than the maximum count (1); declare 0 to 1`}, nil},
		{row{"input that nobody produces", func(p *Pipeline) { p.Stages[2].Actions[1].InputArtifacts[0].Name = "imgae" }, InvalidAction, `storefront/Deploy/Go (inputArtifacts[0]): Input Artifact Bundle imgae in action Go is not declared as Output Artifact Bundle in any of the preceding actions; nobody puts it out; did you mean "image"?`}, nil},
		{row{"input of a later action", func(p *Pipeline) { p.Stages[1].Actions[0].InputArtifacts[0].Name = "report" }, InvalidAction, `storefront/Build/Lint puts it out, but runs later`}, nil},
		{row{"input of an action of equal run order", func(p *Pipeline) { p.Stages[1].Actions[1].InputArtifacts[0].Name = "report" }, InvalidAction, `storefront/Build/Unit (inputArtifacts[0]): Input Artifact Bundle report in action Unit is not declared as Output Artifact Bundle in any of the preceding actions; storefront/Build/Lint puts it out, but runs in parallel with it: put them in a sequence`}, nil},
		{row{"input of a later stage", func(p *Pipeline) { p.Stages[0].Actions[0].InputArtifacts = []Artifact{{Name: "image"}} }, InvalidAction, `storefront/Build/Image puts it out, but runs later`}, nil},
		{row{"input of the action itself", func(p *Pipeline) { p.Stages[1].Actions[0].InputArtifacts[0].Name = "image" }, InvalidAction, `storefront/Build/Image puts it out itself`}, nil},
		{row{"duplicate output artifact name", func(p *Pipeline) { p.Stages[1].Actions[2].OutputArtifacts[0].Name = "image" }, InvalidAction, `storefront/Build/Lint (outputArtifacts[0]): Output Artifact Bundle image in action Lint is put out by storefront/Build/Image already; give each output a name of its own`}, nil},
		{row{"duplicate output artifact name in one action", func(p *Pipeline) {
			p.Stages[1].Actions[2].OutputArtifacts = []Artifact{{Name: "report"}, {Name: "report"}}
		}, InvalidAction, `storefront/Build/Lint (outputArtifacts[1]): Output Artifact Bundle report in action Lint is put out by storefront/Build/Lint already`}, nil},
		{row{"Commands action without commands", func(p *Pipeline) {
			p.Stages[1].Actions[1].ActionTypeID = service("Compute", "Commands")
		}, InvalidAction, `storefront/Build/Unit (commands): Action Unit must have a non-empty commands field; add the commands to run`}, nil},
		{row{"Commands action without commands, types unknown", func(p *Pipeline) {
			p.Stages[1].Actions[1].ActionTypeID = service("Compute", "Commands")
		}, InvalidAction, `Action Unit must have a non-empty commands field`}, func(o *Options) { o.Catalogue = nil }},
		{row{"action role on another owner", func(p *Pipeline) { p.Stages[1].Actions[0].RoleArn = anyRole }, InvalidAction, `storefront/Build/Image (roleArn): Action Image with owner Custom contains roleArn. Role ARN is not supported for actions with owner other than 'AWS'; remove it`}, nil},
		{row{"cross-region action with a single store", func(p *Pipeline) { stored(p); deployIn("us-east-1")(p) }, InvalidStructure, `storefront (artifactStore): Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of 'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region where you have an action.; give artifactStores eu-west-1, us-east-1`}, nil},
		{row{"cross-region actions, region unknown", func(p *Pipeline) {
			stored(p)
			deployIn("us-east-1")(p)
			p.Stages[1].Actions[1].ActionTypeID, p.Stages[1].Actions[1].Region = service("Deploy", "EKS"), "us-west-2"
		}, InvalidStructure, `give artifactStores us-east-1, us-west-2`}, func(o *Options) { o.Region = "" }},
		{row{"artifactStores lacks the pipeline's region", func(p *Pipeline) {
			deployIn("us-east-1")(p)
			p.ArtifactStores = map[string]ArtifactStore{"us-east-1": {Type: "S3", Location: "bucket"}}
		}, InvalidStructure, `storefront (artifactStores): There is no artifact store for region eu-west-1; add artifactStores.eu-west-1`}, nil},
		{row{"artifactStores lacks an action's region", func(p *Pipeline) {
			deployIn("us-east-1")(p)
			p.ArtifactStores = map[string]ArtifactStore{"eu-west-1": {Type: "S3", Location: "bucket"}}
		}, InvalidStructure, `storefront (artifactStores): There is no artifact store for region us-east-1; add artifactStores.us-east-1`}, nil},
		{row{"source in another region", func(p *Pipeline) { p.Stages[0].Actions[0].Region = "us-east-1" }, InvalidAction, `storefront/Source/Checkout (region): Action Checkout of category Source and owner Custom must be in the region of its pipeline, eu-west-1; remove it`}, nil},
		{row{"source of the service in another region", func(p *Pipeline) {
			p.Stages[0].Actions[0].ActionTypeID, p.Stages[0].Actions[0].Region = service("Source", "S3"), "us-east-1"
		}, InvalidAction, `Action Checkout of category Source and owner AWS must be in the region of its pipeline, eu-west-1; remove it`}, nil},
		{row{"custom action in another region", func(p *Pipeline) { p.Stages[2].Actions[1].Region = "us-east-1" }, InvalidAction, `storefront/Deploy/Go (region): Action Go of category Deploy and owner Custom must be in the region of its pipeline`}, nil},
		{row{"both stores", func(p *Pipeline) {
			stored(p)
			p.ArtifactStores = map[string]ArtifactStore{"eu-west-1": {Type: "S3", Location: "bucket"}}
		}, InvalidStructure, `storefront (artifactStore): A pipeline can have artifactStore or artifactStores, not both; keep one of the two`}, nil},
		{row{"neither store", func(*Pipeline) {}, InvalidStructure, `storefront (artifactStore): A pipeline must have artifactStore or artifactStores; add artifactStore`}, func(o *Options) { o.Strict = true }},
		{row{"V1 + variables", func(p *Pipeline) { p.PipelineType = "V1" }, InvalidStructure, `storefront (variables): Pipeline variable can only be used with V2 pipelines; set pipelineType to V2`}, nil},
		{row{"V1 + triggers", func(p *Pipeline) { p.PipelineType, p.Triggers = "V1", []Trigger{trigger("Checkout")} }, InvalidStructure, `storefront (triggers): Triggers on tag can only be used with V2 pipelines; set pipelineType to V2`}, nil},
		{row{"V1 + QUEUED", func(p *Pipeline) { p.PipelineType = "V1" }, InvalidStructure, `storefront (executionMode): QUEUED or PARALLEL mode can only be used with V2 pipelines; set pipelineType to V2`}, nil},
		{row{"V1 + PARALLEL", func(p *Pipeline) { p.PipelineType, p.ExecutionMode = "V1", "PARALLEL" }, InvalidStructure, `storefront (executionMode): QUEUED or PARALLEL mode can only be used with V2 pipelines`}, nil},
		{row{"V1 + beforeEntry", func(p *Pipeline) {
			p.PipelineType, p.Stages[1].BeforeEntry = "V1", &Conditions{ruled("FAIL", "VariableCheck")}
		}, InvalidStage, `storefront/Build: Stage level conditions can only be used with V2 pipelines.; set pipelineType to V2`}, nil},
		{row{"V1 + onSuccess", func(p *Pipeline) {
			p.PipelineType, p.Stages[1].OnSuccess = "V1", &Conditions{ruled("FAIL", "VariableCheck")}
		}, InvalidStage, `Stage level conditions can only be used with V2 pipelines.`}, nil},
		{row{"V1 + onFailure", func(p *Pipeline) { p.PipelineType, p.Stages[1].OnFailure = "V1", &OnFailure{Result: "RETRY"} }, InvalidStage, `Stage level conditions can only be used with V2 pipelines.`}, nil},
		{row{"V1 + V2-only provider", func(p *Pipeline) { p.PipelineType = "V1"; deployIn("")(p) }, InvalidAction, `storefront/Deploy/Go (actionTypeId): EKS Action can only be used with V2 pipelines.; set pipelineType to V2`}, nil},
		{row{"duplicate variable name", func(p *Pipeline) { p.Variables = append(p.Variables, p.Variables[0]) }, InvalidStructure, `storefront (variables[1].name): Variable names must be unique. The following variable name is already in use: Region`}, nil},
		{row{"trigger source action missing", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Chekout")} }, InvalidStructure, `storefront (triggers[0].gitConfiguration.sourceActionName): Triggers for connections must reference a CodeStarSourceConnection action.; there is no source action "Chekout"; did you mean "Checkout"?`}, nil},
		{row{"trigger of an action that is no source", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Image")} }, InvalidStructure, `Triggers for connections must reference a CodeStarSourceConnection action.; there is no source action "Image"`}, nil},
		{row{"trigger source not a connection", func(p *Pipeline) {
			p.Stages[0].Actions[0].ActionTypeID = service("Source", "S3")
			p.Triggers = []Trigger{trigger("Checkout")}
		}, InvalidStructure, `Triggers for connections must reference a CodeStarSourceConnection action.; source action "Checkout" is of provider S3: name one of a connection, or remove the trigger`}, nil},
		{row{"trigger source custom, strictly", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Checkout")} }, InvalidStructure, `Triggers for connections must reference a CodeStarSourceConnection action.; source action "Checkout" is of provider Git`}, func(o *Options) { o.Strict = true }},
		{row{"two triggers for one action", func(p *Pipeline) { p.Triggers = []Trigger{trigger("Checkout"), trigger("Checkout")} }, InvalidStructure, `storefront (triggers[1].gitConfiguration.sourceActionName): Triggers for connections must reference a CodeStarSourceConnection action.; source action "Checkout" has another trigger: put their filters into one`}, nil},
		{row{"PARALLEL + rollback result", func(p *Pipeline) {
			p.ExecutionMode, p.Stages[1].OnFailure = "PARALLEL", &OnFailure{Result: "ROLLBACK"}
		}, InvalidStage, `storefront/Build (onFailure.result): Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.; use another mode or another result`}, nil},
		{row{"PARALLEL + rollback condition", func(p *Pipeline) {
			p.ExecutionMode, p.Stages[1].OnSuccess = "PARALLEL", &Conditions{ruled("ROLLBACK", "VariableCheck")}
		}, InvalidStage, `storefront/Build (onSuccess.conditions[0].result): Failure conditions with rollback result type cannot be added to a PARALLEL pipeline.`}, nil},
		{row{"onFailure result and conditions", func(p *Pipeline) {
			p.Stages[1].OnFailure = &OnFailure{Result: "ROLLBACK", Conditions: ruled("ROLLBACK", "VariableCheck")}
		}, InvalidStage, `storefront/Build (onFailure): The following stage cannot have a failure exit gate configured with both top level result and conditions: 'Build'; keep one of the two`}, nil},
		{row{"SKIP with another rule", func(p *Pipeline) { p.Stages[1].BeforeEntry = &Conditions{ruled("SKIP", "CloudWatchAlarm")} }, InvalidStage, `storefront/Build (beforeEntry.conditions[0].rules[0].ruleTypeId.provider): Rule 'Check': only LambdaInvoke and VariableCheck can skip a stage, not CloudWatchAlarm`}, nil},
		{row{"reference to an unknown namespace", func(p *Pipeline) { p.Stages[1].Actions[0].Configuration["Tag"] = "#{Gti.CommitId}" }, InvalidAction, "storefront/Build/Image (configuration.Tag): Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). The following pipeline execution variables are referencing a namespace that does not exist.\nStageName=[Build], ActionName=[Image], ActionConfigurationKey=[Tag], VariableReferenceText=[Gti.CommitId]; nobody has that namespace; did you mean \"Git\"?"}, nil},
		{row{"reference to the namespace of a later action", func(p *Pipeline) {
			p.Stages[2].Actions[1].Namespace = "Late"
			p.Stages[1].Actions[0].Configuration["Tag"] = "#{Late.X}"
		}, InvalidAction, `VariableReferenceText=[Late.X]; storefront/Deploy/Go has that namespace, but runs later`}, nil},
		{row{"undeclared pipeline variable", func(p *Pipeline) { p.Stages[2].Actions[1].Configuration["Environment"] = "#{variables.Regoin}" }, InvalidStructure, `storefront/Deploy/Go (configuration.Environment): The referenced variables haven't been declared.`}, nil},
		{row{"pipeline variable in a source action", func(p *Pipeline) {
			p.Stages[0].Actions[0].Configuration = map[string]string{"Depth": "#{variables.Region}"}
		}, InvalidStructure, `storefront/Source/Checkout (configuration.Depth): Variables at the pipeline level cannot be used in source actions.`}, nil},
		{row{"duplicate namespace", func(p *Pipeline) { p.Stages[2].Actions[1].Namespace = "Build" }, InvalidAction, `storefront/Deploy/Go (namespace): Namespace 'Build' of action 'Go' is in use by storefront/Build/Image; give it another namespace`}, nil},
		{row{"namespace equal to an artifact name", func(p *Pipeline) { p.Stages[2].Actions[1].Namespace = "code" }, InvalidAction, `storefront/Deploy/Go (namespace): Namespace 'code' of action 'Go' is the name of an artifact too`}, nil},
		{row{"namespace codepipeline", func(p *Pipeline) { p.Stages[2].Actions[1].Namespace = "codepipeline" }, InvalidAction, `storefront/Deploy/Go (namespace): Namespace 'codepipeline' of action 'Go' is reserved`}, nil},
		{row{"namespace variables while reserved", func(p *Pipeline) { p.Stages[2].Actions[1].Namespace = "variables" }, InvalidAction, `storefront/Deploy/Go (namespace): Namespace 'variables' of action 'Go' is reserved`}, nil},
		{row{"NotificationArn malformed", notified("topic"), InvalidAction, `storefront/Deploy/Approve (configuration.NotificationArn): Action Approve has a NotificationArn that is not an ARN; write arn:aws:sns:REGION:ACCOUNT:TOPIC`}, nil},
		{row{"NotificationArn not SNS", notified("arn:aws:sqs:eu-west-1:123456789012:topic"), InvalidAction, `storefront/Deploy/Approve (configuration.NotificationArn): Action Approve has a NotificationArn that is not of an SNS topic`}, nil},
		{row{"NotificationArn in another region", notified("arn:aws:sns:us-east-1:123456789012:topic"), InvalidAction, `Action Approve has a NotificationArn in region us-east-1: the topic must be in the region of the pipeline; use a topic in eu-west-1`}, nil},
		{row{"blockers malformed: name", func(p *Pipeline) { p.Stages[1].Blockers = []Blocker{{"", "Schedule"}} }, InvalidBlocker, `storefront/Build (blockers[0].name): The name of a blocker has 0 characters; write 1 to 100 characters`}, nil},
		{row{"blockers malformed: type", func(p *Pipeline) { p.Stages[1].Blockers = []Blocker{{"Night", "Moon"}} }, InvalidBlocker, `storefront/Build (blockers[0].type): Blocker 'Night' has the unknown type 'Moon'; write Schedule`}, nil},
		{row{"blockers malformed: twice", func(p *Pipeline) { p.Stages[1].Blockers = []Blocker{{"Night", "Schedule"}, {"Night", "Schedule"}} }, InvalidBlocker, `storefront/Build (blockers[1].name): Blocker name 'Night' is used more than once`}, nil},
	} {
		o := world
		if test.options != nil {
			test.options(&o)
		}
		test.check(t, o)
	}
}

func notified(arn string) func(p *Pipeline) {
	return func(p *Pipeline) { p.Stages[2].Actions[0].Configuration = map[string]string{"NotificationArn": arn} }
}

func TestA9Tags(t *testing.T) {
	many := map[string]string{}
	for i := range 51 {
		many[strings.Repeat("k", i+1)] = ""
	}
	for _, test := range []struct {
		name string
		tags map[string]string
		kind Exception
		want string
	}{
		{"more than 50", many, TooManyTags, "arn:p (tags): Tag limit exceeded for resource [arn:p].; keep up to 50, not 51"},
		{"key starts aws:", map[string]string{"AWS:x": ""}, InvalidTags, "arn:p (tags.AWS:x): The tag key 'AWS:x' begins with aws:, which is reserved; choose another key"},
		{"key of 0 characters", map[string]string{"": ""}, ValidationError, "write 1 to 128 characters"},
		{"key of 129 characters", map[string]string{strings.Repeat("ä", 129): ""}, ValidationError, "write 1 to 128 characters"},
		{"value of 257 characters", map[string]string{"k": strings.Repeat("ä", 257)}, ValidationError, "less than or equal to 256; write up to 256 characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var findings Findings
			require.ErrorAs(t, CheckTags("arn:p", test.tags), &findings)
			require.Equal(t, test.kind, findings[0].Kind)
			require.Contains(t, findings[0].String(), test.want)
		})
	}
	require.NoError(t, CheckTags("arn:p", map[string]string{strings.Repeat("ä", 128): strings.Repeat("ä", 256)}))
	require.NoError(t, CheckTags("arn:p", nil))
}

func TestTheWorldIsAskedAboutWellFormedRolesOnly(t *testing.T) {
	p := base()
	p.RoleArn = "x"
	deployIn("eu-west-1")(&p)
	p.Stages[2].Actions[1].RoleArn = "y"
	asked := []string{}
	err := ValidateWith(p, Options{CanAssume: func(_, role string) bool { asked = append(asked, role); return false }})
	require.Error(t, err)
	require.Empty(t, asked)
	p.RoleArn, p.Stages[2].Actions[1].RoleArn = anyRole, anyRole
	require.NoError(t, ValidateWith(p, Options{
		CanAssume: func(by, role string) bool { asked = append(asked, by+" "+role); return true }, Region: "eu-west-1",
	}))
	require.Equal(t, []string{" " + anyRole, anyRole + " " + anyRole}, asked)
}

func TestStrictAcceptsWhatTheServiceDoes(t *testing.T) {
	p := base()
	stored(&p)
	p.RoleArn = anyRole
	require.NoError(t, ValidateWith(p, Options{Strict: true, Region: "eu-west-1"}))
	p.ArtifactStore, p.ArtifactStores = nil, map[string]ArtifactStore{"eu-west-1": {Type: "S3", Location: "one"}, "us-east-1": {Type: "S3", Location: "two"}}
	deployIn("us-east-1")(&p)
	require.NoError(t, ValidateWith(p, Options{Strict: true, Region: "eu-west-1"}))
	p.Stages[1].Actions = slices.Clone(p.Stages[1].Actions)
	p.RoleArn = ""
	require.ErrorContains(t, ValidateWith(p, Options{Strict: true}), "storefront (roleArn): Value null at 'pipeline.roleArn' failed to satisfy constraint: Member must not be null")
	p.RoleArn, p.Stages[2].Actions[1].Configuration["Environment"] = anyRole, strings.Repeat("x", 1001)
	require.ErrorContains(t, ValidateWith(p, Options{Strict: true}), "[Member must have length less than or equal to 1000, Member must have length greater than or equal to 1]")
	require.NoError(t, ValidateWith(p, Options{}))
}
