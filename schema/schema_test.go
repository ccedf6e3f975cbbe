package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// compile is the schema that knows these action types beside AWS's own.
func compile(t *testing.T, actions *penstock.Actions) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(penstock.Schema(actions)))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	require.NoError(t, c.AddResource("pipeline.json", document))
	compiled, err := c.Compile("pipeline.json")
	require.NoError(t, err)
	return compiled
}

func read(t *testing.T, path string) any {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	return value
}

func everything(t *testing.T) map[string]any {
	t.Helper()
	return read(t, filepath.Join("testdata", "everything.json")).(map[string]any)
}

func TestTheServicesOwnTypes(t *testing.T) {
	schema := compile(t, nil)
	base := everything(t)
	require.NoError(t, schema.Validate(base))
	require.NoError(t, schema.Validate(map[string]any{"pipeline": base, "metadata": map[string]any{"pipelineArn": "a"}}), "as get-pipeline answers it")
	require.Error(t, schema.Validate(map[string]any{"pipeline": base, "other": "x"}))
	_, err := penstock.ParsePipeline(encode(t, base))
	require.NoError(t, err)
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return data
}

// Every definition that internal/definition calls right is right to the schema.
func TestTheDefinitionsOfTheValidator(t *testing.T) {
	schema := compile(t, nil)
	files, err := filepath.Glob(filepath.Join("..", "internal", "definition", "testdata", "examples", "*.json"))
	require.NoError(t, err)
	require.Greater(t, len(files), 30)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			document := read(t, file)
			standIn(document)
			require.NoError(t, schema.Validate(document))
		})
	}
}

// standIn puts types of the service in the place of custom ones, which exist in a running engine only.
func standIn(value any) {
	switch inside := value.(type) {
	case []any:
		for _, member := range inside {
			standIn(member)
		}
	case map[string]any:
		for _, member := range inside {
			standIn(member)
		}
		kind, _ := inside["actionTypeId"].(map[string]any)
		switch {
		case kind["owner"] != "Custom":
		case kind["category"] == "Source":
			inside["actionTypeId"], inside["configuration"] = id("Source/AWS/ECR/1"), map[string]any{"RepositoryName": "r"}
		default:
			inside["actionTypeId"], inside["configuration"] = id("Invoke/AWS/Lambda/1"), map[string]any{"FunctionName": "f"}
		}
	}
}

type gitSource struct {
	Branch string
	Code   penstock.Output[string]
}

func (gitSource) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Git", Version: "1"}
}

type acmeBuild struct{ Code penstock.Input[string] }

func (acmeBuild) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "AcmeBuild", Version: "1"}
}

func nothing[A penstock.ActionConfig](context.Context, *penstock.Call[A]) error { return nil }

func registered() *penstock.Actions {
	actions := &penstock.Actions{}
	penstock.RegisterFunc(actions, nothing[gitSource])
	penstock.RegisterFunc(actions, nothing[acmeBuild])
	return actions
}

func TestTypesThatAreRegisteredInGo(t *testing.T) {
	schema := compile(t, registered())
	code := penstock.NewArtifact[string]("code")
	p := penstock.NewPipeline("p",
		penstock.NewStage("Source", penstock.NewAction("Get", gitSource{Branch: "main", Code: code.Out()})),
		penstock.NewStage("Build", penstock.Sequence(
			penstock.NewAction("Make", acmeBuild{Code: code.In()}).Retry(3),
			penstock.Parallel(penstock.NewAction("More", acmeBuild{Code: code.In()}), penstock.NewApproval("Ask")),
		)),
	)
	require.NoError(t, p.Validate(registered()))
	document := func() map[string]any {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(encode(t, p)))
		require.NoError(t, err)
		return value.(map[string]any)
	}
	require.NoError(t, schema.Validate(document()))
	require.Error(t, compile(t, nil).Validate(document()), "nobody registered them")
	wrong := document()
	edit(t, wrong, "stages/0/actions/0/configuration/Brunch", "main")
	require.Error(t, schema.Validate(wrong))
	wrong = document()
	edit(t, wrong, "stages/1/actions/0/configuration/Code", nil)
	require.Error(t, schema.Validate(wrong), "an input is not optional")
}

func TestTheSchemaIsTheSameEveryTime(t *testing.T) {
	first := penstock.Schema(registered())
	require.Equal(t, first, penstock.Schema(registered()))
}

// edit sets a member of a document, by its path; nil takes it out.
func edit(t *testing.T, document any, path string, value any) {
	t.Helper()
	at := document
	steps := strings.Split(path, "/")
	for _, step := range steps[:len(steps)-1] {
		switch inside := at.(type) {
		case map[string]any:
			at = inside[step]
		case []any:
			i, err := strconv.Atoi(step)
			require.NoError(t, err, path)
			at = inside[i]
		}
	}
	last := steps[len(steps)-1]
	object, ok := at.(map[string]any)
	require.True(t, ok, "%s is in no object", path)
	if value == nil {
		require.Contains(t, object, last, path)
		delete(object, last)
		return
	}
	object[last] = value
}

func id(name string) map[string]any {
	parts := strings.Split(name, "/")
	return map[string]any{"category": parts[0], "owner": parts[1], "provider": parts[2], "version": parts[3]}
}

func repeated(n int) []any { return slices.Repeat([]any{"x"}, n) }

func TestBrokenDefinitions(t *testing.T) {
	schema := compile(t, nil)
	const (
		test, image, approve, site, skill = "stages/1/actions/0", "stages/1/actions/1", "stages/2/actions/0", "stages/2/actions/1", "stages/2/actions/2"
		gate, trigger, settings           = "stages/1/beforeEntry/conditions/0", "triggers/0/gitConfiguration", "penstock/stages/Build/actions/Image"
	)
	long := strings.Repeat("x", 101)
	for _, c := range []struct {
		name, path string
		value      any
	}{
		{"no name", "name", nil},
		{"a name with a space", "name", "a b"},
		{"a long name", "name", long},
		{"an unknown field", "nmae", "x"},
		{"an unknown mode", "executionMode", "FIFO"},
		{"a mode that V1 lacks", "pipelineType", "V1"},
		{"a role that is none", "roleArn", "admin"},
		{"both stores", "artifactStore", map[string]any{"type": "S3", "location": "bucket"}},
		{"a store of another type", "artifactStores/us-east-1/type", "GCS"},
		{"a bucket with a slash", "artifactStores/us-east-1/location", "a/b"},
		{"one stage", "stages", []any{}},
		{"a text where a number belongs", "version", "3"},
		{"a variable without a name", "variables/1/name", nil},
		{"an empty default", "variables/0/defaultValue", ""},
		{"too many variables", "variables", slices.Repeat([]any{map[string]any{"name": "A"}}, 51)},
		{"a trigger of another provider", "triggers/0/providerType", "Cron"},
		{"a trigger without a source", trigger + "/sourceActionName", nil},
		{"tags and branches", trigger + "/push/0/branches", map[string]any{"includes": []any{"main"}}},
		{"files without branches", trigger + "/push/1/branches", nil},
		{"no patterns", trigger + "/push/0/tags", map[string]any{}},
		{"nine patterns", trigger + "/push/0/tags/includes", repeated(9)},
		{"an event twice", trigger + "/pullRequest/0/events", []any{"OPEN", "OPEN"}},
		{"a pull request without branches", trigger + "/pullRequest/0/branches", nil},
		{"an approval among the sources", "stages/0/actions/0/actionTypeId", id("Approval/AWS/Manual/1")},
		{"a source in a later stage", image + "/actionTypeId", id("Source/AWS/S3/1")},
		{"a whole source in a later stage", "stages/1/actions", []any{map[string]any{
			"name": "S", "actionTypeId": id("Source/AWS/ECR/1"), "configuration": map[string]any{"RepositoryName": "r"},
			"outputArtifacts": []any{map[string]any{"name": "s"}},
		}}},
		{"a stage without actions", "stages/2/actions", []any{}},
		{"a blocker of another type", "stages/1/blockers", []any{map[string]any{"name": "b", "type": "Manual"}}},
		{"an unknown action type", image + "/actionTypeId", id("Build/AWS/CodeBiuld/1")},
		{"an unknown version", image + "/actionTypeId/version", "2"},
		{"an action type without a version", image + "/actionTypeId/version", nil},
		{"a missing key", image + "/configuration/ProjectName", nil},
		{"no configuration", image + "/configuration", nil},
		{"an unknown key", image + "/configuration/Project", "x"},
		{"a number for a text", image + "/configuration/ProjectName", 7},
		{"an empty text", image + "/configuration/ProjectName", ""},
		{"too few inputs", image + "/inputArtifacts", []any{}},
		{"no inputs", image + "/inputArtifacts", nil},
		{"too many outputs", site + "/outputArtifacts", []any{map[string]any{"name": "x"}}},
		{"an artifact with a dot", image + "/outputArtifacts", []any{map[string]any{"name": "x.zip"}}},
		{"a value that is not listed", site + "/configuration/Extract", "maybe"},
		{"a key that another one needs", site + "/configuration/ObjectKey", nil},
		{"a role of somebody else's type", skill + "/roleArn", "arn:aws:iam::123456789012:role/x"},
		{"run order 0", image + "/runOrder", 0},
		{"run order 1000", image + "/runOrder", 1000},
		{"half a run order", image + "/runOrder", 1.5},
		{"a namespace with a dot", image + "/namespace", "a.b"},
		{"a timeout of no approval", image + "/timeoutInMinutes", 60},
		{"a short approval", approve + "/timeoutInMinutes", 4},
		{"an approval with an input", approve + "/inputArtifacts", []any{map[string]any{"name": "code"}}},
		{"commands that are none", image + "/commands", []any{"make"}},
		{"no commands", test + "/commands", nil},
		{"an empty list of commands", test + "/commands", []any{}},
		{"51 commands", test + "/commands", repeated(51)},
		{"a variable of another type", test + "/environmentVariables/0/type", "FILE"},
		{"16 output variables", test + "/outputVariables", repeated(16)},
		{"two conditions", "stages/1/beforeEntry/conditions", []any{map[string]any{}, map[string]any{}}},
		{"an entry that rolls back", gate + "/result", "ROLLBACK"},
		{"a success that skips", "stages/1/onSuccess/conditions/0/result", "SKIP"},
		{"a failure that fails", "stages/2/onFailure/conditions/0/result", "FAIL"},
		{"a result and conditions", "stages/2/onFailure/result", "ROLLBACK"},
		{"a retry mode without a retry", "stages/0/onFailure/result", "ROLLBACK"},
		{"a rule that cannot skip", gate + "/rules/0/ruleTypeId/provider", "CloudWatchAlarm"},
		{"six rules", gate + "/rules", slices.Repeat([]any{map[string]any{}}, 6)},
		{"an unknown rule type", gate + "/rules/0/ruleTypeId/provider", "VariableCheque"},
		{"a rule type of another category", gate + "/rules/0/ruleTypeId/category", "Build"},
		{"a rule type of another owner", gate + "/rules/0/ruleTypeId/owner", "Custom"},
		{"a rule type without a provider", gate + "/rules/0/ruleTypeId/provider", nil},
		{"a rule without its key", gate + "/rules/0/configuration/Operator", nil},
		{"a comparison that is none", gate + "/rules/0/configuration/Operator", "LT"},
		{"a rule with an input", gate + "/rules/0/inputArtifacts", []any{map[string]any{"name": "code"}}},
		{"a long rule", gate + "/rules/0/timeoutInMinutes", 86401},
		{"an unknown setting", settings + "/retires", 3},
		{"a timeout without a unit", settings + "/timeout", "90"},
		{"no further tries", settings + "/retry/max", 0},
		{"too much jitter", settings + "/retry/jitter", 1.5},
		{"a node that is two things", "penstock/stages/Build/tree/action", "Test"},
		{"a group without members", "penstock/stages/Build/tree/parallel", []any{}},
		{"a sequence with a limit", "penstock/stages/Deploy/tree/limit", 2},
		{"a limit of 0", "penstock/stages/Build/tree/limit", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			broken := everything(t)
			edit(t, broken, c.path, c.value)
			require.Error(t, schema.Validate(roundTrip(t, broken)))
		})
	}
}

// roundTrip makes every number what a reader of JSON would have made of it.
func roundTrip(t *testing.T, value any) any {
	t.Helper()
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(encode(t, value)))
	require.NoError(t, err)
	return out
}

func TestFirstVersion(t *testing.T) {
	schema := compile(t, nil)
	simple := func() map[string]any {
		p := everything(t)
		for _, field := range []string{"executionMode", "variables", "triggers", "penstock"} {
			delete(p, field)
		}
		p["pipelineType"] = "V1"
		stages := p["stages"].([]any)
		for _, stage := range stages {
			for _, gate := range []string{"beforeEntry", "onSuccess", "onFailure"} {
				delete(stage.(map[string]any), gate)
			}
		}
		build := stages[1].(map[string]any)
		build["actions"] = build["actions"].([]any)[1:]
		return p
	}
	require.NoError(t, schema.Validate(simple()))
	full := everything(t)
	for _, path := range []string{"variables", "triggers", "stages/1/beforeEntry", "stages/1/onSuccess", "stages/2/onFailure", "stages/1/actions"} {
		t.Run(path, func(t *testing.T) {
			p := simple()
			edit(t, p, path, at(full, path))
			require.Error(t, schema.Validate(p))
			p["pipelineType"] = "V2"
			require.NoError(t, schema.Validate(p))
			delete(p, "pipelineType")
			require.NoError(t, schema.Validate(p), "its type follows from what it has")
		})
	}
}

func at(value any, path string) any {
	for step := range strings.SplitSeq(path, "/") {
		if object, ok := value.(map[string]any); ok {
			value = object[step]
			continue
		}
		i, _ := strconv.Atoi(step)
		value = value.([]any)[i]
	}
	return value
}
