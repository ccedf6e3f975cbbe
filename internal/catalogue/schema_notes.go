package catalogue

// note is what the schema says of a field of a definition: its constraints are those of the service's model (spec A1 to A4).
type note struct {
	about    string
	required bool
	rules    object // of the field
	members  object // of each member of a list or map
}

func text(least, most int) object { return object{"minLength": least, "maxLength": most} }

func spelt(pattern string, most int) object {
	return object{"minLength": 1, "maxLength": most, "pattern": pattern}
}

func oneOf(values ...any) object        { return object{"enum": list(values)} }
func members(least, most int) object    { return object{"minItems": least, "maxItems": most} }
func integer(least, most int) object    { return object{"minimum": least, "maximum": most} }
func number(least, most float64) object { return object{"minimum": least, "maximum": most} }

const (
	namePattern      = `^[A-Za-z0-9.@_-]+$`
	namespacePattern = `^[A-Za-z0-9@_-]+$`
	wordPattern      = `^[A-Za-z0-9_-]+$`
	rolePattern      = `^arn:aws(-[A-Za-z0-9_]+)*:iam::[0-9]{12}:role/.*$`
	bucketPattern    = `^[A-Za-z0-9.-]+$`
	timePattern      = `^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`
)

func name(about string) note {
	return note{about: about, required: true, rules: spelt(namePattern, 100)}
}
func role(about string) note    { return note{about: about, rules: spelt(rolePattern, 1024)} }
func region(about string) note  { return note{about: about, rules: text(4, 30)} }
func minutes(about string) note { return note{about: about, rules: integer(5, 86400)} }
func globs(about string) note   { return note{about: about, rules: members(1, 8), members: text(1, 255)} }

// duration is a Go duration, such as 1h30m.
func duration(about string) note {
	return note{about: about + ", such as 1h30m", rules: object{"pattern": timePattern}}
}

// notes are by the Go type and the JSON name of a field.
var notes = map[string]note{
	"Pipeline.name":           name("the pipeline's name; it never changes"),
	"Pipeline.roleArn":        role("role that the pipeline works with"),
	"Pipeline.artifactStore":  {about: "where artifacts are kept; or artifactStores"},
	"Pipeline.artifactStores": {about: "where artifacts are kept, by region; or artifactStore", rules: object{"propertyNames": text(4, 30)}},
	"Pipeline.stages":         {about: "the stages in order: the first holds sources only, and no other holds any", required: true, rules: members(2, 50)},
	"Pipeline.version":        {about: "given by the service and counted up by every update; ignored here", rules: object{"minimum": 1}},
	"Pipeline.executionMode": {
		about: "SUPERSEDED: the newest execution that waits takes the place of older ones; QUEUED: they wait in order; PARALLEL: they do not wait for each other",
		rules: object{"enum": list{"SUPERSEDED", "QUEUED", "PARALLEL"}, "default": "SUPERSEDED"},
	},
	"Pipeline.pipelineType": {about: "V2 has variables, triggers, conditions and further modes and action types", rules: oneOf("V1", "V2")},
	"Pipeline.variables":    {about: "variables of the pipeline, for #{variables.name}", rules: members(0, 50)},
	"Pipeline.triggers":     {about: "what starts executions, at most one a source action", rules: members(0, 50)},
	"Pipeline.penstock":     {about: "what CodePipeline's structure cannot say"},

	"ArtifactStore.type":          {about: "kind of store", required: true, rules: oneOf("S3")},
	"ArtifactStore.location":      {about: "bucket", required: true, rules: object{"minLength": 3, "maxLength": 63, "pattern": bucketPattern}},
	"ArtifactStore.encryptionKey": {about: "key that encrypts; default the service's own"},
	"EncryptionKey.id":            {about: "ID, ARN or alias ARN of the key", required: true, rules: text(1, 400)},
	"EncryptionKey.type":          {about: "kind of key", required: true, rules: oneOf("KMS")},

	"Variable.name":         {about: "the variable's name, unique in the pipeline", required: true, rules: spelt(namespacePattern, 128)},
	"Variable.defaultValue": {about: "its value when a start gives none; without it a start has to", rules: text(1, 1000)},
	"Variable.description":  {about: "what it is for", rules: text(0, 200)},

	"Trigger.providerType":              {about: "kind of trigger", required: true, rules: oneOf("CodeStarSourceConnection")},
	"Trigger.gitConfiguration":          {about: "which events of the repository start an execution", required: true},
	"GitConfiguration.sourceActionName": name("source action whose repository is watched"),
	"GitConfiguration.push":             {about: "filters for pushes; one has to match", rules: members(1, 3)},
	"GitConfiguration.pullRequest":      {about: "filters for pull requests; one has to match", rules: members(1, 3)},
	"PushFilter.branches":               {about: "branches pushed to"},
	"PushFilter.filePaths":              {about: "files changed; with branches"},
	"PushFilter.tags":                   {about: "tags pushed; alone"},
	"PullRequest.events": {
		about: "what happened to the pull request",
		rules: object{"minItems": 1, "maxItems": 3, "uniqueItems": true}, members: oneOf("OPEN", "UPDATED", "CLOSED"),
	},
	"PullRequest.branches":  {about: "branches that it would merge into", required: true},
	"PullRequest.filePaths": {about: "files changed"},
	"Patterns.includes":     globs("globs; one has to match"),
	"Patterns.excludes":     globs("globs; none may match. They win over includes"),

	"Stage.name":        name("the stage's name, unique in the pipeline"),
	"Stage.blockers":    {about: "reserved; kept and ignored"},
	"Stage.actions":     {about: "its actions; order comes from runOrder, or from the tree in the penstock block", required: true, rules: members(1, 100)},
	"Stage.beforeEntry": {about: "condition for entering: where it fails the stage fails or is skipped"},
	"Stage.onSuccess":   {about: "condition for having succeeded: where it fails the stage fails or is rolled back"},
	"Stage.onFailure":   {about: "what follows when the stage has failed"},
	"Blocker.name":      {about: "name of the blocker", required: true, rules: text(1, 100)},
	"Blocker.type":      {about: "kind of blocker", required: true, rules: oneOf("Schedule")},

	"Conditions.conditions":        {about: "the condition", required: true, rules: members(1, 1)},
	"OnFailure.result":             {about: "ROLLBACK: go back to what succeeded last; RETRY: try the stage once more", rules: oneOf("ROLLBACK", "RETRY")},
	"OnFailure.retryConfiguration": {about: "how to retry; with the result RETRY"},
	"OnFailure.conditions":         {about: "the condition for the result in it; instead of result", rules: members(1, 1)},
	"RetryConfiguration.retryMode": {about: "which actions run again; default FAILED_ACTIONS", rules: oneOf("FAILED_ACTIONS", "ALL_ACTIONS")},
	"Condition.result":             {about: "what follows", required: true, rules: oneOf("FAIL", "SKIP", "ROLLBACK", "RETRY")},
	"Condition.rules":              {about: "the condition holds when all of them succeed", required: true, rules: members(1, 5)},

	"Rule.name":             name("the rule's name, unique in its condition"),
	"Rule.ruleTypeId":       {about: "its rule type", required: true},
	"Rule.configuration":    {about: "its settings; texts may hold #{namespace.key}", rules: keys(200), members: text(1, 10000)},
	"Rule.commands":         {about: "shell commands, of a Commands rule only", rules: members(0, 50), members: text(1, 1000)},
	"Rule.inputArtifacts":   {about: "artifacts that it looks at"},
	"Rule.roleArn":          role("role that it works with"),
	"Rule.region":           region("region that it works in; default the pipeline's"),
	"Rule.timeoutInMinutes": minutes("minutes that it may take, up to 60 days"),

	"Action.name":                 name("the action's name, unique in its stage"),
	"Action.actionTypeId":         {about: "its action type", required: true},
	"Action.runOrder":             {about: "actions of a stage run by rising run order, equal ones at once; default 1", rules: integer(1, 999)},
	"Action.configuration":        {about: "its settings, all of them texts, which may hold #{namespace.key}", rules: keys(0), members: text(1, 50000)},
	"Action.commands":             {about: "shell commands, of a Commands action only", rules: members(0, 50), members: text(1, 1000)},
	"Action.environmentVariables": {about: "variables of its environment", rules: members(0, 10)},
	"Action.outputVariables":      {about: "environment variables that a Commands action puts out", rules: members(0, 15), members: text(1, 128)},
	"Action.outputArtifacts":      {about: "artifacts that it puts out"},
	"Action.inputArtifacts":       {about: "artifacts that it takes in: an earlier action puts them out"},
	"Action.roleArn":              role("role that it works with"),
	"Action.region":               region("region that it works in; default the pipeline's"),
	"Action.namespace":            {about: "namespace of its output variables, unique in the pipeline", rules: spelt(namespacePattern, 100)},
	"Action.timeoutInMinutes":     minutes("minutes that a manual approval waits; default 7 days"),
	"EnvironmentVariable.name":    {about: "name", required: true, rules: spelt(`^[A-Za-z0-9_]+$`, 128)},
	"EnvironmentVariable.value":   {about: "value, or the name of the secret", required: true, rules: text(1, 2000)},
	"EnvironmentVariable.type":    {about: "what the value is; default PLAINTEXT", rules: oneOf("PLAINTEXT", "SECRETS_MANAGER")},
	"Artifact.name":               {about: "the artifact's name", required: true, rules: spelt(wordPattern, 100)},
	"Artifact.files":              {about: "files of it, of a Commands action only", rules: members(1, 10), members: text(1, 128)},

	"TypeID.category": {about: "what it is for", required: true, rules: oneOf("Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute", "Rule")},
	"TypeID.owner":    {about: "whose it is", required: true, rules: oneOf("AWS", "ThirdParty", "Custom")},
	"TypeID.provider": {about: "the provider", required: true, rules: spelt(wordPattern, 35)},
	"TypeID.version":  {about: "the version", required: true, rules: spelt(wordPattern, 9)},

	"Block.update":        {about: "what an update with this definition does to live executions", rules: oneOf("CANCEL", "FINISH")},
	"Block.stages":        {about: "by the name of the stage"},
	"StageBlock.tree":     {about: "shape of the stage's groups, where run orders cannot say it"},
	"StageBlock.actions":  {about: "by the name of the action"},
	"Node.action":         {about: "an action by its name", rules: text(1, 100)},
	"Node.sequence":       {about: "members that run one after the other", rules: object{"minItems": 1}},
	"Node.parallel":       {about: "members that run at once", rules: object{"minItems": 1}},
	"Node.limit":          {about: "how many members of a parallel group run at once; default all", rules: object{"minimum": 1}},
	"ActionBlock.timeout": duration("how long the action may take, its tries included"),
	"ActionBlock.retry":   {about: "further tries before the action fails"},
	"ActionBlock.tags":    {about: "words for workers to choose by", rules: members(0, 50), members: text(1, 128)},
	"Retry.max":           {about: "further tries after the first", required: true, rules: integer(1, 100)},
	"Retry.backoff":       duration("wait before the second try; it doubles with every try"),
	"Retry.maxBackoff":    duration("longest wait"),
	"Retry.jitter":        {about: "share of the wait that is random", rules: number(0, 1)},
}

// keys are the constraints of a configuration: how long keys are and how many there may be, 0 for any number.
func keys(most int) object {
	out := object{"propertyNames": text(1, 50)}
	if most > 0 {
		out["maxProperties"] = most
	}
	return out
}
