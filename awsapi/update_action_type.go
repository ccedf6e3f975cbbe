package awsapi

import (
	"context"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func updateActionType(ctx context.Context, c *call, in *wire.UpdateActionTypeInput) (*none, error) {
	t, err := publishedType(in.ActionType)
	if err != nil {
		return nil, err
	}
	_, err = c.do(ctx, penstock.UpdateActionType{ID: c.command, Type: t})
	return &none{}, err
}

// publishedType is the type that a request describes.
func publishedType(in *wire.ActionTypeDeclaration) (penstock.PublishedActionType, error) {
	out := penstock.PublishedActionType{
		Type:        penstock.ActionType{Category: penstock.Category(in.Id.Category), Owner: penstock.Owner(in.Id.Owner), Provider: in.Id.Provider, Version: in.Id.Version},
		Description: in.Description, PolicyTemplate: in.Executor.PolicyStatementsTemplate, JobTimeout: time.Duration(in.Executor.JobTimeout) * time.Second,
		Inputs:  penstock.ArtifactCount{Min: in.InputArtifactDetails.MinimumCount, Max: in.InputArtifactDetails.MaximumCount},
		Outputs: penstock.ArtifactCount{Min: in.OutputArtifactDetails.MinimumCount, Max: in.OutputArtifactDetails.MaximumCount},
	}
	if err := executorOf(in.Executor, &out); err != nil {
		return out, err
	}
	if in.Permissions != nil {
		out.AllowedAccounts = in.Permissions.AllowedAccounts
	}
	if u := in.Urls; u != nil {
		out.Links = penstock.ActionTypeLinks{Configuration: u.ConfigurationUrl, Entity: u.EntityUrlTemplate, Execution: u.ExecutionUrlTemplate, Revision: u.RevisionUrlTemplate}
	}
	for _, p := range in.Properties {
		out.Properties = append(out.Properties, penstock.ActionTypeProperty{
			Name: p.Name, Required: !p.Optional, Key: p.Key, Secret: p.NoEcho, Queryable: p.Queryable, Description: p.Description,
		})
	}
	return out, nil
}

// executorOf reads who runs a type. Of the two configurations the one that the type of executor names must be there, and it alone.
func executorOf(in *wire.ActionTypeExecutor, out *penstock.PublishedActionType) error {
	function, workers := in.Configuration.LambdaExecutorConfiguration, in.Configuration.JobWorkerExecutorConfiguration
	if lambda := in.Type == wire.ExecutorTypeLambda; lambda != (function != nil) || lambda == (workers != nil) {
		return invalid("{…}", "actionType.executor.configuration", "Member must have the configuration of a "+string(in.Type)+" executor, and no other")
	}
	if function != nil {
		out.Function = function.LambdaFunctionArn
		return nil
	}
	out.PollingAccounts, out.PollingServices = workers.PollingAccounts, workers.PollingServicePrincipals
	return nil
}
