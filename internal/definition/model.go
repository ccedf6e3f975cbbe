package definition

import "encoding/json"

// What the service's model fixes whatever its quotas are (spec A1 to A4, F).
const (
	nameLength   = 100
	regionLeast  = 4
	regionMost   = 30
	minutesLeast = 5
	minutesMost  = 86400
	ruleValue    = 10000     // characters of a value in a rule's configuration
	ruleKeys     = 200       // entries of a rule's configuration
	triggerBytes = 200 << 10 // of all triggers as JSON
)

// model checks every length, pattern, enumeration and range of the service's model.
func (v *validator) model() {
	p, s := v.p, v.top()
	v.text(s.member("name"), p.Name, 1, nameLength, inNames)
	if v.o.Strict && p.RoleArn == "" {
		v.missing(s.member("roleArn"), "name the role that the pipeline runs with")
	}
	v.role(s.member("roleArn"), p.RoleArn)
	v.optionalOneOf(s.member("executionMode"), p.ExecutionMode, "SUPERSEDED", "QUEUED", "PARALLEL")
	v.optionalOneOf(s.member("pipelineType"), p.PipelineType, typeV1, typeV2)
	if p.Version < 0 {
		v.refuse(s.member("version"), "-1", "leave it out: it counts updates", "Member must have value greater than or equal to 1")
	}
	v.storeModels(s)
	for i, stage := range p.Stages {
		v.stageModel(v.stageSpot(i), stage)
		for j, action := range stage.Actions {
			if v.full() {
				return
			}
			v.actionModel(v.actionSpot(i, j), action)
		}
	}
	v.variableModels(s.member("variables"))
	v.triggerModels(s.member("triggers"))
}

func (v *validator) storeModels(s spot) {
	if v.p.ArtifactStore != nil {
		v.storeModel(s.member("artifactStore"), *v.p.ArtifactStore)
	}
	stores := s.member("artifactStores")
	for _, region := range sortedKeys(v.p.ArtifactStores) {
		at := stores.key(region)
		at.wire += "." + clip(region) + ".member"
		v.text(at, region, regionLeast, regionMost, anyText)
		v.storeModel(at, v.p.ArtifactStores[region])
	}
}

func (v *validator) storeModel(s spot, store ArtifactStore) {
	v.oneOf(s.member("type"), store.Type, "S3")
	v.text(s.member("location"), store.Location, 3, 63, inBuckets)
	if key := store.EncryptionKey; key != nil {
		v.text(s.member("encryptionKey").member("id"), key.ID, 1, 400, anyText)
		v.oneOf(s.member("encryptionKey").member("type"), key.Type, "KMS")
	}
}

func (v *validator) actionModel(s spot, a Action) {
	v.text(s.member("name"), a.Name, 1, nameLength, inNames)
	v.typeID(s.member("actionTypeId"), a.ActionTypeID)
	v.between(s.member("runOrder"), a.RunOrder, 1, 999)
	v.configuration(s.member("configuration"), a.Configuration, v.limits.ConfigurationValue)
	v.commandLines(s.member("commands"), a.Commands)
	env := s.member("environmentVariables")
	v.count(env, len(a.EnvironmentVariables), 0, 10)
	for i, e := range a.EnvironmentVariables {
		v.text(env.item(i).member("name"), e.Name, 1, 128, inWords)
		v.text(env.item(i).member("value"), e.Value, 1, 2000, anyText)
		v.optionalOneOf(env.item(i).member("type"), e.Type, "PLAINTEXT", envSecret)
	}
	v.texts(s.member("outputVariables"), a.OutputVariables, 15, 128)
	v.artifacts(s.member("inputArtifacts"), a.InputArtifacts)
	v.artifacts(s.member("outputArtifacts"), a.OutputArtifacts)
	v.role(s.member("roleArn"), a.RoleArn)
	v.optional(s.member("region"), a.Region, regionLeast, regionMost, anyText)
	v.optional(s.member("namespace"), a.Namespace, 1, nameLength, inNamespaces)
	v.minutes(s.member("timeoutInMinutes"), a.TimeoutInMinutes)
}

// CheckTypeID answers Findings without a path where a type's name is malformed.
func CheckTypeID(t TypeID) error {
	v := &validator{}
	v.typeID(spot{}.member("actionTypeId"), t)
	return v.result()
}

func (v *validator) typeID(s spot, t TypeID) {
	v.oneOf(s.member("category"), t.Category, "Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute")
	v.oneOf(s.member("owner"), t.Owner, "AWS", "ThirdParty", "Custom")
	v.text(s.member("provider"), t.Provider, 1, 35, inTypes)
	v.text(s.member("version"), t.Version, 1, 9, inTypes)
}

// configuration checks keys and lengths. The service tells them of the map; the field names the key.
func (v *validator) configuration(s spot, config map[string]string, longest int) {
	for _, key := range sortedKeys(config) {
		at := s.key(key)
		if n := len([]rune(key)); n < 1 || n > 50 {
			v.refuse(at, "{"+clip(key)+"=…}", "write a key of 1 to 50 characters",
				"Map keys must satisfy constraint: [Member must have length less than or equal to 50, Member must have length greater than or equal to 1]")
		}
		switch n := len([]rune(config[key])); {
		case n == 0:
			v.refuse(at, "{"+clip(key)+"=}", "give "+clip(key)+" a value or leave it out", mapValues, longest)
		case n > longest:
			v.refuse(at, "{"+clip(key)+"=…}", longValue(n, longest), mapValues, longest)
		}
	}
}

func (v *validator) commandLines(s spot, lines []string) { v.texts(s, lines, 50, 1000) }

func (v *validator) texts(s spot, all []string, most, longest int) {
	v.count(s, len(all), 0, most)
	for i, text := range all {
		v.text(s.item(i), text, 1, longest, anyText)
	}
}

func (v *validator) artifacts(s spot, all []Artifact) {
	for i, a := range all {
		v.text(s.item(i).member("name"), a.Name, 1, nameLength, inArtifacts)
		v.texts(s.item(i).member("files"), a.Files, 10, 128)
	}
}

func (v *validator) minutes(s spot, n int) {
	if n != 0 {
		v.between(s, n, minutesLeast, minutesMost)
	}
}

func (v *validator) variableModels(s spot) {
	v.count(s, len(v.p.Variables), 0, v.limits.PipelineVariables)
	for i, declared := range v.p.Variables {
		at := s.item(i)
		v.text(at.member("name"), declared.Name, 1, 128, inNamespaces)
		v.optional(at.member("defaultValue"), declared.DefaultValue, 1, 1000, anyText)
		v.text(at.member("description"), declared.Description, 0, 200, anyText)
	}
}

func (v *validator) triggerModels(s spot) {
	v.count(s, len(v.p.Triggers), 0, v.limits.Triggers)
	if data, err := json.Marshal(v.p.Triggers); err == nil && len(data) > triggerBytes {
		v.refuse(s, "[…]", "use fewer or shorter patterns", "Member must have length less than or equal to %d bytes", triggerBytes)
	}
	for i, t := range v.p.Triggers {
		v.oneOf(s.item(i).member("providerType"), t.ProviderType, connection)
		git := s.item(i).member("gitConfiguration")
		v.text(git.member("sourceActionName"), t.GitConfiguration.SourceActionName, 1, nameLength, inNames)
		push, pull := git.member("push"), git.member("pullRequest")
		v.count(push, len(t.GitConfiguration.Push), 0, 3)
		for j, f := range t.GitConfiguration.Push {
			v.pushModel(push.item(j), f)
		}
		v.count(pull, len(t.GitConfiguration.PullRequest), 0, 3)
		for j, f := range t.GitConfiguration.PullRequest {
			v.pullRequestModel(pull.item(j), f)
		}
	}
}

// pushModel: the legal combinations are those of the service's own tools (spec A4).
func (v *validator) pushModel(s spot, f PushFilter) {
	switch {
	case f.Tags != nil && (f.Branches != nil || f.FilePaths != nil):
		v.refuse(s, "…", "use a filter of its own for tags", "tags cannot be combined with branches or filePaths")
	case f.Tags == nil && f.Branches == nil:
		v.refuse(s, "…", "add branches or tags", "Member must contain branches or tags")
	}
	v.patterns(s.member("tags"), f.Tags)
	v.patterns(s.member("branches"), f.Branches)
	v.patterns(s.member("filePaths"), f.FilePaths)
}

func (v *validator) pullRequestModel(s spot, f PullRequest) {
	if f.Branches == nil {
		v.refuse(s, "…", "add branches", "Member must contain branches")
	}
	events := s.member("events")
	v.count(events, len(f.Events), 0, 3)
	seen := map[string]bool{}
	for i, event := range f.Events {
		v.oneOf(events.item(i), event, "OPEN", "UPDATED", "CLOSED")
		if seen[event] {
			v.refuse(events.item(i), clip(event), "list it once", "Member must not contain duplicates")
		}
		seen[event] = true
	}
	v.patterns(s.member("branches"), f.Branches)
	v.patterns(s.member("filePaths"), f.FilePaths)
}

func (v *validator) patterns(s spot, p *Patterns) {
	if p == nil {
		return
	}
	if len(p.Includes)+len(p.Excludes) == 0 {
		v.refuse(s, "{}", "add includes or excludes", "Member must contain includes or excludes")
	}
	v.texts(s.member("includes"), p.Includes, 8, 255)
	v.texts(s.member("excludes"), p.Excludes, 8, 255)
}
