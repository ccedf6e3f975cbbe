package definition

import (
	"slices"
	"strings"
)

// world checks what only an account knows: roles (spec A9). Names and quotas are judged where a pipeline is created.
func (v *validator) world() {
	if v.o.CanAssume == nil {
		return
	}
	if arn := v.p.RoleArn; roleArn.MatchString(arn) && !v.o.CanAssume("", arn) {
		v.add(InvalidStructure, v.top().member("roleArn"), "let its trust policy name the service", "CodePipeline is not authorized to perform AssumeRole on role %s", arn)
	}
	for i, stage := range v.p.Stages {
		for _, g := range gatesOf(stage) {
			for c, condition := range g.conditions {
				for r, rule := range condition.Rules {
					v.assumable(v.stageSpot(i).member(g.field).member("conditions").item(c).member("rules").item(r), rule.RoleArn)
				}
			}
		}
		for j, action := range stage.Actions {
			v.assumable(v.actionSpot(i, j), action.RoleArn)
		}
	}
}

func (v *validator) assumable(s spot, arn string) {
	if roleArn.MatchString(arn) && !v.o.CanAssume(v.p.RoleArn, arn) {
		v.add(InvalidStructure, s.member("roleArn"), "let its trust policy name the pipeline's role", "%s is not authorized to perform AssumeRole on role %s", v.p.RoleArn, arn)
	}
}

// structure checks the pipeline as a whole (spec A1, A9).
func (v *validator) structure() {
	v.counts()
	v.sources()
	v.stores()
	v.regions()
	if v.p.PipelineType == typeV1 {
		for _, finding := range v2Features(v.p) {
			finding.Path = v.path(strings.Split(strings.TrimPrefix(finding.Path, v.p.Name), "/")[1:]...)
			finding.Hint = "set pipelineType to V2"
			v.put(finding)
		}
	}
	seen := map[string]bool{}
	for i, name := range v.variables {
		if seen[name] {
			v.add(InvalidStructure, v.top().member("variables").item(i).member("name"), "give one of them another name",
				"Variable names must be unique. The following variable name is already in use: %s", clip(name))
		}
		seen[name] = true
	}
	v.triggerSources()
}

func (v *validator) counts() {
	stages := v.top().member("stages")
	switch n := len(v.p.Stages); {
	case n < 2:
		v.add(InvalidStructure, stages, "add a stage that does something with the source", "Pipeline has only %d stage(s). There should be a minimum of 2 stages in a pipeline", n)
	case n > v.limits.Stages:
		v.add(InvalidStructure, stages, "put actions of several stages into one, or split the pipeline", "Pipeline has too many stages. There can only be up to %d stages in a pipeline", v.limits.Stages)
	}
	actions := 0
	for _, stage := range v.p.Stages {
		actions += len(stage.Actions)
	}
	if actions > v.limits.PipelineActions {
		v.add(InvalidStructure, stages, "split the pipeline", "Pipeline has too many actions: %d. There can only be up to %d actions in a pipeline", actions, v.limits.PipelineActions)
	}
}

// sources checks that the first stage, and no other, fetches.
func (v *validator) sources() {
	others := 0
	for i, stage := range v.p.Stages {
		if i == 0 && len(stage.Actions) == 0 {
			v.add(InvalidStructure, v.stageSpot(0), "add a source action to it", "Pipeline should start with a stage that only contains source actions")
		}
		for j, action := range stage.Actions {
			isSource := action.ActionTypeID.Category == "Source"
			if !isSource {
				others++
			}
			switch {
			case i == 0 && !isSource:
				v.add(InvalidStructure, v.actionSpot(i, j), "move it to a later stage", "Pipeline should start with a stage that only contains source actions")
			case i > 0 && isSource:
				v.add(InvalidStructure, v.actionSpot(i, j), "move it to the first stage", "Source actions can only be included in the first stage of the pipeline")
			}
		}
	}
	if others == 0 {
		v.add(InvalidStructure, v.top().member("stages"), "add a stage that does something with the source", "Pipeline should contain at least 1 action whose category is not Source")
	}
}

// stores checks that there is one place for artifacts a region.
func (v *validator) stores() {
	one, many := v.p.ArtifactStore != nil, len(v.p.ArtifactStores) > 0
	switch {
	case one && many:
		v.add(InvalidStructure, v.top().member("artifactStore"), "keep one of the two", "A pipeline can have artifactStore or artifactStores, not both")
	case !one && !many && v.o.Strict:
		v.add(InvalidStructure, v.top().member("artifactStore"), "add artifactStore, or artifactStores where actions are in several regions", "A pipeline must have artifactStore or artifactStores")
	}
}

// regions checks that every region with an action has a store, and that nothing is in another region that cannot be.
func (v *validator) regions() {
	var used []string
	for i, stage := range v.p.Stages {
		for j, a := range stage.Actions {
			if a.Region == "" {
				continue
			}
			used = append(used, a.Region)
			if v.o.Region != "" && a.Region != v.o.Region && (a.ActionTypeID.Owner != "AWS" || a.ActionTypeID.Category == "Source") {
				v.add(InvalidAction, v.actionSpot(i, j).member("region"), "remove it", "Action %s of category %s and owner %s must be in the region of its pipeline, %s",
					clip(a.Name), clip(a.ActionTypeID.Category), clip(a.ActionTypeID.Owner), v.o.Region)
			}
		}
	}
	if v.o.Region != "" {
		used = append(used, v.o.Region)
	}
	slices.Sort(used)
	used = slices.Compact(used)
	switch {
	case v.p.ArtifactStore != nil && len(v.p.ArtifactStores) == 0 && len(used) > 1:
		v.add(InvalidStructure, v.top().member("artifactStore"), "give artifactStores "+strings.Join(used, ", "), "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead of "+
			"'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each region where you have an action.")
	case len(v.p.ArtifactStores) > 0:
		for _, region := range used {
			if _, ok := v.p.ArtifactStores[region]; !ok {
				v.add(InvalidStructure, v.top().member("artifactStores"), "add artifactStores."+region, "There is no artifact store for region %s", region)
			}
		}
	}
}

const connection = "CodeStarSourceConnection"

// triggerSources: a trigger belongs to one source action, and that one to a connection. Sources of one's own may have one too.
func (v *validator) triggerSources() {
	const message = "Triggers for connections must reference a CodeStarSourceConnection action."
	kinds := map[string]TypeID{}
	for _, stage := range v.p.Stages {
		for _, a := range stage.Actions {
			if a.ActionTypeID.Category == "Source" {
				kinds[a.Name] = a.ActionTypeID
			}
		}
	}
	seen := map[string]bool{}
	for i, t := range v.p.Triggers {
		name := t.GitConfiguration.SourceActionName
		at := v.top().member("triggers").item(i).member("gitConfiguration").member("sourceActionName")
		kind, ok := kinds[name]
		switch {
		case !ok:
			v.add(InvalidStructure, at, joinHints("there is no source action \""+clip(name)+"\"", DidYouMean(name, sortedKeys(kinds))), message)
		case kind.Provider != connection && (kind.Owner != "Custom" || v.o.Strict):
			v.add(InvalidStructure, at, "source action \""+clip(name)+"\" is of provider "+clip(kind.Provider)+": name one of a connection, or remove the trigger", message)
		case seen[name]:
			v.add(InvalidStructure, at, "source action \""+clip(name)+"\" has another trigger: put their filters into one", message)
		}
		seen[name] = true
	}
}

func joinHints(hints ...string) string {
	return strings.Join(slices.DeleteFunc(hints, func(h string) bool { return h == "" }), "; ")
}
