package catalogue

import (
	"github.com/penstock-dev/penstock/internal/definition"
)

// approvals are the types of spec D4 and C13 that wait for somebody.
var approvals = []Type{
	{
		ID: definition.ManualApproval, About: "Waits until somebody approves or rejects.",
		Timeout: Timeout{Default: 7 * day, Max: longest, Settable: true},
		TypeInfo: definition.TypeInfo{
			Inputs: exactly(0), Outputs: exactly(0),
			Keys: []definition.Key{
				{Name: "CustomData", Description: "what the approver should know"},
				{Name: "ExternalEntityLink", Description: "what the approver should look at"},
				{Name: "NotificationArn", Description: "ARN of the SNS topic that is told, in the pipeline's region"},
			},
		},
	},
}
