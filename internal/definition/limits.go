package definition

// Limits are the quotas that a definition keeps; zero fields are the service's own (spec F). What the service's model fixes
// (lengths of names, ranges of numbers) is not negotiable and stands beside its rule.
type Limits struct {
	Stages             int // stages in a pipeline; 50
	StageActions       int // actions in a stage; 100
	PipelineActions    int // actions in a pipeline; 1000
	PipelineVariables  int // variables of a pipeline; 50
	Triggers           int // triggers of a pipeline; 50
	ConfigurationValue int // characters of an action's configuration value, references unresolved; 50000, or 1000 where Options.Strict
	GroupDepth         int // groups within groups; 32
}

func (l Limits) withDefaults(strict bool) Limits {
	orDefault(&l.Stages, 50)
	orDefault(&l.StageActions, 100)
	orDefault(&l.PipelineActions, 1000)
	orDefault(&l.PipelineVariables, 50)
	orDefault(&l.Triggers, 50)
	if strict {
		orDefault(&l.ConfigurationValue, 1000)
	}
	orDefault(&l.ConfigurationValue, 50000)
	orDefault(&l.GroupDepth, maxDepth)
	return l
}

func orDefault(limit *int, value int) {
	if *limit == 0 {
		*limit = value
	}
}
