package awsapi_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
)

// refusing is an engine that refuses every command with the same code.
type refusing struct {
	awsapi.Engine
	code penstock.Code
}

func (r refusing) Do(context.Context, penstock.Command) (penstock.Reply, error) {
	return penstock.Reply{}, &penstock.Error{Code: r.code, Err: errors.New("not now")}
}

func TestWhatStandsInTheWayIsToldAsTheOperationKnowsIt(t *testing.T) {
	const (
		conflict, modification = "ConflictException", "ConcurrentModificationException"
		validation             = "ValidationException"
		execution              = `"pipelineExecutionId":"00000000-0000-8000-8000-000000000000"`
		stage                  = `"pipelineName":"site","stageName":"Build",`
		scan                   = `"category":"Test","provider":"Scan","version":"1"`
		none                   = `{"minimumCount":0,"maximumCount":0}`
		arn                    = `"resourceArn":"arn:aws:codepipeline:us-east-1:000000000000:site"`
	)
	for operation, test := range map[string]struct{ body, want string }{
		"StartPipelineExecution": {`{"name":"site"}`, conflict},
		"StopPipelineExecution":  {`{"pipelineName":"site",` + execution + `}`, conflict},
		"RetryStageExecution":    {`{` + stage + execution + `,"retryMode":"ALL_ACTIONS"}`, conflict},
		"RollbackStage":          {`{` + stage + `"targetPipelineExecutionId":"00000000-0000-8000-8000-000000000000"}`, conflict},
		"OverrideStageCondition": {`{` + stage + execution + `,"conditionType":"ON_SUCCESS"}`, conflict},
		"PutActionRevision":      {`{` + stage + `"actionName":"One","actionRevision":{"revisionId":"a1","revisionChangeId":"7","created":1700000000}}`, validation},
		"PutApprovalResult": {`{` + stage + `"actionName":"Release","result":{"status":"Approved","summary":""},
			"token":"00000000-0000-8000-8000-000000000000"}`, validation},
		"EnableStageTransition":  {`{` + stage + `"transitionType":"Inbound"}`, validation},
		"DeletePipeline":         {`{"name":"site"}`, modification},
		"TagResource":            {`{` + arn + `,"tags":[]}`, modification},
		"UntagResource":          {`{` + arn + `,"tagKeys":[]}`, modification},
		"CreateCustomActionType": {`{` + scan + `,"inputArtifactDetails":` + none + `,"outputArtifactDetails":` + none + `}`, modification},
		"DeleteCustomActionType": {`{` + scan + `}`, modification},
		"UpdateActionType": {`{"actionType":{"id":{"category":"Test","owner":"ThirdParty","provider":"Probe","version":"1"},
			"executor":{"type":"JobWorker","configuration":{"jobWorkerExecutorConfiguration":{}}},
			"inputArtifactDetails":` + none + `,"outputArtifactDetails":` + none + `}}`, "RequestFailedException"},
	} {
		t.Run(operation, func(t *testing.T) {
			for _, code := range []penstock.Code{penstock.ErrConflict, penstock.ErrFailedPrecondition, penstock.ErrQuarantined} {
				c := client{t, awsapi.NewHandler(refusing{newEngine(t, penstock.Config{}), code}, nil), nil}
				kind, message := c.refused(400, operation, "%s", test.body)
				require.Equal(t, test.want, kind, code)
				require.Equal(t, "not now", message)
			}
		})
	}
}
