package definition

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// bound is one bound of the specification's A1 to A4 and F: what is just inside it is accepted, what is just outside is refused by the model.
type bound struct {
	name   string
	at     string // where the service's model has it, below pipeline
	inside []func(p *Pipeline)
	beyond []func(p *Pipeline)
	rule   string // of what is outside
	right  string // what would be right
}

func (b bound) check(t *testing.T) {
	t.Helper()
	t.Run(b.name, func(t *testing.T) {
		for i, change := range b.inside {
			require.NotContains(t, judged(change), "'pipeline."+b.at+"' failed", "inside %d", i)
		}
		for i, change := range b.beyond {
			p := base()
			change(&p)
			var findings Findings
			require.ErrorAs(t, ValidateWith(p, Options{Catalogue: known}), &findings)
			found := false
			for _, f := range findings {
				if strings.Contains(f.Message, "' at 'pipeline."+b.at+"' failed to satisfy constraint: "+b.rule) {
					found = true
					require.Equal(t, ValidationError, f.Kind)
					require.Contains(t, f.Hint, b.right)
				}
			}
			require.True(t, found, "beyond %d: %v", i, findings)
		}
	})
}

func judged(change func(p *Pipeline)) string {
	p := base()
	change(&p)
	if err := ValidateWith(p, Options{Catalogue: known}); err != nil {
		return err.Error()
	}
	return ""
}

// texts are changes by a text of each of these lengths.
func texts(set func(p *Pipeline, text string), lengths ...int) []func(p *Pipeline) {
	var out []func(p *Pipeline)
	for _, n := range lengths {
		out = append(out, func(p *Pipeline) { set(p, strings.Repeat("x", n)) })
	}
	return out
}

// eachOf are changes by each of these values.
func eachOf[T any](set func(p *Pipeline, v T), values ...T) []func(p *Pipeline) {
	var out []func(p *Pipeline)
	for _, v := range values {
		out = append(out, func(p *Pipeline) { set(p, v) })
	}
	return out
}

func least(n int) string {
	return fmt.Sprintf("Member must have length greater than or equal to %d", n)
}
func most(n int) string { return fmt.Sprintf("Member must have length less than or equal to %d", n) }
func atLeast(n int) string {
	return fmt.Sprintf("Member must have value greater than or equal to %d", n)
}
func atMost(n int) string     { return fmt.Sprintf("Member must have value less than or equal to %d", n) }
func pattern(p string) string { return "Member must satisfy regular expression pattern: " + p }
func oneOf(s string) string   { return "Member must satisfy enum value set: [" + s + "]" }

// named is the four bounds of a name.
func named(what, at string, set func(p *Pipeline, v string), longest int, of charset) []bound {
	inside := texts(set, 1, longest)
	inside = append(inside, eachOf(set, "aZ09"+of.others)...)
	return []bound{
		{what + " of 0 characters", at, inside, texts(set, 0), least(1), fmt.Sprintf("write 1 to %d letters, digits", longest)},
		{fmt.Sprintf("%s of %d characters", what, longest+1), at, inside, texts(set, longest+1), most(longest), fmt.Sprintf("not %d", longest+1)},
		{what + " of other characters", at, inside, eachOf(set, "a b", "ä", "a/b", "a\n", "a$"), pattern(of.pattern), "any of"},
	}
}

// optional leaves out the empty name: it is not there.
func optional(bounds []bound) []bound { return bounds[1:] }

func free(what, at string, set func(p *Pipeline, v string), shortest, longest int) []bound {
	inside := append(texts(set, max(shortest, 1), longest), eachOf(set, strings.Repeat("ä", longest))...)
	out := []bound{{fmt.Sprintf("%s of %d characters", what, longest+1), at, inside, eachOf(set, strings.Repeat("ä", longest+1)), most(longest), fmt.Sprintf("not %d", longest+1)}}
	if shortest > 0 {
		out = append(out, bound{fmt.Sprintf("%s of %d characters", what, shortest-1), at, inside, texts(set, shortest-1), least(shortest), fmt.Sprintf("write %d to %d", shortest, longest)})
	}
	return out
}

func listed(what, at string, set func(p *Pipeline, n int), most1 int) bound {
	return bound{fmt.Sprintf("%d %s", most1+1, what), at, eachOf(set, 1, most1), eachOf(set, most1+1), most(most1), fmt.Sprintf("give 0 to %d, not %d", most1, most1+1)}
}

func many(n int, text string) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("%s%d", text, i))
	}
	return out
}

func image(p *Pipeline) *Action { return &p.Stages[1].Actions[0] }

// command has the action Image be one of Commands.
func command(p *Pipeline) *Action {
	a := image(p)
	a.ActionTypeID, a.Configuration = service("Compute", "Commands"), nil
	a.Commands = []string{"make"}
	return a
}

func firstRule(p *Pipeline) *Rule {
	gated(func(*Rule) {})(p)
	return &p.Stages[1].OnSuccess.Conditions[0].Rules[0]
}

func firstTrigger(p *Pipeline) *GitConfiguration {
	p.Triggers = []Trigger{trigger("Checkout", PushFilter{Branches: &Patterns{Includes: []string{"main"}}})}
	p.Triggers[0].GitConfiguration.PullRequest = []PullRequest{{Branches: &Patterns{Includes: []string{"main"}}}}
	return &p.Triggers[0].GitConfiguration
}

const (
	imageAt = "stages.2.member.actions.1.member."
	ruleAt  = "stages.2.member.onSuccess.conditions.1.member.rules.1.member."
	gitAt   = "triggers.1.member.gitConfiguration."
)

func TestA1Bounds(t *testing.T) {
	bounds := named("name", "name", func(p *Pipeline, v string) { p.Name = v }, 100, inNames)
	setRole := func(p *Pipeline, v string) { p.RoleArn = v }
	role := "arn:aws:iam::123456789012:role/"
	bounds = append(bounds,
		bound{"roleArn of another form", "roleArn", eachOf(setRole, "", role, "arn:aws-cn:iam::123456789012:role/a/b", role+strings.Repeat("x", 1024-len(role))),
			eachOf(setRole, "x", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:user/x", "x"+role, role+"\n"), pattern(roleArnPattern), "write the ARN of an IAM role"},
		bound{"roleArn of 1025 characters", "roleArn", nil, eachOf(setRole, role+strings.Repeat("x", 1025-len(role))), most(1024), "not 1025"},
		bound{"executionMode", "executionMode", eachOf(func(p *Pipeline, v string) { p.ExecutionMode = v }, "", "SUPERSEDED", "QUEUED", "PARALLEL"),
			eachOf(func(p *Pipeline, v string) { p.ExecutionMode = v }, "FAST", "queued"), oneOf("SUPERSEDED, QUEUED, PARALLEL"), "write SUPERSEDED or QUEUED or PARALLEL"},
		bound{"pipelineType", "pipelineType", eachOf(func(p *Pipeline, v string) { p.PipelineType = v }, "", "V2"),
			eachOf(func(p *Pipeline, v string) { p.PipelineType = v }, "V3", "v2"), oneOf("V1, V2"), "write V1 or V2"},
		bound{"version below 1", "version", eachOf(func(p *Pipeline, v int) { p.Version = v }, 0, 1, 7), eachOf(func(p *Pipeline, v int) { p.Version = v }, -1), atLeast(1), "leave it out"},
		listed("variables", "variables", func(p *Pipeline, n int) {
			p.Variables = []Variable{}
			for _, name := range many(n, "V") {
				p.Variables = append(p.Variables, Variable{Name: name})
			}
		}, 50),
		listed("triggers", "triggers", func(p *Pipeline, n int) { p.Triggers = make([]Trigger, n) }, 50),
	)
	store := func(p *Pipeline) *ArtifactStore {
		stored(p)
		p.ArtifactStore.EncryptionKey = &EncryptionKey{"key", "KMS"}
		return p.ArtifactStore
	}
	location := func(p *Pipeline, v string) { store(p).Location = v }
	bounds = append(bounds,
		bound{"artifactStore.type", "artifactStore.type", nil, eachOf(func(p *Pipeline, v string) { store(p).Type = v }, "", "FTP"), oneOf("S3"), "write S3"},
		bound{"artifactStore.location of 2 characters", "artifactStore.location", texts(location, 3, 63), texts(location, 2, 0), least(3), "write 3 to 63"},
		bound{"artifactStore.location of 64 characters", "artifactStore.location", nil, texts(location, 64), most(63), "not 64"},
		bound{"artifactStore.location of other characters", "artifactStore.location", eachOf(location, "a-B.9"), eachOf(location, "bucket/prefix", "a_b"), pattern(inBuckets.pattern), "any of - ."},
		bound{"artifactStore.encryptionKey.type", "artifactStore.encryptionKey.type", nil, eachOf(func(p *Pipeline, v string) { store(p).EncryptionKey.Type = v }, "AES", ""), oneOf("KMS"), "write KMS"},
	)
	bounds = append(bounds, free("artifactStore.encryptionKey.id", "artifactStore.encryptionKey.id", func(p *Pipeline, v string) { store(p).EncryptionKey.ID = v }, 1, 400)...)
	region := func(n int) func(p *Pipeline) {
		return func(p *Pipeline) {
			p.ArtifactStores = map[string]ArtifactStore{strings.Repeat("r", n): {Type: "S3", Location: "bucket"}}
		}
	}
	for _, n := range []int{3, 31} {
		name, rule := strings.Repeat("r", n), least(4)
		if n > 30 {
			rule = most(30)
		}
		bounds = append(bounds, bound{fmt.Sprintf("artifactStores region of %d characters", n), "artifactStores." + name + ".member", []func(*Pipeline){region(4), region(30)}, []func(*Pipeline){region(n)}, rule, "write 4 to 30"})
	}
	bounds = append(bounds, bound{"artifactStores.type", "artifactStores.eu-west-1.member.type", nil, []func(*Pipeline){func(p *Pipeline) {
		p.ArtifactStores = map[string]ArtifactStore{"eu-west-1": {Type: "FTP", Location: "bucket"}}
	}}, oneOf("S3"), "write S3"})
	for _, b := range bounds {
		b.check(t)
	}
}

func TestA2Bounds(t *testing.T) {
	bounds := named("stage name", "stages.2.member.name", func(p *Pipeline, v string) { p.Stages[1].Name = v }, 100, inNames)
	conditions := func(gate string) func(p *Pipeline, n int) {
		return func(p *Pipeline, n int) {
			all := Conditions{}
			for range n {
				all.Conditions = append(all.Conditions, ruled(map[string]string{"beforeEntry": "FAIL", "onSuccess": "FAIL", "onFailure": "ROLLBACK"}[gate], "VariableCheck")...)
			}
			switch gate {
			case "beforeEntry":
				p.Stages[1].BeforeEntry = &all
			case "onSuccess":
				p.Stages[1].OnSuccess = &all
			default:
				p.Stages[1].OnFailure = &OnFailure{Conditions: all.Conditions}
			}
		}
	}
	for _, gate := range []string{"beforeEntry", "onSuccess", "onFailure"} {
		at := "stages.2.member." + gate + ".conditions"
		bounds = append(bounds,
			bound{"no condition in " + gate, at, eachOf(conditions(gate), 1), eachOf(conditions(gate), 0), least(1), "give 1 to 1, not 0"},
			bound{"2 conditions in " + gate, at, nil, eachOf(conditions(gate), 2), most(1), "give 1 to 1, not 2"},
		)
	}
	failure := func(p *Pipeline, v string) { p.Stages[1].OnFailure = &OnFailure{Result: v} }
	retryMode := func(p *Pipeline, v string) {
		p.Stages[1].OnFailure = &OnFailure{Result: "RETRY", RetryConfiguration: &RetryConfiguration{v}}
	}
	result := func(p *Pipeline, v string) {
		p.Stages[1].OnSuccess = &Conditions{ruled(v, "VariableCheck")}
	}
	rules := func(p *Pipeline, n int) {
		c := ruled("FAIL", "VariableCheck")
		c[0].Rules = nil
		for _, name := range many(n, "R") {
			c[0].Rules = append(c[0].Rules, Rule{Name: name, RuleTypeID: TypeID{Category: "Rule", Provider: "VariableCheck"}})
		}
		p.Stages[1].OnSuccess = &Conditions{c}
	}
	at := "stages.2.member.onSuccess.conditions.1.member."
	bounds = append(bounds,
		bound{"onFailure.result", "stages.2.member.onFailure.result", eachOf(failure, "ROLLBACK", "RETRY"), eachOf(failure, "STOP"), oneOf("ROLLBACK, FAIL, RETRY, SKIP"), "write"},
		bound{"onFailure.retryConfiguration.retryMode", "stages.2.member.onFailure.retryConfiguration.retryMode", eachOf(retryMode, "", "FAILED_ACTIONS", "ALL_ACTIONS"), eachOf(retryMode, "SOME"), oneOf("FAILED_ACTIONS, ALL_ACTIONS"), "write"},
		bound{"condition result", at + "result", eachOf(result, "FAIL", "ROLLBACK"), eachOf(result, "STOP", ""), oneOf("ROLLBACK, FAIL, RETRY, SKIP"), "write"},
		bound{"condition without rules", at + "rules", eachOf(rules, 1, 5), eachOf(rules, 0), least(1), "give 1 to 5, not 0"},
		bound{"condition with 6 rules", at + "rules", nil, eachOf(rules, 6), most(5), "give 1 to 5, not 6"},
	)
	bounds = append(bounds, named("rule name", ruleAt+"name", func(p *Pipeline, v string) { firstRule(p).Name = v }, 100, inNames)...)
	category := func(p *Pipeline, v string) { firstRule(p).RuleTypeID.Category = v }
	owner := func(p *Pipeline, v string) { firstRule(p).RuleTypeID.Owner = v }
	bounds = append(bounds,
		bound{"rule category", ruleAt + "ruleTypeId.category", nil, eachOf(category, "", "Test"), oneOf("Rule"), "write Rule"},
		bound{"rule owner", ruleAt + "ruleTypeId.owner", eachOf(owner, "", "AWS"), eachOf(owner, "Custom"), oneOf("AWS"), "write AWS"},
	)
	bounds = append(bounds, named("rule provider", ruleAt+"ruleTypeId.provider", func(p *Pipeline, v string) { firstRule(p).RuleTypeID.Provider = v }, 35, inTypes)...)
	bounds = append(bounds, optional(named("rule version", ruleAt+"ruleTypeId.version", func(p *Pipeline, v string) { firstRule(p).RuleTypeID.Version = v }, 9, inTypes))...)
	bounds = append(bounds, configured("rule ", ruleAt+"configuration", 10000, func(p *Pipeline, c map[string]string) { firstRule(p).Configuration = c })...)
	bounds = append(bounds, listed("entries of a rule's configuration", ruleAt+"configuration", func(p *Pipeline, n int) {
		config := map[string]string{}
		for _, key := range many(n, "K") {
			config[key] = "x"
		}
		firstRule(p).Configuration = config
	}, 200))
	bounds = append(bounds, listed("commands of a rule", ruleAt+"commands", func(p *Pipeline, n int) { firstRule(p).Commands = many(n, "c") }, 50))
	bounds = append(bounds, free("rule command", ruleAt+"commands.1.member", func(p *Pipeline, v string) { firstRule(p).Commands = []string{v} }, 1, 1000)...)
	bounds = append(bounds, named("rule input artifact", ruleAt+"inputArtifacts.1.member.name", func(p *Pipeline, v string) { firstRule(p).InputArtifacts = []Artifact{{Name: v}} }, 100, inArtifacts)...)
	bounds = append(bounds, free("rule region", ruleAt+"region", func(p *Pipeline, v string) { firstRule(p).Region = v }, 4, 30)...)
	bounds = append(bounds, minutes("rule ", ruleAt, func(p *Pipeline, n int) { firstRule(p).TimeoutInMinutes = n })...)
	bounds = append(bounds, bound{"rule roleArn", ruleAt + "roleArn", eachOf(func(p *Pipeline, v string) { firstRule(p).RoleArn = v }, anyRole), eachOf(func(p *Pipeline, v string) { firstRule(p).RoleArn = v }, "x"), pattern(roleArnPattern), "write the ARN"})
	for _, b := range bounds {
		b.check(t)
	}
}

func minutes(what, at string, set func(p *Pipeline, n int)) []bound {
	return []bound{
		{what + "timeoutInMinutes 4", at + "timeoutInMinutes", eachOf(set, 0, 5, 86400), eachOf(set, 4, -1), atLeast(5), "write 5 to 86400"},
		{what + "timeoutInMinutes 86401", at + "timeoutInMinutes", nil, eachOf(set, 86401), atMost(86400), "write 5 to 86400"},
	}
}

func configured(what, at string, longest int, set func(p *Pipeline, c map[string]string)) []bound {
	value := func(p *Pipeline, v string) { set(p, map[string]string{"Key": v}) }
	key := func(p *Pipeline, v string) { set(p, map[string]string{v: "x"}) }
	values := fmt.Sprintf("Map value must satisfy constraint: [Member must have length less than or equal to %d, Member must have length greater than or equal to 1]", longest)
	return []bound{
		{what + "configuration key of 0 characters", at, texts(key, 1, 50), texts(key, 0), "Map keys must satisfy constraint", "write a key of 1 to 50 characters"},
		{what + "configuration key of 51 characters", at, nil, eachOf(key, strings.Repeat("ä", 51)), "Map keys must satisfy constraint", "write a key of 1 to 50 characters"},
		{what + "configuration value of 0 characters", at, texts(value, 1, longest), texts(value, 0), values, "give Key a value or leave it out"},
		{fmt.Sprintf("%sconfiguration value of %d characters", what, longest+1), at, nil, eachOf(value, strings.Repeat("ä", longest+1)), values, fmt.Sprintf("write up to %d characters, not %d", longest, longest+1)},
	}
}

func TestA3Bounds(t *testing.T) {
	bounds := named("action name", imageAt+"name", func(p *Pipeline, v string) { image(p).Name = v }, 100, inNames)
	category := func(p *Pipeline, v string) { image(p).ActionTypeID.Category = v }
	owner := func(p *Pipeline, v string) { image(p).ActionTypeID.Owner = v }
	runOrder := func(p *Pipeline, v int) { image(p).RunOrder = v }
	bounds = append(bounds,
		bound{"category", imageAt + "actionTypeId.category", eachOf(category, "Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"), eachOf(category, "", "build", "Rule"), oneOf("Source, Build, Deploy, Test, Invoke, Approval, Compute"), "write Source or"},
		bound{"owner", imageAt + "actionTypeId.owner", eachOf(owner, "AWS", "ThirdParty", "Custom"), eachOf(owner, "", "Me"), oneOf("AWS, ThirdParty, Custom"), "write AWS or ThirdParty or Custom"},
		bound{"runOrder 0 is 1, -1 is refused", imageAt + "runOrder", eachOf(runOrder, 0, 1, 999), eachOf(runOrder, -1), atLeast(1), "write 1 to 999"},
		bound{"runOrder 1000", imageAt + "runOrder", nil, eachOf(runOrder, 1000), atMost(999), "write 1 to 999"},
		listed("commands", imageAt+"commands", func(p *Pipeline, n int) { command(p).Commands = many(n, "c") }, 50),
		listed("environmentVariables", imageAt+"environmentVariables", func(p *Pipeline, n int) {
			for _, name := range many(n, "E") {
				command(p).EnvironmentVariables = append(command(p).EnvironmentVariables, EnvironmentVariable{Name: name, Value: "x"})
			}
		}, 10),
		listed("outputVariables", imageAt+"outputVariables", func(p *Pipeline, n int) { command(p).OutputVariables = many(n, "O") }, 15),
		listed("files", imageAt+"outputArtifacts.1.member.files", func(p *Pipeline, n int) { command(p).OutputArtifacts[0].Files = many(n, "f") }, 10),
	)
	bounds = append(bounds, named("provider", imageAt+"actionTypeId.provider", func(p *Pipeline, v string) { image(p).ActionTypeID.Provider = v }, 35, inTypes)...)
	bounds = append(bounds, named("version", imageAt+"actionTypeId.version", func(p *Pipeline, v string) { image(p).ActionTypeID.Version = v }, 9, inTypes)...)
	bounds = append(bounds, configured("", imageAt+"configuration", 50000, func(p *Pipeline, c map[string]string) { image(p).Configuration = c })...)
	bounds = append(bounds, free("command", imageAt+"commands.1.member", func(p *Pipeline, v string) { command(p).Commands = []string{v} }, 1, 1000)...)
	env := func(p *Pipeline) *EnvironmentVariable {
		command(p).EnvironmentVariables = []EnvironmentVariable{{Name: "A", Value: "x"}}
		return &command(p).EnvironmentVariables[0]
	}
	bounds = append(bounds, named("environment variable name", imageAt+"environmentVariables.1.member.name", func(p *Pipeline, v string) { env(p).Name = v }, 128, inWords)...)
	bounds = append(bounds, free("environment variable value", imageAt+"environmentVariables.1.member.value", func(p *Pipeline, v string) { env(p).Value = v }, 1, 2000)...)
	envType := func(p *Pipeline, v string) { env(p).Type = v }
	bounds = append(bounds, bound{"environment variable type", imageAt + "environmentVariables.1.member.type", eachOf(envType, "", "PLAINTEXT", "SECRETS_MANAGER"), eachOf(envType, "PARAMETER_STORE"), oneOf("PLAINTEXT, SECRETS_MANAGER"), "write PLAINTEXT or SECRETS_MANAGER"})
	bounds = append(bounds, free("output variable", imageAt+"outputVariables.1.member", func(p *Pipeline, v string) { command(p).OutputVariables = []string{v} }, 1, 128)...)
	bounds = append(bounds, free("file", imageAt+"outputArtifacts.1.member.files.1.member", func(p *Pipeline, v string) { command(p).OutputArtifacts[0].Files = []string{v} }, 1, 128)...)
	bounds = append(bounds, named("input artifact", imageAt+"inputArtifacts.1.member.name", func(p *Pipeline, v string) { image(p).InputArtifacts[0].Name = v }, 100, inArtifacts)...)
	bounds = append(bounds, named("output artifact", imageAt+"outputArtifacts.1.member.name", func(p *Pipeline, v string) { image(p).OutputArtifacts[0].Name = v }, 100, inArtifacts)...)
	bounds = append(bounds, bound{"action roleArn", imageAt + "roleArn", eachOf(func(p *Pipeline, v string) { command(p).RoleArn = v }, anyRole), eachOf(func(p *Pipeline, v string) { command(p).RoleArn = v }, "x"), pattern(roleArnPattern), "write the ARN"})
	bounds = append(bounds, free("region", imageAt+"region", func(p *Pipeline, v string) { command(p).Region = v }, 4, 30)...)
	bounds = append(bounds, optional(named("namespace", imageAt+"namespace", func(p *Pipeline, v string) { image(p).Namespace = v }, 100, inNamespaces))...)
	bounds = append(bounds, minutes("approval ", "stages.3.member.actions.1.member.", func(p *Pipeline, n int) { p.Stages[2].Actions[0].TimeoutInMinutes = n })...)
	for _, b := range bounds {
		b.check(t)
	}
}

func TestA4Bounds(t *testing.T) {
	bounds := named("variable name", "variables.1.member.name", func(p *Pipeline, v string) { p.Variables[0].Name = v }, 128, inNamespaces)
	bounds = append(bounds, free("variable default", "variables.1.member.defaultValue", func(p *Pipeline, v string) { p.Variables[0].DefaultValue = v }, 0, 1000)...)
	bounds = append(bounds, free("variable description", "variables.1.member.description", func(p *Pipeline, v string) { p.Variables[0].Description = v }, 0, 200)...)
	provider := func(p *Pipeline, v string) { firstTrigger(p); p.Triggers[0].ProviderType = v }
	events := func(p *Pipeline, v []string) { firstTrigger(p).PullRequest[0].Events = v }
	filters := func(n int) []PushFilter { return make([]PushFilter, n) }
	push := func(p *Pipeline, f PushFilter) { firstTrigger(p).Push[0] = f }
	pull := func(p *Pipeline, f PullRequest) { firstTrigger(p).PullRequest[0] = f }
	some := &Patterns{Includes: []string{"main"}}
	bounds = append(bounds,
		bound{"providerType", "triggers.1.member.providerType", eachOf(provider, "CodeStarSourceConnection"), eachOf(provider, "", "GitHub"), oneOf("CodeStarSourceConnection"), "write CodeStarSourceConnection"},
		listed("push filters", gitAt+"push", func(p *Pipeline, n int) { firstTrigger(p).Push = filters(n) }, 3),
		listed("pull request filters", gitAt+"pullRequest", func(p *Pipeline, n int) { firstTrigger(p).PullRequest = make([]PullRequest, n) }, 3),
		bound{"4 events", gitAt + "pullRequest.1.member.events", eachOf(events, nil, []string{"OPEN", "UPDATED", "CLOSED"}), eachOf(events, []string{"OPEN", "UPDATED", "CLOSED", "OPEN"}), most(3), "give 0 to 3, not 4"},
		bound{"unknown event", gitAt + "pullRequest.1.member.events.1.member", nil, eachOf(events, []string{"MERGED"}), oneOf("OPEN, UPDATED, CLOSED"), "write OPEN or UPDATED or CLOSED"},
		bound{"event twice", gitAt + "pullRequest.1.member.events.2.member", nil, eachOf(events, []string{"OPEN", "OPEN"}), "Member must not contain duplicates", "list it once"},
		bound{"tags with branches or paths", gitAt + "push.1.member", eachOf(push, PushFilter{Tags: some}, PushFilter{Branches: some}, PushFilter{Branches: some, FilePaths: some}),
			eachOf(push, PushFilter{Tags: some, Branches: some}, PushFilter{Tags: some, FilePaths: some}), "tags cannot be combined", "use a filter of its own for tags"},
		bound{"neither tags nor branches", gitAt + "push.1.member", nil, eachOf(push, PushFilter{}, PushFilter{FilePaths: some}), "Member must contain branches or tags", "add branches or tags"},
		bound{"pull request without branches", gitAt + "pullRequest.1.member", eachOf(pull, PullRequest{Branches: some, FilePaths: some}), eachOf(pull, PullRequest{}, PullRequest{FilePaths: some}), "Member must contain branches", "add branches"},
		bound{"triggers of more than 200 KB", "triggers", nil, []func(*Pipeline){func(p *Pipeline) {
			long := strings.Repeat("x", 255)
			for range 50 {
				all := &Patterns{Includes: []string{long, long, long, long, long, long, long, long}, Excludes: []string{long, long, long, long, long, long, long, long}}
				p.Triggers = append(p.Triggers, trigger("Checkout", PushFilter{Branches: all}, PushFilter{Branches: all, FilePaths: all}))
			}
		}}, most(204800), "use fewer or shorter patterns"},
	)
	bounds = append(bounds, named("sourceActionName", gitAt+"sourceActionName", func(p *Pipeline, v string) { firstTrigger(p).SourceActionName = v }, 100, inNames)...)
	for at, of := range map[string]func(p *Pipeline, all *Patterns){
		gitAt + "push.1.member.branches":         func(p *Pipeline, all *Patterns) { firstTrigger(p).Push[0].Branches = all },
		gitAt + "push.1.member.filePaths":        func(p *Pipeline, all *Patterns) { firstTrigger(p).Push[0].FilePaths = all },
		gitAt + "push.1.member.tags":             func(p *Pipeline, all *Patterns) { firstTrigger(p).Push[0] = PushFilter{Tags: all} },
		gitAt + "pullRequest.1.member.branches":  func(p *Pipeline, all *Patterns) { firstTrigger(p).PullRequest[0].Branches = all },
		gitAt + "pullRequest.1.member.filePaths": func(p *Pipeline, all *Patterns) { firstTrigger(p).PullRequest[0].FilePaths = all },
	} {
		bounds = append(bounds,
			listed(at+" includes", at+".includes", func(p *Pipeline, n int) { of(p, &Patterns{Includes: many(n, "b")}) }, 8),
			listed(at+" excludes", at+".excludes", func(p *Pipeline, n int) { of(p, &Patterns{Excludes: many(n, "b")}) }, 8),
			bound{at + " empty", at, nil, eachOf(of, &Patterns{}), "Member must contain includes or excludes", "add includes or excludes"},
		)
		bounds = append(bounds, free(at+" pattern", at+".includes.1.member", func(p *Pipeline, v string) { of(p, &Patterns{Includes: []string{v}}) }, 1, 255)...)
	}
	for _, b := range bounds {
		b.check(t)
	}
}

func TestFBounds(t *testing.T) {
	stages := func(n int) func(p *Pipeline) {
		return func(p *Pipeline) {
			for _, name := range many(n-3, "S") {
				p.Stages = append(p.Stages, Stage{Name: name, Actions: []Action{{Name: "A", ActionTypeID: custom("Test", "GoTest")}}})
			}
		}
	}
	actions := func(n int) func(p *Pipeline) {
		return func(p *Pipeline) {
			for _, name := range many(n-3, "A") {
				p.Stages[1].Actions = append(p.Stages[1].Actions, Action{Name: name, ActionTypeID: custom("Test", "GoTest"), RunOrder: 3})
			}
		}
	}
	all := func(n int) func(p *Pipeline) { // in stages of 40, beside the 6 that are there
		return func(p *Pipeline) {
			for i, name := range many(n-6, "A") {
				if i%40 == 0 {
					p.Stages = append(p.Stages, Stage{Name: "More" + name})
				}
				last := &p.Stages[len(p.Stages)-1]
				last.Actions = append(last.Actions, Action{Name: name, ActionTypeID: custom("Test", "GoTest")})
			}
		}
	}
	for _, test := range []struct {
		name           string
		inside, beyond func(p *Pipeline)
		kind           Exception
		want           string
	}{
		{"51 stages", stages(50), stages(51), InvalidStructure, "storefront (stages): Pipeline has too many stages. There can only be up to 50 stages in a pipeline"},
		{"101 actions in a stage", actions(100), actions(101), InvalidStage, "storefront/Build (actions): Stage 'Build' has 101 actions. There can only be up to 100 actions in a stage; move some to another stage"},
		{"1001 actions in a pipeline", all(1000), all(1001), InvalidStructure, "storefront (stages): Pipeline has too many actions: 1001. There can only be up to 1000 actions in a pipeline; split the pipeline"},
	} {
		require.Empty(t, judged(test.inside), test.name)
		row{test.name, test.beyond, test.kind, test.want}.check(t, Options{Catalogue: known})
	}
}
