package definition

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const minimal = `{"name":"p","stages":[
	{"name":"Source","actions":[{"name":"S","actionTypeId":{"category":"Source","owner":"AWS","provider":"S3","version":"1"},"outputArtifacts":[{"name":"code"}]}]},
	{"name":"Deploy","actions":[{"name":"D","actionTypeId":{"category":"Deploy","owner":"AWS","provider":"S3","version":"1"},"inputArtifacts":[{"name":"code"}]}]}
]}`

func TestParseMaterialisesDefaults(t *testing.T) {
	p, err := Parse([]byte(minimal))
	require.NoError(t, err)
	require.Equal(t, `{"name":"p","stages":[`+
		`{"name":"Source","actions":[{"name":"S","actionTypeId":{"category":"Source","owner":"AWS","provider":"S3","version":"1"},"runOrder":1,"configuration":{},"outputArtifacts":[{"name":"code"}],"inputArtifacts":[]}]},`+
		`{"name":"Deploy","actions":[{"name":"D","actionTypeId":{"category":"Deploy","owner":"AWS","provider":"S3","version":"1"},"runOrder":1,"configuration":{},"outputArtifacts":[],"inputArtifacts":[{"name":"code"}]}]}`+
		`],"executionMode":"SUPERSEDED","pipelineType":"V1"}`, string(Canonical(p)))
}

func TestParseTakesWhatGetPipelineAnswers(t *testing.T) {
	plain, err := Parse([]byte(minimal))
	require.NoError(t, err)
	wrapped, err := Parse([]byte(`{"pipeline":` + minimal + `,"metadata":{"pipelineArn":"arn:aws:codepipeline:eu-west-1:123456789012:p","created":1.5}}`))
	require.NoError(t, err)
	require.Equal(t, plain, wrapped)
}

func TestParseIsStrict(t *testing.T) {
	for _, test := range []struct{ name, json, want string }{
		{"unknown field", `{"name":"p","stages":[{"name":"S","actions":[{"naem":"A"}]}]}`, `pipeline.stages[0].actions[0].naem: unknown field; did you mean "name"?`},
		{"unknown object", `{"name":"p","other":{"a":[1,{"b":2}]},"stages":1}`, "2 problems:\n  pipeline.other: unknown field\n  pipeline.stages: a list is wanted here, not a number"},
		{"another case", `{"Name":"p"}`, `pipeline.Name: unknown field; did you mean "name"?`},
		{"given twice", `{"name":"p","name":"q"}`, `pipeline.name: is given twice`},
		{"a number for a string", `{"name":1}`, `pipeline.name: a string is wanted here, not a number`},
		{"a string for a number", `{"version":"1"}`, `pipeline.version: a number is wanted here, not a string`},
		{"a fraction", `{"version":1.5}`, `pipeline.version: 1.5 is not a whole number in range`},
		{"a list for an object", `{"penstock":[]}`, `pipeline.penstock: an object is wanted here, not a list`},
		{"an object for a string", `{"name":{"a":1}}`, `pipeline.name: a string is wanted here, not an object`},
		{"a bool in a configuration", `{"stages":[{"actions":[{"configuration":{"Extract":true}}]}]}`, `pipeline.stages[0].actions[0].configuration.Extract: a string is wanted here, not true or false`},
		{"a duration", `{"penstock":{"stages":{"S":{"actions":{"A":{"timeout":"1 hour"}}}}}}`, `pipeline.penstock.stages.S.actions.A.timeout: "1 hour" is not a duration; write it as "1h30m"`},
		{"not an object", `[]`, `pipeline: an object is wanted here, not a list`},
		{"a broken text", "{\n  \"name\": \"p\",\n}", `definition: not JSON at line 3, column 1`},
		{"nothing", ``, `definition: not JSON at line 1, column 0`},
		{"two texts", `{} {}`, `definition: not JSON at line 1, column 4`},
		{"not UTF-8", "{\"name\":\"\xff\"}", `definition: the text is not valid UTF-8`},
		{"an answer with more in it", `{"pipeline":{"name":"p"},"tags":[]}`, `pipeline.pipeline: unknown field`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.json))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestParseStoredIgnoresWhatItDoesNotKnow(t *testing.T) {
	p, err := ParseStored([]byte(`{"name":"p","later":{"a":1},"stages":[]}`))
	require.NoError(t, err)
	require.Equal(t, "p", p.Name)
	_, err = ParseStored([]byte(`{"name":`))
	require.ErrorContains(t, err, "definition: ")
}

func TestCanonical(t *testing.T) {
	p := base()
	p.Version = 7
	first := Canonical(p)
	require.NotContains(t, string(first), `"version":7`)
	again, err := Parse(first)
	require.NoError(t, err)
	require.Equal(t, string(first), string(Canonical(again)))
	require.Equal(t, base(), func() Pipeline { p.Version = 0; return p }(), "the argument is left alone")

	reencoded, err := json.Marshal(json.RawMessage(first))
	require.NoError(t, err)
	require.Equal(t, string(first), string(reencoded), "it does not change inside other JSON")
}

func TestCanonicalLeavesOutWhatSaysNothing(t *testing.T) {
	p, plain := base(), string(Canonical(base()))
	tree := RunOrderTree(p.Stages[1].Actions)
	p.Penstock = settings("Build", StageBlock{
		Tree:    &Node{Sequence: []Node{{Parallel: []Node{{Action: "Image"}}}, {Parallel: tree.Sequence[1].Parallel, Limit: 5}}},
		Actions: map[string]ActionBlock{"Image": {}},
	})
	require.Equal(t, plain, string(Canonical(p)))
	require.Contains(t, p.Penstock.Stages["Build"].Actions, "Image", "the argument is left alone")
}

func TestPipelineTypeIsInferred(t *testing.T) {
	for _, test := range []struct {
		name, want string
		change     func(p *Pipeline)
	}{
		{"nothing of V2", "V1", func(*Pipeline) {}},
		{"a mode", "V2", func(p *Pipeline) { p.ExecutionMode = "PARALLEL" }},
		{"variables", "V2", func(p *Pipeline) { p.Variables = []Variable{{Name: "A"}} }},
		{"triggers", "V2", func(p *Pipeline) { p.Triggers = []Trigger{{}} }},
		{"a gate", "V2", func(p *Pipeline) { p.Stages[1].OnSuccess = &Conditions{} }},
		{"a provider", "V2", func(p *Pipeline) { p.Stages[1].Actions[0].ActionTypeID.Provider = "EC2" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := Parse([]byte(minimal))
			require.NoError(t, err)
			p.PipelineType = ""
			test.change(&p)
			require.Equal(t, test.want, Normalize(p).PipelineType)
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add(Canonical(base()))
	f.Add([]byte(`{"penstock":{"stages":{"S":{"tree":{"parallel":[{"action":"A"}],"limit":1}}}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse(data)
		if err != nil {
			return
		}
		_ = Validate(p, known, Limits{})
		canonical := Canonical(p)
		again, err := Parse(canonical)
		require.NoError(t, err)
		require.Equal(t, string(canonical), string(Canonical(again)))
	})
}

func TestReferences(t *testing.T) {
	for _, test := range []struct {
		text string
		want string
	}{
		{"plain", ""},
		{"a # b { c }", ""},
		{"#{a.b}", "#{a.b}"},
		{"x#{a.b}y#{C@-_1.d}", "#{a.b} #{C@-_1.d}"},
		{"#{a.b.c}", "!"},
		{"#{a.}", "!"},
		{"#{.b}", "!"},
		{"#{}", "!"},
		{"#{a b.c}", "!"},
		{"#{a.b", "!"},
		{"#{#{a.b}}", "!"},
	} {
		t.Run(test.text, func(t *testing.T) {
			found, err := References(test.text)
			if test.want == "!" {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			var names []string
			for _, r := range found {
				names = append(names, r.String())
			}
			require.Equal(t, test.want, strings.Join(names, " "))
		})
	}
}

func TestDidYouMean(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"Enviroment", `did you mean "Environment"?`},
		{"environment", `did you mean "Environment"?`},
		{"Iamge", `did you mean "Image"?`},
		{"Completely", ""},
		{"", ""},
	} {
		require.Equal(t, test.want, DidYouMean(test.name, []string{"Environment", "Image", "Unit"}), test.name)
	}
}
