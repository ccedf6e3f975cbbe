package schema

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// examples reads the lines of the catalogue's own examples.
func examples(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "internal", "catalogue", "testdata", file))
	require.NoError(t, err)
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	require.Greater(t, len(out), 20)
	return out
}

// pipelineWith has an action, or a rule, of a type: "in: out: {configuration}".
func pipelineWith(t *testing.T, name, text string) any {
	t.Helper()
	parts := strings.SplitN(text, ":", 3)
	require.Len(t, parts, 3, text)
	var configuration map[string]any
	require.NoError(t, json.Unmarshal([]byte(parts[2]), &configuration), text)
	item := map[string]any{"name": "A", "configuration": configuration, "inputArtifacts": artifacts(t, parts[0])}
	if strings.Contains(name, "/Commands/") {
		item["commands"] = []any{"make"}
	}
	approve := map[string]any{"name": "Approve", "actionTypeId": id("Approval/AWS/Manual/1")}
	source := map[string]any{
		"name": "S", "actionTypeId": id("Source/AWS/ECR/1"), "configuration": map[string]any{"RepositoryName": "r"},
		"outputArtifacts": []any{map[string]any{"name": "s"}},
	}
	first, last := map[string]any{"name": "First", "actions": []any{source}}, map[string]any{"name": "Last", "actions": []any{approve}}
	if strings.HasPrefix(name, "Rule/") {
		item["ruleTypeId"] = id(name)
		last["beforeEntry"] = map[string]any{"conditions": []any{map[string]any{"result": "FAIL", "rules": []any{item}}}}
	} else {
		item["actionTypeId"] = id(name)
		item["outputArtifacts"] = artifacts(t, parts[1])
		stage := last
		if strings.HasPrefix(name, "Source/") {
			stage = first
		}
		stage["actions"] = []any{item}
	}
	return roundTrip(t, map[string]any{"name": "p", "pipelineType": "V2", "stages": []any{first, last}})
}

func artifacts(t *testing.T, number string) []any {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(number))
	require.NoError(t, err)
	out := []any{}
	for i := range n {
		out = append(out, map[string]any{"name": "a" + strconv.Itoa(i)})
	}
	return out
}

func TestWhatTheCatalogueAccepts(t *testing.T) {
	schema := compile(t, nil)
	for _, line := range examples(t, "accepted.txt") {
		t.Run(line, func(t *testing.T) {
			parts := strings.SplitN(line, ":", 3)
			require.NoError(t, schema.Validate(pipelineWith(t, parts[0], parts[2])))
		})
	}
}

// The lines with a + are wrong to the schema too; of the others it does not know.
func TestWhatTheCatalogueRefuses(t *testing.T) {
	schema := compile(t, nil)
	for _, line := range examples(t, "refused.txt") {
		t.Run(line, func(t *testing.T) {
			body, _, _ := strings.Cut(line, " => ")
			name, rest, _ := strings.Cut(strings.TrimPrefix(body, "+"), ":")
			err := schema.Validate(pipelineWith(t, name, rest))
			require.Equal(t, strings.HasPrefix(line, "+"), err != nil, "%v", err)
		})
	}
}
