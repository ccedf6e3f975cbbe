package catalogue

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Modes of a CloudFormation action (spec D3).
const (
	createUpdate  = "CREATE_UPDATE"
	deleteOnly    = "DELETE_ONLY"
	replaceFailed = "REPLACE_ON_FAILURE"
	makeChanges   = "CHANGE_SET_REPLACE"
	applyChanges  = "CHANGE_SET_EXECUTE"
)

// Percentages of a stack set's operation.
var (
	tolerance   = definition.Key{Name: "FailureTolerancePercentage", Kind: definition.Number, Description: "percentage of accounts that may fail in a region"}
	concurrency = definition.Key{Name: "MaxConcurrentPercentage", Kind: definition.Number, Description: "percentage of accounts at once"}

	percentages = formats{"FailureTolerancePercentage": whole(0, 100), "MaxConcurrentPercentage": whole(1, 100)}
)

// stacks are the CloudFormation types of spec D3. The three days are those of the provider CloudFormation alone (spec F).
var stacks = []Type{
	{
		ID: aws("Deploy", "CloudFormation"), Timeout: fixed(3 * day),
		About: "Creates, updates or deletes a stack, or makes or executes a change set; its variables are the stack's outputs, but not when it deletes.",
		TypeInfo: definition.TypeInfo{
			Inputs: from(0, 10), Outputs: from(0, 1), OpenVariables: true,
			Keys: []definition.Key{
				{
					Name: "ActionMode", Required: true, Values: []string{createUpdate, deleteOnly, replaceFailed, makeChanges, applyChanges},
					Description: "what is done with the stack or its change set",
				},
				{Name: "StackName", Required: true, Description: "stack"},
				{Name: "TemplatePath", Description: "the template, as Artifact::file"},
				{Name: "RoleArn", Description: "ARN of the role that CloudFormation assumes"},
				{Name: "ChangeSetName", Description: "change set"},
				{Name: "Capabilities", Description: "capabilities such as CAPABILITY_IAM, joined by commas"},
				{Name: "TemplateConfiguration", Description: "parameters, tags and stack policy, as Artifact::file"},
				{Name: "ParameterOverrides", Description: "JSON object of parameters, up to 1 KB"},
				{Name: "OutputFileName", Description: "file of the output artifact that gets the stack's outputs"},
			},
			Check: formats{"ParameterOverrides": jsonObject(1024)}.check,
		},
		Needs: []Need{
			need(either("ActionMode", createUpdate, replaceFailed, makeChanges), "TemplatePath"),
			need(either("ActionMode", createUpdate, deleteOnly, replaceFailed, makeChanges), "RoleArn"),
			need(either("ActionMode", makeChanges, applyChanges), "ChangeSetName"),
			need(withOutputs(1, 1), "OutputFileName"),
		},
		Paths: []string{"TemplatePath", "TemplateConfiguration"},
	},
	{
		ID: aws("Deploy", "CloudFormationStackSet"), About: "Creates or updates a stack set, and instances of it.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: from(1, 3), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "StackSetName", Required: true, Description: "stack set"},
				{Name: "TemplatePath", Required: true, Description: "the template, as Artifact::file"},
				{Name: "Description", Description: "description of the stack set"},
				{Name: "Parameters", Description: "parameters, as they are or as Artifact::file"},
				{Name: "Capabilities", Description: "capabilities such as CAPABILITY_IAM, joined by commas"},
				{
					Name: "PermissionModel", Values: []string{"SELF_MANAGED", "SERVICE_MANAGED"},
					Description: "who makes the roles; default SELF_MANAGED",
				},
				{Name: "AdministrationRoleArn", Description: "ARN of the role that administers"},
				{Name: "ExecutionRoleName", Description: "role in the accounts"},
				{
					Name: "OrganizationsAutoDeployment", Values: []string{"Disabled", "Enabled", "EnabledWithStackRetention"},
					Description: "whether new accounts get it by themselves; default Disabled",
				},
				{Name: "DeploymentTargets", Description: "accounts or organisational units, as they are or as Artifact::file; with Regions"},
				{Name: "Regions", Description: "regions, joined by commas; with DeploymentTargets"},
				tolerance,
				concurrency,
			},
			Variables: []string{"StackSetId", "OperationId"},
			Check:     percentages.check,
		},
		Needs: []Need{need(given("DeploymentTargets"), "Regions"), need(given("Regions"), "DeploymentTargets")},
		Paths: []string{"TemplatePath"},
	},
	{
		ID: aws("Deploy", "CloudFormationStackInstances"), About: "Creates or updates instances of a stack set.", Timeout: fixed(time.Hour),
		TypeInfo: definition.TypeInfo{
			Inputs: from(0, 3), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "StackSetName", Required: true, Description: "stack set"},
				{Name: "Regions", Required: true, Description: "regions, joined by commas"},
				{Name: "DeploymentTargets", Description: "accounts or organisational units, as they are or as Artifact::file"},
				{Name: "ParameterOverrides", Description: "parameters that differ, as they are or as Artifact::file"},
				tolerance,
				concurrency,
			},
			Variables: []string{"StackSetId", "OperationId"},
			Check:     percentages.check,
		},
	},
}
