package penstock

import (
	"context"
	"time"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
)

// PublishedActionType is an action type that its provider built, with who runs it (spec B1, GetActionType and UpdateActionType). Either
// Function runs it or job workers do.
type PublishedActionType struct {
	Type        ActionType // its owner is AWS or ThirdParty
	Description string     // up to 1024 characters
	Properties  []ActionTypeProperty
	Inputs      ArtifactCount // 0 to 10
	Outputs     ArtifactCount // 0 to 10
	Links       ActionTypeLinks

	Function        string        // ARN of the Lambda function that runs it; empty: job workers do
	PollingAccounts []string      // accounts whose job workers may poll, up to 1000
	PollingServices []string      // service principals that may poll, up to 10
	JobTimeout      time.Duration // of one job: whole seconds, 1 minute to 12 hours; 0: not said
	PolicyTemplate  string        // IAM policy that its executor needs, up to 2048 characters
	AllowedAccounts []string      // accounts that may use it, or *; empty: not said
}

func (t PublishedActionType) stored() declared.Declaration {
	out := declared.Declaration{
		Description: t.Description, ID: t.Type.id(), InputArtifactDetails: t.Inputs.stored(), OutputArtifactDetails: t.Outputs.stored(),
		Executor: declared.ExecutorOf{PolicyStatementsTemplate: t.PolicyTemplate, JobTimeout: int(t.JobTimeout / time.Second)},
	}
	if t.Function != "" {
		out.Executor.Type, out.Executor.Configuration.Lambda = "Lambda", &declared.LambdaExecutor{LambdaFunctionArn: t.Function}
	} else {
		out.Executor.Type = "JobWorker"
		out.Executor.Configuration.JobWorker = &declared.JobWorkerExecutor{
			PollingAccounts: t.PollingAccounts, PollingServicePrincipals: t.PollingServices,
		}
	}
	if len(t.AllowedAccounts) > 0 {
		out.Permissions = &declared.Permissions{AllowedAccounts: t.AllowedAccounts}
	}
	for _, p := range t.Properties {
		out.Properties = append(out.Properties, declared.DeclaredKey{
			Name: p.Name, Description: p.Description, Optional: !p.Required, Key: p.Key, NoEcho: p.Secret, Queryable: p.Queryable,
		})
	}
	if t.Links != (ActionTypeLinks{}) {
		out.URLs = &declared.URLs{
			ConfigurationURL: t.Links.Configuration, EntityURLTemplate: t.Links.Entity,
			ExecutionURLTemplate: t.Links.Execution, RevisionURLTemplate: t.Links.Revision,
		}
	}
	return out
}

func publishedActionType(d declared.Declaration) PublishedActionType {
	out := PublishedActionType{
		Type: actionTypeOf(d.ID), Description: d.Description, Inputs: artifactCount(d.InputArtifactDetails), Outputs: artifactCount(d.OutputArtifactDetails),
		PolicyTemplate: d.Executor.PolicyStatementsTemplate, JobTimeout: time.Duration(d.Executor.JobTimeout) * time.Second,
	}
	if function := d.Executor.Configuration.Lambda; function != nil {
		out.Function = function.LambdaFunctionArn
	}
	if workers := d.Executor.Configuration.JobWorker; workers != nil {
		out.PollingAccounts, out.PollingServices = workers.PollingAccounts, workers.PollingServicePrincipals
	}
	if d.Permissions != nil {
		out.AllowedAccounts = d.Permissions.AllowedAccounts
	}
	for _, p := range d.Properties {
		out.Properties = append(out.Properties, ActionTypeProperty{
			Name: p.Name, Description: p.Description, Required: !p.Optional, Key: p.Key, Secret: p.NoEcho, Queryable: p.Queryable,
		})
	}
	if d.URLs != nil {
		out.Links = ActionTypeLinks{
			Configuration: d.URLs.ConfigurationURL, Entity: d.URLs.EntityURLTemplate,
			Execution: d.URLs.ExecutionURLTemplate, Revision: d.URLs.RevisionURLTemplate,
		}
	}
	return out
}

// PublishedActionType answers what a provider has published under a name (GetActionType). ErrActionTypeNotFound: nothing; the types that
// are the service's own have no such description.
func (e *Engine) PublishedActionType(ctx context.Context, t ActionType) (PublishedActionType, error) {
	const op = "published action type"
	s, err := e.readCatalogue(ctx, op)
	if err != nil {
		return PublishedActionType{}, err
	}
	d, err := e.known(s).Declaration(t.id())
	if err != nil {
		return PublishedActionType{}, declareError(op, t.String(), err)
	}
	return publishedActionType(d), nil
}
