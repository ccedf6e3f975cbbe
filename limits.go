package penstock

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
)

// Limits are the quotas that are kept. A zero field is the service's own quota, which stands beside it (spec F).
type Limits struct {
	Pipelines          int           // pipelines of a store; 1000. Engines that create at the same time may exceed it by as many as the others create
	Stages             int           // stages in a pipeline; 50
	StageActions       int           // actions in a stage; 100
	PipelineActions    int           // actions in a pipeline; 1000
	PipelineVariables  int           // variables of a pipeline; 50
	Triggers           int           // triggers of a pipeline; 50
	ConfigurationValue int           // characters of one configuration value before references are resolved; 50000
	GroupDepth         int           // groups within groups; 32, not a quota of the service
	OutputVariables    int           // bytes of the names and values of one action's output variables; 122880
	ResolvedConfig     int           // bytes of one action's configuration with its references resolved; 102400
	Executions         int           // live executions of a QUEUED or PARALLEL pipeline; 50
	DisabledWait       time.Duration // how long an execution waits at a disabled transition before it is Cancelled; 30 days
	SourceRevisions    int           // revisions that a start may name; 50
	ParallelActions    int           // actions at once in one execution of a PARALLEL pipeline; 5
	CustomActionTypes  int           // action types created while engines run, deleted ones aside; 50
	Webhooks           int           // webhooks in the store; 300
}

func (l Limits) machine() machine.Limits {
	return machine.Limits{
		Executions: l.Executions, ParallelActions: l.ParallelActions, OutputVariables: l.OutputVariables, ResolvedConfig: l.ResolvedConfig,
		DisabledWait: l.DisabledWait, SourceRevisions: l.SourceRevisions,
	}
}

func (l Limits) definition() definition.Limits {
	return definition.Limits{
		Stages: l.Stages, StageActions: l.StageActions, PipelineActions: l.PipelineActions, PipelineVariables: l.PipelineVariables,
		Triggers: l.Triggers, ConfigurationValue: l.ConfigurationValue, GroupDepth: l.GroupDepth,
	}
}

func (l Limits) pipelines() int {
	if l.Pipelines == 0 {
		return 1000
	}
	return l.Pipelines
}

func (l Limits) webhooks() int {
	if l.Webhooks == 0 {
		return 300
	}
	return l.Webhooks
}

func (l Limits) outputVariables() int {
	if l.OutputVariables == 0 {
		return 122880
	}
	return l.OutputVariables
}
