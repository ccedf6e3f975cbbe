package events

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/penstock-dev/penstock"
)

type fields = map[string]any

// call is the operation of the service that a command stands for, what it asked for and what it was answered; "" where there is none.
func (o *Options) call(n penstock.Notice) (name string, request, response fields) {
	e := n.Command
	switch e.Verb {
	case penstock.VerbApply:
		return applied(n)
	case penstock.VerbDelete:
		return "DeletePipeline", fields{"name": n.Pipeline}, nil
	case penstock.VerbStart:
		return "StartPipelineExecution", started(e), execution(e)
	case penstock.VerbStop, penstock.VerbAbandon:
		c := read[penstock.StopExecution](e)
		return "StopPipelineExecution", fields{"pipelineName": c.Pipeline, "pipelineExecutionId": c.Execution, "abandon": c.Abandon, "reason": c.Reason}, execution(e)
	case penstock.VerbTag, penstock.VerbUntag:
		return o.tagged(n)
	case penstock.VerbDeclare, penstock.VerbUndeclare:
		return declared(e)
	case penstock.VerbHook, penstock.VerbUnhook:
		return hooked(e)
	case penstock.VerbSucceed:
		return "PutJobSuccessResult", jobOf(e), nil
	case penstock.VerbFail:
		return "PutJobFailureResult", jobOf(e), nil
	default:
		return inStage(e)
	}
}

// inStage are the calls that are about a stage or something in it.
func inStage(e *penstock.AuditEntry) (name string, request, response fields) {
	switch e.Verb {
	case penstock.VerbRetry:
		c := read[penstock.RetryStageExecution](e)
		mode := "FAILED_ACTIONS"
		if c.Mode == penstock.AllActions {
			mode = "ALL_ACTIONS"
		}
		return "RetryStageExecution", fields{"pipelineName": c.Pipeline, "stageName": c.Stage, "pipelineExecutionId": c.Execution, "retryMode": mode}, execution(e)
	case penstock.VerbRollback:
		c := read[penstock.RollbackStage](e)
		return "RollbackStage", fields{"pipelineName": c.Pipeline, "stageName": c.Stage, "targetPipelineExecutionId": c.Target}, execution(e)
	case penstock.VerbApprove:
		c := read[penstock.DecideApproval](e)
		status := "Approved"
		if c.Reject {
			status = "Rejected"
		}
		return "PutApprovalResult", fields{
			"pipelineName": c.Pipeline, "stageName": c.Stage, "actionName": c.Action, "token": c.Token, "result": fields{"status": status, "summary": c.Summary},
		}, fields{"approvedAt": seconds(e.At)}
	case penstock.VerbEnable, penstock.VerbDisable:
		c := read[penstock.SetTransition](e)
		request = fields{"pipelineName": c.Pipeline, "stageName": c.Stage, "transitionType": "Inbound"}
		if c.Enabled {
			return "EnableStageTransition", request, nil
		}
		request["reason"] = c.Reason
		return "DisableStageTransition", request, nil
	case penstock.VerbOverride:
		c := read[penstock.OverrideCondition](e)
		return "OverrideStageCondition", fields{
			"pipelineName": c.Pipeline, "stageName": c.Stage, "pipelineExecutionId": c.Execution, "conditionType": conditionType(c.Gate),
		}, nil
	case penstock.VerbAnnounce:
		c := read[penstock.PutActionRevision](e)
		revision := fields{"revisionId": c.Revision, "revisionChangeId": c.ChangeID}
		if !c.Created.IsZero() {
			revision["created"] = c.Created.UTC().Format(time.RFC3339)
		}
		return "PutActionRevision", fields{"pipelineName": c.Pipeline, "stageName": c.Stage, "actionName": c.Action, "actionRevision": revision},
			fields{"newRevision": true, "pipelineExecutionId": e.Execution}
	default:
		return "", nil, nil
	}
}

// conditionType is the service's word for a gate.
func conditionType(g penstock.Gate) string {
	return map[penstock.Gate]string{penstock.GateBeforeEntry: "BEFORE_ENTRY", penstock.GateOnSuccess: "ON_SUCCESS", penstock.GateOnFailure: "ON_FAILURE"}[g]
}

// read is the command as the audit has kept it.
func read[C penstock.Command](e *penstock.AuditEntry) (c C) {
	_ = json.Unmarshal(e.Request, &c) // it was written by this type; what a newer one had is left out
	return c
}

func execution(e *penstock.AuditEntry) fields { return fields{"pipelineExecutionId": e.Execution} }

// applied names the definition by its version: it is kept once, without its secrets, where GetPipeline finds it.
func applied(n penstock.Notice) (name string, request, response fields) {
	name, request = "UpdatePipeline", fields{"pipeline": fields{"name": n.Pipeline, "version": n.Version - 1}}
	if n.Created {
		name, request = "CreatePipeline", fields{"pipeline": fields{"name": n.Pipeline}}
	}
	return name, request, fields{"pipeline": fields{"name": n.Pipeline, "version": n.Version}}
}

func started(e *penstock.AuditEntry) fields {
	c := read[penstock.StartExecution](e)
	out := fields{"name": c.Pipeline}
	var variables, revisions []fields
	for _, name := range slices.Sorted(maps.Keys(c.Variables)) {
		variables = append(variables, fields{"name": name, "value": c.Variables[name]})
	}
	for _, action := range slices.Sorted(maps.Keys(c.Revisions)) {
		revisions = append(revisions, fields{"actionName": action, "revisionType": "COMMIT_ID", "revisionValue": c.Revisions[action]})
	}
	for _, s := range c.Sources {
		revisions = append(revisions, fields{"actionName": s.Action, "revisionType": string(s.Type), "revisionValue": s.Value})
	}
	if variables != nil {
		out["variables"] = variables
	}
	if revisions != nil {
		out["sourceRevisions"] = revisions
	}
	return out
}

func (o *Options) tagged(n penstock.Notice) (name string, request, response fields) {
	var c struct {
		Name         string
		Tags         map[string]string
		Keys, Remove []string
	}
	_ = json.Unmarshal(n.Command.Request, &c) // as in read
	resource := o.arn(n.Pipeline)
	if n.Pipeline == penstock.WebhookAudit {
		resource = o.arn("webhook:" + c.Name)
	}
	if n.Command.Verb == penstock.VerbUntag {
		return "UntagResource", fields{"resourceArn": resource, "tagKeys": append(c.Keys, c.Remove...)}, nil
	}
	tags := []fields{}
	for _, key := range slices.Sorted(maps.Keys(c.Tags)) {
		tags = append(tags, fields{"key": key, "value": c.Tags[key]})
	}
	return "TagResource", fields{"resourceArn": resource, "tags": tags}, nil
}

// declared are the calls about action types.
func declared(e *penstock.AuditEntry) (name string, request, response fields) {
	if e.Verb == penstock.VerbUndeclare {
		c := read[penstock.DeleteActionType](e)
		return "DeleteCustomActionType", fields{"category": string(c.Category), "provider": c.Provider, "version": c.Version}, nil
	}
	var c struct {
		Type struct {
			Category, Provider, Version string
			Type                        penstock.ActionType
		}
	}
	_ = json.Unmarshal(e.Request, &c) // as in read
	if t := c.Type.Type; t.Provider != "" {
		return "UpdateActionType", fields{"actionType": fields{"id": fields{
			"category": string(t.Category), "owner": string(t.Owner), "provider": t.Provider, "version": t.Version,
		}}}, nil
	}
	return "CreateCustomActionType", fields{"category": c.Type.Category, "provider": c.Type.Provider, "version": c.Type.Version}, nil
}

// hooked are the calls about webhooks. The audit has masked their secrets.
func hooked(e *penstock.AuditEntry) (name string, request, response fields) {
	if e.Verb == penstock.VerbUnhook {
		return "DeleteWebhook", fields{"name": read[penstock.DeleteWebhook](e).Name}, nil
	}
	w := read[penstock.PutWebhook](e).Webhook
	if w.Name == "" {
		c := read[penstock.RegisterWebhook](e)
		if c.Deregister {
			return "DeregisterWebhookWithThirdParty", fields{"webhookName": c.Name}, nil
		}
		return "RegisterWebhookWithThirdParty", fields{"webhookName": c.Name}, nil
	}
	filters := []fields{}
	for _, f := range w.Filters {
		filters = append(filters, fields{"jsonPath": f.JSONPath, "matchEquals": f.MatchEquals})
	}
	return "PutWebhook", fields{"webhook": fields{
		"name": w.Name, "targetPipeline": w.Pipeline, "targetAction": w.Action, "filters": filters, "authentication": string(w.Authentication),
	}}, nil
}

// jobOf names the job. Its client token is not for everybody.
func jobOf(e *penstock.AuditEntry) fields {
	var c struct{ Job string }
	_ = json.Unmarshal(e.Request, &c) // as in read
	return fields{"jobId": c.Job}
}
