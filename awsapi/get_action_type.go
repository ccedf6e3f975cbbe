package awsapi

import (
	"context"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func getActionType(ctx context.Context, c *call, in *wire.GetActionTypeInput) (*wire.GetActionTypeOutput, error) {
	t, err := c.engine.PublishedActionType(ctx, penstock.ActionType{
		Category: penstock.Category(in.Category), Owner: penstock.Owner(in.Owner), Provider: in.Provider, Version: in.Version,
	})
	if err != nil {
		return nil, err
	}
	return &wire.GetActionTypeOutput{ActionType: published(t)}, nil
}

// published is what a provider has published of its type, as clients see it.
func published(t penstock.PublishedActionType) *wire.ActionTypeDeclaration {
	out := &wire.ActionTypeDeclaration{
		Description: t.Description, Properties: []wire.ActionTypeProperty{}, Executor: typeExecutor(t),
		Id: &wire.ActionTypeIdentifier{Category: wire.ActionCategory(t.Type.Category), Owner: string(t.Type.Owner), Provider: t.Type.Provider, Version: t.Type.Version},

		InputArtifactDetails:  &wire.ActionTypeArtifactDetails{MinimumCount: t.Inputs.Min, MaximumCount: t.Inputs.Max},
		OutputArtifactDetails: &wire.ActionTypeArtifactDetails{MinimumCount: t.Outputs.Min, MaximumCount: t.Outputs.Max},
	}
	if len(t.AllowedAccounts) > 0 {
		out.Permissions = &wire.ActionTypePermissions{AllowedAccounts: t.AllowedAccounts}
	}
	if l := t.Links; l != (penstock.ActionTypeLinks{}) {
		out.Urls = &wire.ActionTypeUrls{ConfigurationUrl: l.Configuration, EntityUrlTemplate: l.Entity, ExecutionUrlTemplate: l.Execution, RevisionUrlTemplate: l.Revision}
	}
	for _, p := range t.Properties {
		out.Properties = append(out.Properties, wire.ActionTypeProperty{
			Name: p.Name, Optional: !p.Required, Key: p.Key, NoEcho: p.Secret, Queryable: p.Queryable, Description: p.Description,
		})
	}
	return out
}

func typeExecutor(t penstock.PublishedActionType) *wire.ActionTypeExecutor {
	out := &wire.ActionTypeExecutor{
		Type: wire.ExecutorTypeJobWorker, PolicyStatementsTemplate: t.PolicyTemplate, JobTimeout: int(t.JobTimeout / time.Second), Configuration: &wire.ExecutorConfiguration{},
	}
	if t.Function != "" {
		out.Type = wire.ExecutorTypeLambda
		out.Configuration.LambdaExecutorConfiguration = &wire.LambdaExecutorConfiguration{LambdaFunctionArn: t.Function}
		return out
	}
	out.Configuration.JobWorkerExecutorConfiguration = &wire.JobWorkerExecutorConfiguration{
		PollingAccounts: t.PollingAccounts, PollingServicePrincipals: t.PollingServices,
	}
	return out
}
