package sdktest

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// scanType is an action type that is created.
func scanType() *codepipeline.CreateCustomActionTypeInput {
	return &codepipeline.CreateCustomActionTypeInput{
		Category: types.ActionCategoryTest, Provider: aws.String("Scan"), Version: aws.String("1"),
		InputArtifactDetails:  &types.ArtifactDetails{MinimumCount: 0, MaximumCount: 1},
		OutputArtifactDetails: &types.ArtifactDetails{MinimumCount: 0, MaximumCount: 0},
		Settings: &types.ActionTypeSettings{
			EntityUrlTemplate: aws.String("https://scan.example/{Config:Project}/"), ExecutionUrlTemplate: aws.String("https://scan.example/{Config:Project}/{ExternalExecutionId}/"),
		},
		ConfigurationProperties: []types.ActionConfigurationProperty{
			{Name: aws.String("Project"), Required: true, Key: true, Queryable: true, Description: aws.String("What is scanned"), Type: types.ActionConfigurationPropertyTypeString},
			{Name: aws.String("Password"), Secret: true},
		},
	}
}

func (b *bench) types(in codepipeline.ListActionTypesInput) (out []types.ActionType) {
	b.t.Helper()
	for p := codepipeline.NewListActionTypesPaginator(b.Client, &in); p.HasMorePages(); {
		page, err := p.NextPage(b.ctx)
		require.NoError(b.t, err)
		out = append(out, page.ActionTypes...)
	}
	return out
}

func named(provider string) func(types.ActionType) bool {
	return func(t types.ActionType) bool { return *t.Id.Provider == provider }
}

func TestCustomActionTypes(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{CustomActionTypes: 1}})
	in := scanType()
	in.Tags = []types.Tag{tag("team", "web")}
	created, err := b.CreateCustomActionType(b.ctx, in)
	require.NoError(t, err)
	require.Equal(t, in.Tags, created.Tags)
	require.Equal(t, in.Tags, b.tags(account+"actiontype:Custom/Test/Scan/1"))
	require.Equal(t, types.ActionOwnerCustom, created.ActionType.Id.Owner)
	require.Equal(t, in.ConfigurationProperties[0], created.ActionType.ActionConfigurationProperties[0])
	require.Equal(t, in.Settings, created.ActionType.Settings)

	listed := b.types(codepipeline.ListActionTypesInput{ActionOwnerFilter: types.ActionOwnerCustom})
	i := slices.IndexFunc(listed, named("Scan"))
	require.GreaterOrEqual(t, i, 0)
	require.Equal(t, created.ActionType.Id, listed[i].Id)
	require.True(t, slices.ContainsFunc(listed, named("Job")), "types that Go registers are listed, too")

	_, err = b.CreateCustomActionType(b.ctx, in)
	fails[*types.ValidationException](t, err)
	other := scanType()
	other.Version = aws.String("2")
	_, err = b.CreateCustomActionType(b.ctx, other)
	fails[*types.LimitExceededException](t, err)

	remove := func(version string) error {
		_, err := b.DeleteCustomActionType(b.ctx, &codepipeline.DeleteCustomActionTypeInput{Category: types.ActionCategoryTest, Provider: aws.String("Scan"), Version: &version})
		return err
	}
	require.NoError(t, remove("1"))
	require.NoError(t, remove("1"), "what is not there is no error")
	require.NoError(t, remove("7"))
	fails[*types.ValidationException](t, remove("a b"))
	require.False(t, slices.ContainsFunc(b.types(codepipeline.ListActionTypesInput{}), named("Scan")))
	_, err = b.DeleteCustomActionType(b.ctx, &codepipeline.DeleteCustomActionTypeInput{Category: types.ActionCategoryTest, Provider: aws.String("Job"), Version: aws.String("1")})
	fails[*types.ConcurrentModificationException](t, err)
}

func TestActionTypesThatCannotBe(t *testing.T) {
	b := newBench(t, penstock.Config{})
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = tag(string(rune('a'+i)), "")
	}
	for _, test := range []struct {
		name   string
		change func(in *codepipeline.CreateCustomActionTypeInput)
		fails  func(t *testing.T, err error)
	}{
		{"an approval", func(in *codepipeline.CreateCustomActionTypeInput) { in.Category = types.ActionCategoryApproval }, fails[*types.ValidationException]},
		{"six artifacts", func(in *codepipeline.CreateCustomActionTypeInput) { in.InputArtifactDetails.MaximumCount = 6 }, fails[*types.ValidationException]},
		{"a secret to poll by", func(in *codepipeline.CreateCustomActionTypeInput) { in.ConfigurationProperties[0].Secret = true }, fails[*types.ValidationException]},
		{"eleven properties", func(in *codepipeline.CreateCustomActionTypeInput) {
			for i := range 9 {
				in.ConfigurationProperties = append(in.ConfigurationProperties, types.ActionConfigurationProperty{Name: aws.String(string(rune('a' + i)))})
			}
		}, fails[*types.ValidationException]},
		{"a placeholder that is none", func(in *codepipeline.CreateCustomActionTypeInput) {
			in.Settings.EntityUrlTemplate = aws.String("{Config:Nope}")
		}, fails[*types.ValidationException]},
		{"a reserved tag", func(in *codepipeline.CreateCustomActionTypeInput) { in.Tags = []types.Tag{tag("aws:a", "")} }, fails[*types.InvalidTagsException]},
		{"a tag twice", func(in *codepipeline.CreateCustomActionTypeInput) { in.Tags = []types.Tag{tag("a", ""), tag("a", "")} }, fails[*types.InvalidTagsException]},
		{"too many tags", func(in *codepipeline.CreateCustomActionTypeInput) { in.Tags = many }, fails[*types.TooManyTagsException]},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := scanType()
			test.change(in)
			_, err := b.CreateCustomActionType(b.ctx, in)
			test.fails(t, err)
		})
	}
	require.False(t, slices.ContainsFunc(b.types(codepipeline.ListActionTypesInput{}), named("Scan")))
}

func TestListActionTypes(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{CustomActionTypes: 200}})
	for i := range 150 {
		in := scanType()
		in.Provider = aws.String("Scan" + string(rune('A'+i%26)) + string(rune('A'+i/26)))
		_, err := b.CreateCustomActionType(b.ctx, in)
		require.NoError(t, err)
	}
	all := b.types(codepipeline.ListActionTypesInput{})
	require.Greater(t, len(all), 180)
	require.Len(t, b.types(codepipeline.ListActionTypesInput{RegionFilter: aws.String(region)}), len(all))
	elsewhere := b.types(codepipeline.ListActionTypesInput{RegionFilter: aws.String("us-east-2")})
	require.Less(t, len(elsewhere), 40)
	for _, found := range elsewhere {
		require.Equal(t, types.ActionOwnerAws, found.Id.Owner, "what may be in another region than its pipeline")
		require.NotEqual(t, types.ActionCategorySource, found.Id.Category)
	}
	i := slices.IndexFunc(all, named("CodeDeployToECS"))
	require.Greater(t, len(all[i].ActionConfigurationProperties), 10, "the service's own types have more than one may create")
	require.Equal(t, int32(5), all[i].InputArtifactDetails.MaximumCount)
	i = slices.IndexFunc(all, named("GitHub"))
	require.True(t, slices.ContainsFunc(all[i].ActionConfigurationProperties, func(p types.ActionConfigurationProperty) bool { return p.Secret && *p.Name == "OAuthToken" }))

	_, err := b.ListActionTypes(b.ctx, &codepipeline.ListActionTypesInput{NextToken: aws.String("nonsense")})
	fails[*types.InvalidNextTokenException](t, err)
	_, err = b.ListActionTypes(b.ctx, &codepipeline.ListActionTypesInput{ActionOwnerFilter: "Me"})
	fails[*types.ValidationException](t, err)
}

func TestListRuleTypes(t *testing.T) {
	b := newBench(t, penstock.Config{})
	out, err := b.ListRuleTypes(b.ctx, &codepipeline.ListRuleTypesInput{RuleOwnerFilter: types.RuleOwnerAws, RegionFilter: aws.String(region)})
	require.NoError(t, err)
	require.Len(t, out.RuleTypes, 6)
	i := slices.IndexFunc(out.RuleTypes, func(r types.RuleType) bool { return *r.Id.Provider == "VariableCheck" })
	require.Equal(t, types.RuleCategoryRule, out.RuleTypes[i].Id.Category)
	require.NotEmpty(t, out.RuleTypes[i].RuleConfigurationProperties)
	_, err = b.ListRuleTypes(b.ctx, &codepipeline.ListRuleTypesInput{RuleOwnerFilter: "Me"})
	fails[*types.ValidationException](t, err)
}

// probe is what a provider publishes of its type.
func probe() *types.ActionTypeDeclaration {
	return &types.ActionTypeDeclaration{
		Description: aws.String("Probes"), Id: &types.ActionTypeIdentifier{
			Category: types.ActionCategoryTest, Owner: aws.String("ThirdParty"), Provider: aws.String("Probe"), Version: aws.String("1"),
		},
		InputArtifactDetails:  &types.ActionTypeArtifactDetails{MinimumCount: 1, MaximumCount: 10},
		OutputArtifactDetails: &types.ActionTypeArtifactDetails{MinimumCount: 0, MaximumCount: 2},
		Permissions:           &types.ActionTypePermissions{AllowedAccounts: []string{"*"}},
		Properties: []types.ActionTypeProperty{
			{Name: aws.String("Depth"), Optional: true, Description: aws.String("How deep")}, {Name: aws.String("Key"), NoEcho: true},
		},
		Urls: &types.ActionTypeUrls{ConfigurationUrl: aws.String("https://probe.example"), ExecutionUrlTemplate: aws.String("https://probe.example/{ExternalExecutionId}")},
		Executor: &types.ActionTypeExecutor{
			Type: types.ExecutorTypeLambda, JobTimeout: aws.Int32(120), PolicyStatementsTemplate: aws.String("{}"),
			Configuration: &types.ExecutorConfiguration{LambdaExecutorConfiguration: &types.LambdaExecutorConfiguration{
				LambdaFunctionArn: aws.String("arn:aws:lambda:" + region + ":123456789012:function:probe"),
			}},
		},
	}
}

func TestPublishedActionTypes(t *testing.T) {
	b := newBench(t, penstock.Config{})
	name := penstock.ActionType{Category: penstock.CategoryTest, Owner: penstock.OwnerThirdParty, Provider: "Probe", Version: "1"}
	get := func(provider string) (*types.ActionTypeDeclaration, error) {
		out, err := b.GetActionType(b.ctx, &codepipeline.GetActionTypeInput{
			Category: types.ActionCategoryTest, Owner: aws.String("ThirdParty"), Provider: &provider, Version: aws.String("1"),
		})
		if err != nil {
			return nil, err
		}
		return out.ActionType, nil
	}
	_, err := get("Probe")
	require.Equal(t, "ActionType (Category: 'Test', Owner: 'ThirdParty', Provider: 'Probe', Version: '1') is not available",
		*errorOf[*types.ActionTypeNotFoundException](t, err).Message)
	_, err = b.engine.Do(b.ctx, penstock.UpdateActionType{Publish: true, Type: penstock.PublishedActionType{
		Type: name, PollingAccounts: []string{"123456789012"}, Properties: []penstock.ActionTypeProperty{{Name: "Depth"}},
	}})
	require.NoError(t, err)
	got, err := get("Probe")
	require.NoError(t, err)
	require.Equal(t, types.ExecutorTypeJobWorker, got.Executor.Type)
	require.Equal(t, []string{"123456789012"}, got.Executor.Configuration.JobWorkerExecutorConfiguration.PollingAccounts)
	require.True(t, got.Properties[0].Optional)

	want := probe()
	_, err = b.UpdateActionType(b.ctx, &codepipeline.UpdateActionTypeInput{ActionType: want})
	require.NoError(t, err)
	got, err = get("Probe")
	require.NoError(t, err)
	require.Equal(t, want, got)

	want.Properties[0].Optional = false
	_, err = b.UpdateActionType(b.ctx, &codepipeline.UpdateActionTypeInput{ActionType: want})
	fails[*types.ValidationException](t, err)
	want.Properties[0].Optional, want.Executor.Type = true, types.ExecutorTypeJobWorker
	_, err = b.UpdateActionType(b.ctx, &codepipeline.UpdateActionTypeInput{ActionType: want})
	fails[*types.ValidationException](t, err)
	want.Executor.Type, want.Id.Provider = types.ExecutorTypeLambda, aws.String("Nope")
	_, err = b.UpdateActionType(b.ctx, &codepipeline.UpdateActionTypeInput{ActionType: want})
	fails[*types.ActionTypeNotFoundException](t, err)
	_, err = b.GetActionType(b.ctx, &codepipeline.GetActionTypeInput{Category: "Nope", Owner: aws.String("AWS"), Provider: aws.String("S3"), Version: aws.String("1")})
	fails[*types.ValidationException](t, err)
}
