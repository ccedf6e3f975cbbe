package invoke

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock"
)

// Pipeline starts a pipeline.
type Pipeline struct {
	PipelineName string
	// SourceRevisions are what its sources take instead of their newest.
	SourceRevisions []SourceRevision `penstock:",optional"`
	// Variables are those of the pipeline that is started.
	Variables []Variable `penstock:",optional"`
}

// SourceRevision is what a source action takes.
type SourceRevision struct {
	Action string                `json:"actionName"`
	Type   penstock.RevisionType `json:"revisionType"`
	Value  string                `json:"revisionValue"`
}

// Variable is one with its value.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ActionType is Invoke/AWS/CodePipeline/1.
func (Pipeline) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryInvoke, Owner: penstock.OwnerAWS, Provider: "CodePipeline", Version: "1"}
}

// Engine is what an Invoker needs of one; *penstock.Engine has it.
type Engine interface {
	Do(ctx context.Context, command penstock.Command) (penstock.Reply, error)
	Execution(ctx context.Context, pipeline, execution string) (penstock.Execution, error)
}

// Invoker runs a Pipeline. However often it is entered for an action execution, one execution is started.
type Invoker struct {
	// Engine has the pipelines that are started. It is needed, and set before the engine that runs the actions does.
	Engine Engine
	// Actor is who starts them, for the Authorizer and the audit. Default: pipeline/ and the name of the one that does.
	Actor func(pipeline string) string
}

// Deepest is how many pipelines may start each other in a chain, the first one included. A start beyond it is refused: the chain may be a circle.
const Deepest = 10

// Run starts it. The ID of the execution is the action's external ID, and its output variable PipelineExecutionId.
func (i *Invoker) Run(ctx context.Context, call *penstock.Call[Pipeline]) error {
	if i.Engine == nil {
		return penstock.Permanent(&penstock.Error{Code: penstock.ErrFailedPrecondition, Op: "invoke", Err: errors.New("the Invoker has no Engine")})
	}
	name := call.Config.PipelineName
	deep, err := i.depth(ctx, call.Pipeline, call.Execution)
	if err != nil {
		return err
	}
	if deep >= Deepest {
		return penstock.Permanent(&penstock.Error{
			Code: penstock.ErrLimitExceeded, Op: "invoke", Path: name, Err: fmt.Errorf("%d pipelines have started each other: there may be a circle", deep),
		})
	}
	actor := "pipeline/" + call.Pipeline
	if i.Actor != nil {
		actor = i.Actor(call.Pipeline)
	}
	command := start(call)
	reply, err := i.Engine.Do(penstock.WithActor(ctx, actor), command)
	if err != nil {
		return judged(err)
	}
	call.Summary("Started execution " + reply.Execution + " of " + name)
	return errors.Join(call.External(reply.Execution, ""), call.SetVariable("PipelineExecutionId", reply.Execution))
}

func start(call *penstock.Call[Pipeline]) penstock.StartExecution {
	out := penstock.StartExecution{
		ID: "invoke-" + call.ActionExecution, Pipeline: call.Config.PipelineName, Variables: map[string]string{},
		Trigger: penstock.ExecutionTrigger{Type: penstock.TriggerStart, Detail: origin(call)},
	}
	for _, v := range call.Config.Variables {
		out.Variables[v.Name] = v.Value
	}
	for _, r := range call.Config.SourceRevisions {
		out.Sources = append(out.Sources, penstock.SourceRevision{Action: r.Action, Type: r.Type, Value: r.Value})
	}
	return out
}

// judged makes what another try cannot mend permanent.
func judged(err error) error {
	for _, code := range []penstock.Code{penstock.ErrNotFound, penstock.ErrInvalid, penstock.ErrDenied} {
		if errors.Is(err, code) {
			return penstock.Permanent(err)
		}
	}
	return err
}

// began begins the detail of the trigger of what was started so.
const began = "pipeline "

// origin tells whose action started it.
func origin(call *penstock.Call[Pipeline]) string {
	return began + call.Pipeline + " execution " + call.Execution + " action " + call.Stage + "/" + call.Action
}

// depth is the length of the chain that an execution ends.
func (i *Invoker) depth(ctx context.Context, pipeline, execution string) (int, error) {
	for n := 1; ; n++ {
		x, err := i.Engine.Execution(ctx, pipeline, execution)
		if errors.Is(err, penstock.ErrNotFound) {
			return n, nil // it is long past, or of another engine
		}
		if err != nil {
			return 0, err
		}
		parts := strings.Fields(x.TriggerDetail)
		if n == Deepest || !strings.HasPrefix(x.TriggerDetail, began) || len(parts) < 4 || parts[2] != "execution" {
			return n, nil
		}
		pipeline, execution = parts[1], parts[3]
	}
}
