package definition

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var structures = flag.Int("structures", 500, "how many generated structures are taken through import and export")

// filled is a value of any type of a definition with something, or nothing, in every field that it has.
func filled(r *rand.Rand, t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	some := r.IntN(2) == 0 && depth < 12
	switch t.Kind() {
	case reflect.String:
		v.SetString(anyString(r))
	case reflect.Int:
		v.SetInt(int64(r.IntN(2000)) - 10)
	case reflect.Int64: // a Duration
		v.SetInt(r.Int64N(1e15))
	case reflect.Float64:
		v.SetFloat(r.Float64())
	case reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(filled(r, t.Field(i).Type, depth+1))
		}
	case reflect.Pointer:
		if some {
			v.Set(reflect.New(t.Elem()))
			v.Elem().Set(filled(r, t.Elem(), depth+1))
		}
	case reflect.Slice:
		for range map[bool]int{true: 1 + r.IntN(2)}[some] {
			v.Set(reflect.Append(v, filled(r, t.Elem(), depth+1)))
		}
	case reflect.Map:
		for range map[bool]int{true: 1 + r.IntN(2)}[some] {
			if v.IsNil() {
				v.Set(reflect.MakeMap(t))
			}
			v.SetMapIndex(filled(r, t.Key(), depth+1), filled(r, t.Elem(), depth+1))
		}
	default:
		panic("a definition has a field of kind " + t.Kind().String())
	}
	return v
}

func anyString(r *rand.Rand) string {
	words := []string{
		"", "a", "Build", "eu-west-1", "AWS", "Source", "Manual", "1", "#{a.b}", "\"", "\\", "\n", "\x00", "<&>", "ä", "😀", "\u2028", "\ufffd",
		"****", "V1", "QUEUED", "null", " ", "{}", "\\ud800", "\u007f", "penstock", "pipeline",
	}
	var b strings.Builder
	for range r.IntN(4) {
		b.WriteString(words[r.IntN(len(words))])
	}
	return b.String()
}

func TestGeneratedStructuresGoThroughImportAndExport(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for i := range *structures {
		p := Normalize(filled(r, reflect.TypeFor[Pipeline](), 0).Interface().(Pipeline))
		p.Version = 0
		exported := Canonical(p)
		imported, err := Parse(exported)
		require.NoError(t, err, "structure %d: %s", i, exported)
		require.True(t, reflect.DeepEqual(p, imported), "structure %d: %s", i, exported)
		require.Equal(t, string(exported), string(Canonical(imported)))
		wrapped, err := Parse(slices.Concat([]byte(`{"metadata":{},"pipeline":`), exported, []byte("}")))
		require.NoError(t, err)
		require.Equal(t, string(exported), string(Canonical(wrapped)))
		for _, kind := range []string{`"tree"`, `"encryptionKey"`, `"retryConfiguration"`, `"pullRequest"`, `"blockers"`, `"files"`, `"environmentVariables"`, `"rules"`, `"jitter"`} {
			seen[kind] = seen[kind] || bytes.Contains(exported, []byte(kind))
		}
	}
	require.Len(t, seen, 9)
	require.NotContains(t, seen, false)
}

// examples are definitions as people write them.
func examples(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/examples/*.json")
	require.NoError(t, err)
	out := map[string][]byte{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		out[strings.TrimSuffix(filepath.Base(file), ".json")] = data
	}
	require.GreaterOrEqual(t, len(out), 30)
	return out
}

// defaulted is a definition with the documented defaults, made by other means than this package's: spec A1, A3.
func defaulted(t *testing.T, data []byte) string {
	t.Helper()
	var p map[string]any
	require.NoError(t, json.Unmarshal(data, &p))
	if inner, ok := p["pipeline"].(map[string]any); ok {
		p = inner
	}
	set := func(m map[string]any, key string, value any) {
		if _, ok := m[key]; !ok {
			m[key] = value
		}
	}
	list := func(m map[string]any, key string) []any { l, _ := m[key].([]any); return l }
	v2 := p["variables"] != nil || p["triggers"] != nil || p["executionMode"] == "QUEUED" || p["executionMode"] == "PARALLEL"
	for _, s := range list(p, "stages") {
		stage := s.(map[string]any)
		for _, gate := range []string{"beforeEntry", "onSuccess", "onFailure"} {
			g, ok := stage[gate].(map[string]any)
			v2 = v2 || ok
			for _, c := range list(g, "conditions") {
				for _, r := range list(c.(map[string]any), "rules") {
					if config, ok := r.(map[string]any)["configuration"].(map[string]any); ok && len(config) == 0 {
						delete(r.(map[string]any), "configuration") // what is optional and empty is absent
					}
					set(r.(map[string]any)["ruleTypeId"].(map[string]any), "owner", "AWS")
					set(r.(map[string]any)["ruleTypeId"].(map[string]any), "version", "1")
				}
			}
		}
		for _, a := range list(stage, "actions") {
			action := a.(map[string]any)
			id := action["actionTypeId"].(map[string]any)
			v2 = v2 || id["owner"] == "AWS" && slices.Contains(v2Providers, id["category"].(string)+"/"+id["provider"].(string))
			set(action, "runOrder", 1)
			set(action, "configuration", map[string]any{})
			set(action, "inputArtifacts", []any{})
			set(action, "outputArtifacts", []any{})
		}
	}
	delete(p, "version")
	set(p, "executionMode", "SUPERSEDED")
	set(p, "pipelineType", map[bool]string{true: "V2", false: "V1"}[v2])
	return sorted(t, p)
}

func sorted(t *testing.T, value any) string {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return string(data)
}

func TestExamplesGoThroughImportAndExportToTheByte(t *testing.T) {
	for name, data := range examples(t) {
		t.Run(name, func(t *testing.T) {
			p, err := Parse(data)
			require.NoError(t, err)
			exported := Canonical(p)
			var raw any
			require.NoError(t, json.Unmarshal(exported, &raw))
			require.Equal(t, defaulted(t, data), sorted(t, raw))
			again, err := Parse(exported)
			require.NoError(t, err)
			require.Equal(t, p.Name, name)
			p.Version = 0
			require.Equal(t, p, again)
			require.NoError(t, ValidateWith(p, Options{Strict: true, Region: "eu-west-1"}))
		})
	}
}

func TestExamplesCoverEveryProvider(t *testing.T) {
	providers := []string{
		"Source/AWS/S3", "Source/AWS/CodeCommit", "Source/AWS/CodeStarSourceConnection", "Source/ThirdParty/GitHub", "Source/AWS/ECR", "Source/Custom/",
		"Build/AWS/CodeBuild", "Test/AWS/CodeBuild", "Compute/AWS/Commands", "Build/AWS/ECRBuildAndPublish", "Invoke/AWS/InspectorScan", "Build/Custom/Jenkins", "Test/Custom/Jenkins", "Test/AWS/DeviceFarm",
		"Deploy/AWS/S3", "Deploy/AWS/CodeDeploy", "Deploy/AWS/CodeDeployToECS", "Deploy/AWS/ECS", "Deploy/AWS/CloudFormation", "Deploy/AWS/CloudFormationStackSet", "Deploy/AWS/CloudFormationStackInstances",
		"Deploy/AWS/ElasticBeanstalk", "Deploy/AWS/OpsWorks", "Deploy/AWS/ServiceCatalog", "Deploy/AWS/AppConfig", "Deploy/AWS/EC2", "Deploy/AWS/EKS", "Deploy/AWS/Lambda", "Deploy/ThirdParty/AlexaSkillsKit",
		"Invoke/AWS/Lambda", "Invoke/AWS/StepFunctions", "Invoke/AWS/CodePipeline", "Invoke/ThirdParty/Snyk", "Approval/AWS/Manual",
		"Rule/AWS/CloudWatchAlarm", "Rule/AWS/DeploymentWindow", "Rule/AWS/LambdaInvoke", "Rule/AWS/VariableCheck", "Rule/AWS/CodeBuild", "Rule/AWS/Commands",
		"V1", "V2", "SUPERSEDED", "QUEUED", "PARALLEL", "artifactStores", "region", "namespace", "triggers", "push", "pullRequest", "tags", "beforeEntry", "onSuccess", "onFailure",
		"retryConfiguration", "variables", "blockers", "roleArn", "encryptionKey", "environmentVariables", "outputVariables", "files", "timeoutInMinutes", "penstock", "metadata", "commands",
	}
	var all strings.Builder
	for _, data := range examples(t) {
		p, err := Parse(data)
		require.NoError(t, err)
		all.Write(data)
		all.Write(Canonical(p))
		for _, s := range p.Stages {
			for _, a := range s.Actions {
				all.WriteString(`"` + a.ActionTypeID.Category + "/" + a.ActionTypeID.Owner + "/" + a.ActionTypeID.Provider + `"`)
			}
			eachRule(&s, func(_ string, r *Rule) { all.WriteString(`"Rule/AWS/` + r.RuleTypeID.Provider + `"`) })
		}
	}
	for _, want := range providers {
		require.Contains(t, all.String(), `"`+want, "no example has it")
	}
}
