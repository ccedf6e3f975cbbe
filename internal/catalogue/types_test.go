package catalogue

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

func lines(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	return slices.DeleteFunc(strings.Split(string(data), "\n"), func(line string) bool {
		return line == "" || strings.HasPrefix(line, "#")
	})
}

func typeID(t *testing.T, name string) definition.TypeID {
	t.Helper()
	parts := strings.Split(name, "/")
	require.Len(t, parts, 4, name)
	return definition.TypeID{Category: parts[0], Owner: parts[1], Provider: parts[2], Version: parts[3]}
}

func typeOf(t *testing.T, id definition.TypeID) Type {
	t.Helper()
	find := Catalogue{}.Type
	if id.Category == "Rule" {
		find = Catalogue{}.RuleType
	}
	found, ok := find(id)
	require.True(t, ok, "%s is not in the catalogue", id)
	return found
}

// specKey is a key as testdata/spec.txt writes it: Name*s=values.
func specKey(text string) definition.Key {
	name, values, _ := strings.Cut(text, "=")
	name, marks, required := strings.Cut(name, "*")
	k := definition.Key{Name: name, Required: required, Secret: marks == "s"}
	switch values {
	case "":
	case "bool":
		k.Kind = definition.Boolean
	case "num":
		k.Kind = definition.Number
	default:
		k.Values = strings.Split(values, ",")
	}
	return k
}

func specBounds(t *testing.T, text string) definition.Bounds {
	t.Helper()
	least, most, isRange := strings.Cut(text, "-")
	if !isRange {
		most = least
	}
	a, err := strconv.Atoi(least)
	require.NoError(t, err)
	b, err := strconv.Atoi(most)
	require.NoError(t, err)
	return definition.Bounds{Min: a, Max: b}
}

func specTimeout(t *testing.T, text string) Timeout {
	t.Helper()
	usual, longest, settable := strings.Cut(text, " to ")
	if !settable {
		longest = usual
	}
	a, err := time.ParseDuration(usual)
	require.NoError(t, err)
	b, err := time.ParseDuration(longest)
	require.NoError(t, err)
	return Timeout{Default: a, Max: b, Settable: settable}
}

func TestTheTablesSayWhatTheSpecSays(t *testing.T) {
	var seen []definition.TypeID
	for _, line := range lines(t, "spec.txt") {
		columns := strings.Split(line, "|")
		require.Len(t, columns, 7, line)
		for i := range columns {
			columns[i] = strings.TrimSpace(columns[i])
		}
		t.Run(columns[0], func(t *testing.T) {
			got := typeOf(t, typeID(t, columns[0]))
			seen = append(seen, got.ID)
			require.NotEmpty(t, got.About)
			require.Equal(t, specBounds(t, columns[1]), got.Inputs, "inputs")
			require.Equal(t, specBounds(t, columns[2]), got.Outputs, "outputs")
			fields := strings.Fields(columns[3])
			require.Equal(t, slices.Contains(fields, "…"), got.OpenKeys)
			fields = slices.DeleteFunc(fields, func(f string) bool { return f == "…" })
			require.Len(t, got.Keys, len(fields), "keys")
			for i, field := range fields {
				want := specKey(field)
				key := got.Keys[i]
				require.NotEmpty(t, key.Description, "every key says what it is for: %s", key.Name)
				key.Description, key.Role = "", definition.Setting
				require.Equal(t, want, key)
			}
			variables := strings.Fields(columns[4])
			require.Equal(t, slices.Contains(variables, "…"), got.OpenVariables, "other variables")
			require.Equal(t, slices.DeleteFunc(variables, func(v string) bool { return v == "…" }), append([]string{}, got.Variables...), "variables")
			require.Equal(t, columns[5] == "V2", got.V2, "V2")
			timeout := specTimeout(t, columns[6])
			timeout.Silence = got.Timeout.Silence
			require.Equal(t, timeout, got.Timeout)
			require.Equal(t, got.ID.Provider == "Commands", got.Commands)
		})
	}
	declared, _, err := Catalogue{}.List("", "", 0)
	require.NoError(t, err)
	var all []definition.TypeID
	for _, d := range slices.Concat(declared, Catalogue{}.Rules()) {
		all = append(all, d.ID)
	}
	require.ElementsMatch(t, seen, all, "the catalogue has these types and no others")
	require.Equal(t, 20*time.Minute, typeOf(t, aws("Invoke", "Lambda")).Timeout.Silence)
	require.Zero(t, typeOf(t, aws("Invoke", "StepFunctions")).Timeout.Silence)
}

// example is an action, or a rule, of one line of testdata.
type example struct {
	id       definition.TypeID
	in, out  int
	config   map[string]string
	pipeline string // its pipelineType; V2 when empty
	commands []string
}

// parseExample reads "in: out: {configuration}".
func parseExample(t *testing.T, id definition.TypeID, text string) example {
	t.Helper()
	parts := strings.SplitN(text, ":", 3)
	require.Len(t, parts, 3, text)
	e := example{id: id, in: specBounds(t, strings.TrimSpace(parts[0])).Min, out: specBounds(t, strings.TrimSpace(parts[1])).Min}
	require.NoError(t, json.Unmarshal([]byte(parts[2]), &e.config), text)
	if id.Provider == "Commands" {
		e.commands = []string{"make"}
	}
	return e
}

func artifactsFrom(first byte, n int) []definition.Artifact {
	out := []definition.Artifact{}
	for i := range n {
		out = append(out, definition.Artifact{Name: string(rune(int(first) + i))})
	}
	return out
}

func (e example) validate() string { return e.validateWith(Catalogue{}) }

// validateWith judges a pipeline that has the example in its last stage: everything that is wrong, a line each.
func (e example) validateWith(c Catalogue) string {
	source := definition.Action{
		Name: "S", ActionTypeID: aws("Source", "S3"), Configuration: map[string]string{"S3Bucket": "bucket", "S3ObjectKey": "key"},
		OutputArtifacts: artifactsFrom('s', 1),
	}
	p := definition.Pipeline{Name: "p", PipelineType: e.pipeline, Stages: []definition.Stage{{Name: "First", Actions: []definition.Action{source}}}}
	for _, a := range artifactsFrom('a', 15) {
		made := source
		made.Name, made.OutputArtifacts = "Make-"+a.Name, []definition.Artifact{a}
		p.Stages[0].Actions = append(p.Stages[0].Actions, made)
	}
	if p.PipelineType == "" {
		p.PipelineType = "V2"
	}
	action := definition.Action{
		Name: "A", ActionTypeID: e.id, Configuration: maps.Clone(e.config), Commands: e.commands,
		InputArtifacts: artifactsFrom('a', e.in), OutputArtifacts: artifactsFrom('v', e.out),
	}
	last := definition.Stage{Name: "Last", Actions: []definition.Action{action}}
	switch e.id.Category {
	case "Source":
		p.Stages[0].Actions = append(p.Stages[0].Actions, action)
		last.Actions = []definition.Action{{Name: "Approve", ActionTypeID: definition.ManualApproval}}
	case "Rule":
		last.Actions = []definition.Action{{Name: "Approve", ActionTypeID: definition.ManualApproval}}
		last.BeforeEntry = &definition.Conditions{Conditions: []definition.Condition{{Result: "FAIL", Rules: []definition.Rule{{
			Name: "A", RuleTypeID: e.id, Configuration: maps.Clone(e.config), Commands: e.commands, InputArtifacts: artifactsFrom('a', e.in),
		}}}}}
	}
	p.Stages = append(p.Stages, last)
	problems, _ := errors.AsType[definition.Problems](definition.Validate(p, c, definition.Limits{}))
	var out strings.Builder
	for _, problem := range problems {
		fmt.Fprintln(&out, problem)
	}
	if info, ok := (Catalogue{}).LookupRule(e.id); ok && info.Whole != nil {
		for _, fault := range info.Whole(action) {
			if !strings.Contains(out.String(), fault.Message) {
				fmt.Fprintln(&out, fault.Message)
			}
		}
	}
	return out.String()
}

func examples(t *testing.T) map[string][]example {
	t.Helper()
	out := map[string][]example{}
	for _, line := range lines(t, "accepted.txt") {
		parts := strings.SplitN(line, ":", 3)
		require.Len(t, parts, 3, line)
		out[parts[0]] = append(out[parts[0]], parseExample(t, typeID(t, parts[0]), parts[2]))
	}
	return out
}

func TestEveryTypeAcceptsItsLeastAndItsMost(t *testing.T) {
	all := examples(t)
	for _, line := range lines(t, "spec.txt") {
		name := strings.Fields(line)[0]
		t.Run(name, func(t *testing.T) {
			require.NotEmpty(t, all[name])
			given := map[string]bool{}
			most := definition.Bounds{}
			for _, e := range all[name] {
				require.Empty(t, e.validate(), "%v", e)
				for key := range e.config {
					given[key] = true
				}
				most.Min, most.Max = max(most.Min, e.in), max(most.Max, e.out)
			}
			info := typeOf(t, typeID(t, name))
			require.LessOrEqual(t, most.Min, info.Inputs.Max)
			for _, key := range info.Keys {
				require.True(t, given[key.Name], "no example gives %s", key.Name)
			}
			if required := slices.ContainsFunc(info.Keys, func(k definition.Key) bool { return k.Required }); required {
				require.Equal(t, all[name][0].in, info.Inputs.Min+missingInput(info), "the first example is the least")
			}
		})
	}
}

// missingInput: the least configuration of a Lambda deployment has the input that it could do without, and CloudFormation its template.
func missingInput(t Type) int {
	if t.ID == aws("Deploy", "Lambda") || t.ID == aws("Deploy", "CloudFormation") {
		return 1
	}
	return 0
}

func TestEveryTypeRefuses(t *testing.T) {
	all := examples(t)
	for _, line := range lines(t, "spec.txt") {
		columns := strings.Split(line, "|")
		name := strings.TrimSpace(columns[0])
		least := all[name][0]
		refuses := func(what, want string, change func(e *example)) {
			t.Run(name+": "+what, func(t *testing.T) {
				e := least
				e.config = maps.Clone(e.config)
				change(&e)
				require.Contains(t, e.validate(), want)
			})
		}
		for field := range strings.FieldsSeq(columns[3]) {
			key := specKey(field)
			if key.Required {
				refuses("no "+key.Name, "missing required configuration '"+key.Name+"'", func(e *example) { delete(e.config, key.Name) })
			}
			if key.Values != nil || key.Kind != definition.Text {
				refuses("wrong "+key.Name, "configuration."+key.Name, func(e *example) { e.config[key.Name] = "no-such-thing" })
			}
		}
		if !strings.Contains(columns[3], "…") {
			refuses("an unknown key", "unknown configuration 'NoSuchKey'", func(e *example) { e.config["NoSuchKey"] = "x" })
		}
		in, out := specBounds(t, strings.TrimSpace(columns[1])), specBounds(t, strings.TrimSpace(columns[2]))
		if in.Min > 0 {
			refuses("too few inputs", fmt.Sprintf("%d input artifacts which is less than the minimum count (%d)", in.Min-1, in.Min), func(e *example) { e.in = in.Min - 1 })
		}
		refuses("too many inputs", fmt.Sprintf("%d input artifacts which is more than the maximum count (%d)", in.Max+1, in.Max), func(e *example) { e.in = in.Max + 1 })
		if least.id.Category != "Rule" {
			refuses("too many outputs", fmt.Sprintf("%d output artifacts which is more than the maximum count (%d)", out.Max+1, out.Max), func(e *example) { e.out = out.Max + 1 })
		}
		if out.Min > 0 {
			refuses("too few outputs", fmt.Sprintf("%d output artifacts which is less than the minimum count (%d)", out.Min-1, out.Min), func(e *example) { e.out = out.Min - 1 })
		}
		if strings.TrimSpace(columns[5]) == "V2" {
			refuses("V1", "can only be used with V2 pipelines", func(e *example) { e.pipeline = "V1" })
		} else {
			t.Run(name+": V1 is enough", func(t *testing.T) {
				e := least
				e.pipeline = "V1"
				require.Empty(t, e.validate())
			})
		}
	}
}

func TestWhatIsWrongBetweenKeys(t *testing.T) {
	for _, line := range lines(t, "refused.txt") {
		t.Run(line, func(t *testing.T) {
			body, want, ok := strings.Cut(line, " => ")
			require.True(t, ok)
			name, rest, _ := strings.Cut(strings.TrimPrefix(body, "+"), ":")
			got := parseExample(t, typeID(t, name), rest).validate()
			require.Contains(t, got, want)
			require.Equal(t, 1, strings.Count(got, "\n"), "nothing else is wrong: %s", got)
		})
	}
}

func TestOverridesAreShort(t *testing.T) {
	e := examples(t)["Deploy/AWS/CloudFormation/1"][0]
	e.config["ParameterOverrides"] = `{"A":"` + strings.Repeat("x", 1016) + `"}`
	require.Empty(t, e.validate())
	e.config["ParameterOverrides"] = `{"A":"` + strings.Repeat("x", 1017) + `"}`
	require.Contains(t, e.validate(), "has 1025 bytes; up to 1024 are allowed")
}
