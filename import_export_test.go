package penstock

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsBuiltIsWhatIsRead(t *testing.T) {
	for _, p := range []Pipeline{Storefront(), Storefront("eu"), Storefront("eu", "us", "ap"), everything()} {
		read, err := ParsePipeline(marshal(t, p))
		require.NoError(t, err)
		require.Equal(t, p.stored, read.stored)
	}
}

func TestExamplesAreReadAndWrittenAlike(t *testing.T) {
	files, err := filepath.Glob("internal/definition/testdata/examples/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 30)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			p, err := ParsePipeline(data)
			require.NoError(t, err)
			require.NoError(t, p.Validate(nil))
			again, err := ParsePipeline(marshal(t, p))
			require.NoError(t, err)
			p.stored.Version = 0
			require.Equal(t, p, again)
			known := p.Validate(&Actions{}) // types of one's own alone are not known
			if known != nil {
				for line := range strings.Lines(known.Error()) {
					require.Regexp(t, "problems?:$|Owner: 'Custom'", strings.TrimSpace(line))
				}
			}
		})
	}
}

func TestCodePipeline(t *testing.T) {
	for _, p := range []Pipeline{Storefront("eu", "us"), everything()} {
		data, err := p.CodePipeline()
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(data), `{"pipeline":{"name":`))
		require.NotContains(t, string(data), "penstock")
		read, err := ParsePipeline(data)
		require.NoError(t, err)
		require.NoError(t, read.Validate(nil))
		want := p.stored
		want.Penstock = nil
		require.Equal(t, want, read.stored)
		require.NotNil(t, p.stored.Penstock, "the pipeline keeps its own")
	}
	_, err := NewPipeline("p", NewStage("S", NewAction("A", unstorable{}))).CodePipeline()
	require.ErrorIs(t, err, ErrInvalidDefinition)
}

func TestParseCloudFormation(t *testing.T) {
	template := func(properties string) []byte {
		return []byte(`{"Resources":{"Site":{"Type":"AWS::CodePipeline::Pipeline","Properties":` + properties + `}}}`)
	}
	got, err := ParseCloudFormation(template(`{"Tags":[{"Key":"team","Value":"web"}],"RestartExecutionOnUpdate":"true",
		"DisableInboundStageTransitions":[{"StageName":"Deploy","Reason":"freeze"}],
		"Stages":[
			{"Name":"Source","Actions":[{"Name":"Bucket","ActionTypeId":{"Category":"Source","Owner":"AWS","Provider":"S3","Version":1},
				"Configuration":{"S3Bucket":{"Ref":"Bucket"},"S3ObjectKey":"site.zip","PollForSourceChanges":false},"OutputArtifacts":[{"Name":"site"}]}]},
			{"Name":"Deploy","Actions":[{"Name":"Upload","ActionTypeId":{"Category":"Deploy","Owner":"AWS","Provider":"S3","Version":"1"},
				"Configuration":{"BucketName":"www","Extract":true},"InputArtifacts":[{"Name":"site"}],"RunOrder":"2"}]}]}`),
		"", func(name string, args any) (any, error) { return strings.ToLower(name + "-" + args.(string)), nil })
	require.NoError(t, err)
	require.NoError(t, got.Pipeline.Validate(&Actions{}))
	require.Equal(t, "Site", got.Pipeline.Name())
	require.Equal(t, map[string]string{"team": "web"}, got.Tags)
	require.Equal(t, map[string]string{"Deploy": "freeze"}, got.Disabled)
	require.True(t, got.RestartOnUpdate)
	require.Contains(t, string(marshal(t, got.Pipeline)), `"configuration":{"PollForSourceChanges":"false","S3Bucket":"ref-bucket","S3ObjectKey":"site.zip"}`)

	_, err = ParseCloudFormation(template(`{"Nmae":"x","Name":{"Ref":"X"}}`), "Site", nil)
	require.ErrorIs(t, err, ErrInvalidDefinition)
	var problems Problems
	require.ErrorAs(t, err, &problems)
	require.Equal(t, Problem{Kind: "ValidationException", Path: "Resources.Site.Properties.Name", Message: "Ref is not resolved", Hint: "give a function that resolves it"}, problems[0])
}

func TestException(t *testing.T) {
	one := func(name string, nodes ...Node) Pipeline { return NewPipeline(name, NewStage("Source", nodes...)) }
	source := NewAction("Checkout", Checkout{Code: code.Out()})
	for _, test := range []struct {
		name          string
		err           error
		kind, message string
	}{
		{"the model", one("a b", source).Validate(nil), "ValidationException", "1 validation error detected: Value 'a b' at 'pipeline.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+"},
		{"the structure", one("p", source).Validate(nil), "InvalidStructureException", "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline"},
		{"a stage", NewPipeline("p", NewStage("S", source), NewStage("S", NewApproval("A"))).Validate(nil), "InvalidStageDeclarationException", "Stage name 'S' is used more than once"},
		{"an action", NewPipeline("p", NewStage("S", source), NewStage("T", NewApproval("A"), NewApproval("A"))).Validate(nil), "InvalidActionDeclarationException", "Action name 'A' is used more than once in stage 'T'"},
		{"an unknown field", parsed(`{"nmae":1}`), "ValidationException", "1 validation error detected: pipeline.nmae: unknown field; did you mean \"name\"?"},
		{"no JSON", parsed(`{`), "ValidationException", "penstock: parse: definition: not JSON at line 1, column 1: unexpected end of JSON input"},
		{"another error", &Error{Code: ErrConflict}, "", ""},
		{"a plain error", errors.New("x"), "", ""},
		{"none", nil, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			kind, message := Exception(test.err)
			require.Equal(t, test.kind, kind)
			require.Equal(t, test.message, message)
		})
	}
}

func parsed(text string) error {
	_, err := ParsePipeline([]byte(text))
	return err
}

func TestParsePipelineRefusesBombs(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", 10000), `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, `{"name":"\ud800"}`, "{\"name\":\"\xff\"}"} {
		require.ErrorIs(t, parsed(text), ErrInvalidDefinition)
	}
}
