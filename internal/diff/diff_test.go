package diff

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-dev/penstock/internal/definition"
)

const base = `{"name": "shop", "pipelineType": "V2", "variables": [{"name": "env", "defaultValue": "test"}], "stages": [
	{"name": "Source", "actions": [{"name": "Fetch", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
		"configuration": {"S3Bucket": "b", "S3ObjectKey": "k"}, "outputArtifacts": [{"name": "code"}]}]},
	{"name": "Build", "actions": [
		{"name": "Image", "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"}, "commands": ["make"], "inputArtifacts": [{"name": "code"}]},
		{"name": "Unit", "actionTypeId": {"category": "Test", "owner": "Custom", "provider": "Go", "version": "1"}, "configuration": {"Packages": "./..."}}]},
	{"name": "Live", "actions": [{"name": "Ship", "actionTypeId": {"category": "Deploy", "owner": "Custom", "provider": "Ship", "version": "1"}}]}],
	"penstock": {"stages": {"Build": {"tree": {"sequence": [{"action": "Image"}, {"action": "Unit"}]}, "actions": {"Unit": {"timeout": "10m0s"}}}}}}`

func parse(t require.TestingT, text string) definition.Pipeline {
	p, err := definition.ParseStored([]byte(text))
	require.NoError(t, err)
	return p
}

func (c Change) line() string { return fmt.Sprintf("%s|%s|%s|%s", c.Path, c.Field, c.Old, c.New) }

func TestPipelines(t *testing.T) {
	swap := func(pairs ...string) string {
		for i := 0; i < len(pairs); i += 2 {
			require.Contains(t, base, pairs[i])
		}
		return strings.NewReplacer(pairs...).Replace(base)
	}
	live := `,
	{"name": "Live", "actions": [{"name": "Ship", "actionTypeId": {"category": "Deploy", "owner": "Custom", "provider": "Ship", "version": "1"}}]}`
	for _, test := range []struct {
		name  string
		after string
		want  []string
	}{
		{"nothing", base, nil},
		{"a default that is said", swap(`"name": "shop"`, `"name": "shop", "executionMode": "SUPERSEDED"`), nil},
		{"a member of the pipeline", swap(`"pipelineType"`, `"executionMode": "QUEUED", "pipelineType"`), []string{"shop|executionMode|SUPERSEDED|QUEUED"}},
		{"a value", swap(`"./..."`, `"./cmd"`), []string{"shop/Build/Unit|configuration.Packages|./...|./cmd"}},
		{"a key more", swap(`"./..."`, `"./...", "Race": "true"`), []string{"shop/Build/Unit|configuration.Race||true"}},
		{"a key less", swap(`{"Packages": "./..."}`, `{}`), []string{"shop/Build/Unit|configuration.Packages|./...|"}},
		{"a list of texts", swap(`["make"]`, `["make <all>", "make push"]`), []string{`shop/Build/Image|commands|["make"]|["make <all>","make push"]`}},
		{"another type", swap(`"provider": "Go"`, `"provider": "Gotest"`), []string{"shop/Build/Unit|actionTypeId|Test/Custom/Go/1|Test/Custom/Gotest/1"}},
		{"an action more", swap(`"actions": [{"name": "Ship"`, `"actions": [{"name": "Check", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}, {"name": "Ship"`),
			[]string{"shop/Live/Check|||Approval/AWS/Manual/1"}},
		{"a stage less", swap(live, ``), []string{"shop|stages|Source, Build, Live|Source, Build", "shop/Live||Ship|"}},
		{"stages that change places", swap(live, ``, `
	{"name": "Build"`, strings.TrimPrefix(live, ",")+`, {"name": "Build"`), []string{"shop|stages|Source, Build, Live|Source, Live, Build"}},
		{"an action by another name", swap(`"name": "Unit"`, `"name": "Units"`, `"Unit":`, `"Units":`, `"action": "Unit"`, `"action": "Units"`), []string{
			"shop/Build/Unit||Test/Custom/Go/1|", "shop/Build/Units|||Test/Custom/Go/1", "shop/Build|penstock.tree|Sequence(Image, Unit)|Sequence(Image, Units)",
		}},
		{"a setting of the block", swap(`10m0s`, `20m0s`), []string{"shop/Build/Unit|penstock.timeout|10m0s|20m0s"}},
		{"the shape of a stage", swap(`{"sequence": [{"action": "Image"}, {"action": "Unit"}]}`, `{"parallel": [{"action": "Image"}, {"action": "Unit"}], "limit": 1}`),
			[]string{"shop/Build|penstock.tree|Sequence(Image, Unit)|Parallel(Image, Unit; 1 at once)"}},
		{"no block", swap(`,
	"penstock": {"stages": {"Build": {"tree": {"sequence": [{"action": "Image"}, {"action": "Unit"}]}, "actions": {"Unit": {"timeout": "10m0s"}}}}}`, ``), []string{
			"shop/Build/Unit|penstock.timeout|10m0s|", "shop/Build|penstock.tree|Sequence(Image, Unit)|",
		}},
		{"a variable", swap(`"defaultValue": "test"`, `"description": "where to"`), []string{"shop|variables.env.defaultValue|test|", "shop|variables.env.description||where to"}},
		{"a variable more", swap(`"variables": [`, `"variables": [{"name": "tag", "defaultValue": "v1"}, `), []string{`shop|variables.tag||{"defaultValue":"v1","name":"tag"}`}},
		{"a configuration with the keys of a type", swap(`{"Packages": "./..."}`, `{"category": "a", "owner": "b", "provider": "c", "version": "d"}`), []string{
			"shop/Build/Unit|configuration.Packages|./...|", "shop/Build/Unit|configuration.category||a", "shop/Build/Unit|configuration.owner||b",
			"shop/Build/Unit|configuration.provider||c", "shop/Build/Unit|configuration.version||d",
		}},
		{"an artifact", swap(`"outputArtifacts": [{"name": "code"}]`, `"outputArtifacts": [{"name": "sources"}]`), []string{"shop/Source/Fetch|outputArtifacts.code|code|", "shop/Source/Fetch|outputArtifacts.sources||sources"}},
		{"a condition", swap(`"name": "Live"`, `"name": "Live", "onFailure": {"result": "ROLLBACK"}, "beforeEntry": {"conditions": [{"result": "FAIL", "rules": [{"name": "Window", "ruleTypeId": {"category": "Rule", "provider": "DeploymentWindow"}, "configuration": {"Cron": "x"}}]}]}`),
			[]string{"shop/Live|beforeEntry.conditions[0].result||FAIL", "shop/Live|beforeEntry.conditions[0].rules.Window||Rule/AWS/DeploymentWindow/1", "shop/Live|onFailure.result||ROLLBACK"}},
		{"another name", swap(`"shop"`, `"store"`), []string{"store|name|shop|store"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := lines(Pipelines(parse(t, base), parse(t, test.after)))
			require.ElementsMatch(t, test.want, got)
			back := Pipelines(parse(t, test.after), parse(t, base))
			require.Len(t, back, len(test.want), "and back")
		})
	}
}

func lines(changes []Change) (out []string) {
	for _, c := range changes {
		out = append(out, c.line())
	}
	return out
}

// There is no change exactly where the canonical forms are the same, whatever the definitions are.
func TestNothingIsPassedOver(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "definition", "testdata", "examples", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	texts := []string{base}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		p, err := definition.Parse(text)
		require.NoError(t, err)
		texts = append(texts, string(definition.Canonical(p)))
	}
	words := []string{`"name":"`, `"true"`, `"1"`, `[`, `{}`, `"AWS"`, `"category":"`, `"b"`, `"code"`, `"Build"`, `10m`, `"test"`}
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SampledFrom(texts).Draw(t, "before")
		after := rapid.SampledFrom(texts).Draw(t, "after")
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			word := rapid.SampledFrom(words).Draw(t, "word")
			n := strings.Count(after, word)
			if n == 0 {
				continue
			}
			at := 0
			for range rapid.IntRange(1, n).Draw(t, "which") {
				at += strings.Index(after[at:], word) + len(word)
			}
			to := rapid.SampledFrom([]string{`"name":"x`, `"false"`, `"2"`, `{"action":"x"}`, word + "y", `"Build"`}).Draw(t, "to")
			after = after[:at-len(word)] + to + after[at:]
		}
		a := parse(t, before)
		b, err := definition.ParseStored([]byte(after))
		if err != nil {
			return // no longer JSON of a definition
		}
		changes := Pipelines(a, b)
		require.Equal(t, bytes.Equal(definition.Canonical(a), definition.Canonical(b)), len(changes) == 0, "%v", changes)
		require.Equal(t, changes, Pipelines(a, b))
		for _, c := range changes {
			require.NotEmpty(t, c.Path+c.Field)
		}
	})
}
