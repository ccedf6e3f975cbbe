package yaml_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	yamlv3 "go.yaml.in/yaml/v3"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/yaml"
)

const site = `# A site.
name: site
stages:
  - name: Source
    actions:
      - name: Bucket
        actionTypeId: {category: Source, owner: AWS, provider: S3, version: "1"}
        configuration:
          S3Bucket: incoming
          S3ObjectKey: site.zip
        outputArtifacts:
          - name: site
  - name: Deploy
    actions:
      - name: Upload
        actionTypeId: {category: Deploy, owner: AWS, provider: S3, version: "1"}
        runOrder: 2
        configuration:
          BucketName: |-
            www
          Extract: 'true'
          ObjectKey: 2026-01-02
        inputArtifacts: [{name: site}]
penstock: ~
`

const siteJSON = `{"name":"site","stages":[
{"name":"Source","actions":[{"name":"Bucket","actionTypeId":{"category":"Source","owner":"AWS","provider":"S3","version":"1"},
"configuration":{"S3Bucket":"incoming","S3ObjectKey":"site.zip"},"outputArtifacts":[{"name":"site"}]}]},
{"name":"Deploy","actions":[{"name":"Upload","actionTypeId":{"category":"Deploy","owner":"AWS","provider":"S3","version":"1"},"runOrder":2,
"configuration":{"BucketName":"www","Extract":"true","ObjectKey":"2026-01-02"},"inputArtifacts":[{"name":"site"}]}]}]}`

func canonical(t *testing.T, p penstock.Pipeline) string {
	t.Helper()
	data, err := json.Marshal(p)
	require.NoError(t, err)
	return string(data)
}

func TestParse(t *testing.T) {
	want, err := penstock.ParsePipeline([]byte(siteJSON))
	require.NoError(t, err)
	for name, text := range map[string]string{
		"as it is written":              site,
		"as get-pipeline answers it":    "metadata: {created: 1.5}\npipeline:\n  " + strings.ReplaceAll(site, "\n", "\n  "),
		"with the marks of a document":  "---\n" + site + "...\n",
		"as JSON, which is YAML, is it": siteJSON,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := yaml.Parse([]byte(text))
			require.NoError(t, err)
			require.Equal(t, canonical(t, want), canonical(t, got))
		})
	}
}

func TestExamplesInYAML(t *testing.T) {
	files, err := filepath.Glob("../internal/definition/testdata/examples/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 30)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		want, err := penstock.ParsePipeline(data)
		require.NoError(t, err)
		var value any
		require.NoError(t, json.Unmarshal(data, &value))
		text, err := yamlv3.Marshal(value)
		require.NoError(t, err)
		got, err := yaml.Parse(text)
		require.NoError(t, err, "%s", text)
		require.Equal(t, canonical(t, want), canonical(t, got))
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"an alias", "name: &n p\nstages: *n\n", "line 1, column 7: an anchor is not read; remove it\n  line 2, column 9: an alias is not read; write the value itself"},
		{"a merge key", "name: p\n<<: {a: 1}\n", "line 2, column 1: a merge key is not read; write the members themselves"},
		{"a tag of its own", "name: !secret p\n", "line 1, column 7: the tag !secret is not read; remove it"},
		{"a tag of the core", "name: !!str 1\n", "line 1, column 7: the tag !!str is not read"},
		{"a tag of a list", "stages: !set [a]\n", "line 1, column 9: the tag !set is not read"},
		{"a short tag of templates", "name: !Ref p\n", "the tag !Ref is not read"},
		{"a key twice", "name: p\nstages: []\nname: q\n", `line 3, column 1: "name" is given twice; keep one of them`},
		{"a key that is a list", "[a]: p\n", "line 1, column 1: a key is not a name"},
		{"a key that is null", "~: p\n", "line 1, column 1: a key is null; quote it"},
		{"an octal number", "version: 0o17\n", `line 1, column 10: "0o17" may be a number or a text; write it as a plain decimal number, or quote it`},
		{"a number with underscores", "version: 1_000\n", `"1_000" may be a number or a text`},
		{"an account", "version: 012345678901\n", `"012345678901" may be a number or a text`},
		{"no number", "version: .nan\n", `".nan" may be a number or a text`},
		{"several documents", "name: p\n---\nname: q\n", "yaml: line 2: there are several documents in the text; keep one"},
		{"nothing", "", "yaml: there is nothing in the text"},
		{"a comment", "# nothing\n", "yaml: there is nothing in the text"},
		{"broken text", "name: [p\n", "yaml: line 1: did not find expected"},
		{"a tab", "name:\n\t- p\n", "yaml: line"},
		{"not UTF-8", "name: \xff\n", "yaml: the text is not valid UTF-8"},
		{"an unknown field", strings.Replace(site, "inputArtifacts", "inputArtefacts", 1), `pipeline.stages[1].actions[0].inputArtefacts: unknown field (line 23, column 9); did you mean "inputArtifacts"?`},
		{"a number for text", strings.Replace(site, `version: "1"`, "version: 1", 1), "pipeline.stages[0].actions[0].actionTypeId.version: a string is wanted here, not a number (line 7, column 68)"},
		{"a boolean for text", strings.Replace(site, `'true'`, "true", 1), "pipeline.stages[1].actions[0].configuration.Extract: a string is wanted here, not true or false (line 21, column 11)"},
		{"an unknown field in an answer", "metadata: {}\npipeline:\n  nmae: p\n", `pipeline.nmae: unknown field (line 3, column 3); did you mean "name"?`},
		{"a configuration with dots", "stages:\n- actions:\n  - configuration:\n      a: x\n      a.b[0]: 1\n", "pipeline.stages[0].actions[0].configuration.a.b[0]: a string is wanted here, not a number (line 5, column 7)"},
		{"text", "name\n", "pipeline: an object is wanted here, not a string (line 1, column 1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := yaml.Parse([]byte(test.text))
			require.ErrorIs(t, err, penstock.ErrInvalidDefinition)
			require.ErrorContains(t, err, test.want)
		})
	}
}

const template = `
Parameters:
  Branch: {Type: String}
Mappings:
  Accounts: {210987654321: {Bucket: a}}
Resources:
  Release:
    Type: AWS::CodePipeline::Pipeline
    Properties:
      RoleArn: !GetAtt Role.Arn
      Stages:
        - Name: Source
          Actions:
            - Name: Bucket
              ActionTypeId: {Category: Source, Owner: AWS, Provider: S3, Version: 1}
              Configuration:
                S3Bucket: !Sub '${Prefix}-#{codepipeline.PipelineExecutionId}'
                S3ObjectKey: !Join ['/', [!Ref Branch, site.zip]]
                PollForSourceChanges: false
              OutputArtifacts: [{Name: site}]
        - Name: Deploy
          Actions:
            - !If [Yes, {Name: Ok, ActionTypeId: {Category: Approval, Owner: AWS, Provider: Manual, Version: '1'}}, !Ref AWS::NoValue]
`

func TestParseCloudFormation(t *testing.T) {
	var calls []string
	resolve := func(name string, args any) (any, error) {
		calls = append(calls, fmt.Sprint(name, " ", args))
		switch list, _ := args.([]any); name {
		case "Fn::GetAtt":
			return "arn:aws:iam::123456789012:role/x", nil
		case "Fn::If":
			return list[1], nil
		case "Fn::Join":
			return fmt.Sprint(list[1].([]any)...), nil
		default:
			return args, nil
		}
	}
	got, err := yaml.ParseCloudFormation([]byte(template), "Release", resolve)
	require.NoError(t, err)
	require.NoError(t, got.Pipeline.Validate(&penstock.Actions{}))
	require.Contains(t, canonical(t, got.Pipeline), `"configuration":{"PollForSourceChanges":"false","S3Bucket":"${Prefix}-#{codepipeline.PipelineExecutionId}","S3ObjectKey":"Branchsite.zip"}`)
	require.Contains(t, calls, "Fn::GetAtt [Role Arn]")
	require.Contains(t, calls, "Ref Branch")
	for _, test := range []struct{ name, text, want string }{
		{"an unknown property", strings.Replace(template, "RoleArn", "RolArn", 1), `Resources.Release.Properties.RolArn: unknown property (line 10, column 7); did you mean "RoleArn"?`},
		{"an unknown tag", strings.Replace(template, "!Sub", "!Subb", 1), "line 17, column 27: the tag !Subb is not read; write a function of CloudFormation"},
		{"a tag of the core", strings.Replace(template, "!Sub", "!!str", 1), "the tag !!str is not read"},
		{"an anchor in a function", strings.Replace(template, "!Ref Branch", "!Ref &a Branch", 1), "an anchor is not read"},
		{"no such resource", "Resources: {}\n", "there is no resource \"Release\" of type AWS::CodePipeline::Pipeline (line 1, column 1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := yaml.ParseCloudFormation([]byte(test.text), "Release", resolve)
			require.ErrorIs(t, err, penstock.ErrInvalidDefinition)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestBombsAreRefusedCheaply(t *testing.T) {
	repeat := func(head, member, tail string, size int) string {
		return head + strings.Repeat(member, (size-len(head)-len(tail))/len(member)) + tail
	}
	deep := "a"
	for i := range 900 {
		deep += ":\n" + strings.Repeat(" ", i+1) + "a"
	}
	laughs := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'z'; c++ {
		laughs += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 8), c-1)
	}
	const full = 1<<20 - 1
	for name, text := range map[string]string{
		"10 000 lists deep":       strings.Repeat("[", 10000) + strings.Repeat("]", 10000),
		"10 000 maps deep":        strings.Repeat("{a: ", 10000) + strings.Repeat("}", 10000),
		"10 000 block lists deep": strings.Repeat("- ", 10000) + "a",
		"900 block maps deep":     deep,
		"a billion laughs":        laughs,
		"100 MB of names":         repeat("name: ", "name", "", 100<<20),
		"1 MB of names":           repeat("name: ", "name", "\nstages: 1", full),
		"1 MB of quotes":          repeat("name: '", "''", "'\nstages: 1", full),
		"1 MB of fields":          repeat("", "a: 1\n", "", full),
		"many fields":             repeat("", "a: 1\n", "", 5*9000),
		"many values":             repeat("stages: [", "{},", "{}]", 3*9000),
		"many aliases":            repeat("a: &a 1\nstages: [", "*a,", "*a]", 3*19000),
		"many tags":               repeat("stages: [", "!a b,", "!a b]", 5*19000),
		"1 MB of comments":        repeat("", "#", "", full),
		"1 MB of spaces":          repeat("a:", " ", "1", full),
		"1 MB of anchors":         repeat("&", "a", " 1", full),
		"1 MB of a tag":           repeat("!", "a", " 1", full),
		"1 MB of dashes":          repeat("", "-", "", full),
		"1 MB of a key":           repeat("", "k", ": 1", full),
		"1 MB of a folded text":   repeat("a: >\n", " x", "\n", full),
	} {
		t.Run(name, func(t *testing.T) {
			data := []byte(text)
			shortest, least := time.Duration(1<<62), uint64(1<<62)
			for try := 0; try < 20 && (shortest > mostTime || least > 16<<20); try++ {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				p, err := yaml.Parse(data)
				if err == nil {
					err = p.Validate(nil)
				}
				shortest = min(shortest, time.Since(start))
				runtime.ReadMemStats(&after)
				least = min(least, after.TotalAlloc-before.TotalAlloc)
				require.Error(t, err)
			}
			t.Logf("%s, %d KiB", shortest, least>>10)
			require.LessOrEqual(t, shortest, mostTime)
			require.LessOrEqual(t, least, uint64(16<<20))
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(site))
	f.Add([]byte(template))
	f.Add([]byte("a: &a [*a]\n<<: *a\n? [x]\n: !!str 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := yaml.Parse(data)
		if err == nil {
			again, err := penstock.ParsePipeline([]byte(canonical(t, p)))
			require.NoError(t, err)
			require.Equal(t, canonical(t, p), canonical(t, again))
		}
		_, _ = yaml.ParseCloudFormation(data, "", func(_ string, args any) (any, error) { return args, nil })
	})
}
