package catalogue

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

func lint() Declaration {
	return Declaration{
		Description: "Lints",
		Executor: ExecutorOf{
			Type: "Lambda", JobTimeout: 7200,
			Configuration: ExecutorConfiguration{Lambda: &LambdaExecutor{"arn:aws:lambda:eu-west-1:123456789012:function:lint"}},
		},
		ID:                   definition.TypeID{Category: "Test", Owner: "ThirdParty", Provider: "Lint", Version: "1"},
		InputArtifactDetails: ArtifactDetails{1, 10}, OutputArtifactDetails: ArtifactDetails{0, 10},
		Permissions: &Permissions{AllowedAccounts: []string{"*", "123456789012"}},
		Properties:  []DeclaredKey{{Name: "Level", Optional: true}, {Name: "Key", NoEcho: true}, {Name: "Team", Key: true, Queryable: true}},
		URLs:        &URLs{EntityURLTemplate: "https://lint.example/{Config:Team}", ConfigurationURL: "https://lint.example"},
	}
}

func TestPublishedTypes(t *testing.T) {
	c, err := Catalogue{}.Publish(lint())
	require.NoError(t, err)
	found, ok := c.Type(lint().ID)
	require.True(t, ok)
	require.Equal(t, []definition.Key{{Name: "Level"}, {Name: "Key", Required: true, Secret: true}, {Name: "Team", Required: true, Queryable: true}}, found.Keys)
	require.Equal(t, fixed(2*time.Hour), found.Timeout)
	require.Equal(t, "https://lint.example", found.Settings.ThirdPartyConfigurationURL)
	require.Error(t, found.Check("Team", "a b"))

	got, err := c.Declaration(lint().ID)
	require.NoError(t, err)
	require.Equal(t, lint(), got)
	_, err = c.Declaration(aws("Deploy", "S3"))
	requireCode(t, err, ActionTypeNotFound, "ActionType (Category: 'Deploy', Owner: 'AWS', Provider: 'S3', Version: '1') is not available")

	data, err := json.Marshal(c.Published())
	require.NoError(t, err)
	require.Contains(t, string(data), `"lambdaExecutorConfiguration":{"lambdaFunctionArn":"arn:aws:lambda`)
	var stored []Declaration
	require.NoError(t, json.Unmarshal(data, &stored))
	_, ok = New(Layers{Published: stored}).Lookup(lint().ID)
	require.True(t, ok)

	_, err = c.Publish(lint())
	requireCode(t, err, Validation, "ActionType Test/ThirdParty/Lint/1 already exists")
}

func TestUpdate(t *testing.T) {
	first, err := Catalogue{}.Publish(lint())
	require.NoError(t, err)

	d := lint()
	d.Description, d.Properties = "Lints better", append(slices.Clone(d.Properties[:2]), DeclaredKey{Name: "More", Optional: true})
	d.URLs = nil
	second, err := first.Update(d)
	require.NoError(t, err)
	got, err := second.Declaration(d.ID)
	require.NoError(t, err)
	require.Equal(t, d, got)
	require.Equal(t, []string{"Level", "Key", "More"}, keysOf(t, second, d.ID))
	got, err = first.Declaration(d.ID)
	require.NoError(t, err)
	require.Equal(t, lint(), got, "the catalogue that it began with is as it was")

	d.Properties[0].Optional = false
	_, err = first.Update(d)
	requireCode(t, err, Validation, "The property 'Level' is optional in the published action type and cannot be made required")
	d = lint()
	d.ID.Owner = "AWS"
	_, err = first.Update(d)
	requireCode(t, err, ActionTypeNotFound, "is not available")
	d.ID.Provider = "bad name"
	_, err = first.Update(d)
	requireCode(t, err, Validation, "actionType.id.provider")
}

func TestPublishRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(d *Declaration)
		want   string
	}{
		{"a custom owner", func(d *Declaration) { d.ID.Owner = "Custom" }, "Value 'Custom' at 'actionType.id.owner' failed to satisfy constraint: Member must satisfy enum value set: [AWS, ThirdParty]"},
		{"a category that is none", func(d *Declaration) { d.ID.Category = "Rule" }, "actionType.id.category"},
		{"a long description", func(d *Declaration) { d.Description = strings.Repeat("x", 1025) }, "actionType.description"},
		{"an executor of another type", func(d *Declaration) { d.Executor.Type = "Container" }, "Member must satisfy enum value set: [JobWorker, Lambda]"},
		{"no function", func(d *Declaration) { d.Executor.Configuration.Lambda = nil }, "'actionType.executor.configuration.lambdaExecutorConfiguration' failed to satisfy constraint: Member must not be null"},
		{"no workers", func(d *Declaration) { d.Executor.Type = "JobWorker" }, "jobWorkerExecutorConfiguration' failed to satisfy constraint: Member must not be null"},
		{"a function that is none", func(d *Declaration) { d.Executor.Configuration.Lambda.LambdaFunctionArn = "f" }, "lambdaFunctionArn' failed to satisfy constraint: Member must satisfy regular expression pattern"},
		{"an account that is none", func(d *Declaration) {
			d.Executor.Type, d.Executor.Configuration.JobWorker = "JobWorker", &JobWorkerExecutor{PollingAccounts: []string{"12"}}
		}, "Value '12' at 'actionType.executor.configuration.jobWorkerExecutorConfiguration.pollingAccounts.1.member'"},
		{"too many accounts", func(d *Declaration) {
			d.Executor.Type, d.Executor.Configuration.JobWorker = "JobWorker", &JobWorkerExecutor{PollingAccounts: slices.Repeat([]string{"123456789012"}, 1001)}
		}, "pollingAccounts' failed to satisfy constraint: Member must have length less than or equal to 1000"},
		{"too many principals", func(d *Declaration) {
			d.Executor.Type, d.Executor.Configuration.JobWorker = "JobWorker", &JobWorkerExecutor{PollingServicePrincipals: make([]string, 11)}
		}, "pollingServicePrincipals"},
		{"a short job", func(d *Declaration) { d.Executor.JobTimeout = 59 }, "Member must have value greater than or equal to 60"},
		{"a long job", func(d *Declaration) { d.Executor.JobTimeout = 43201 }, "Member must have value less than or equal to 43200"},
		{"a long policy", func(d *Declaration) { d.Executor.PolicyStatementsTemplate = strings.Repeat("x", 2049) }, "policyStatementsTemplate"},
		{"eleven artifacts", func(d *Declaration) { d.InputArtifactDetails.MaximumCount = 11 }, "Member must have value less than or equal to 10"},
		{"a range upside down", func(d *Declaration) { d.OutputArtifactDetails = ArtifactDetails{2, 1} }, "outputArtifactDetails: minimumCount 2 is more than maximumCount 1"},
		{"an allowed account that is none", func(d *Declaration) { d.Permissions.AllowedAccounts[1] = "**" }, "allowedAccounts.2.member"},
		{"eleven properties", func(d *Declaration) { d.Properties = make([]DeclaredKey, 11) }, "'actionType.properties' failed"},
		{"a long name", func(d *Declaration) { d.Properties[0].Name = strings.Repeat("x", 51) }, "actionType.properties.1.member.name"},
		{"a long property", func(d *Declaration) { d.Properties[0].Description = strings.Repeat("x", 251) }, "Member must have length less than or equal to 250"},
		{"a queryable that is optional", func(d *Declaration) { d.Properties[2].Optional = true }, "must be required and must not be secret"},
		{"a long link", func(d *Declaration) { d.URLs.ConfigurationURL = strings.Repeat("x", 2049) }, "actionType.urls"},
		{"a placeholder for a secret", func(d *Declaration) { d.URLs.EntityURLTemplate = "{Config:Key}" }, "names a secret"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := lint()
			test.change(&d)
			c, err := Catalogue{}.Publish(d)
			requireCode(t, err, Validation, test.want)
			require.Empty(t, c.Published())
		})
	}
}
