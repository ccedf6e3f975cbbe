package decode

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func input(operation string) *wire.Shape { return wire.Find(operation).Input }

func TestInvalidRequests(t *testing.T) {
	const at = " failed to satisfy constraint: "
	for _, test := range []struct{ name, operation, body, want string }{
		{
			"what is missing", "RetryStageExecution", `{"pipelineName":"p","pipelineExecutionId":"00000000-0000-0000-0000-000000000000"}`,
			"2 validation errors detected: Value null at 'stageName'" + at + "Member must not be null; Value null at 'retryMode'" + at + "Member must not be null",
		},
		{"nothing at all", "GetPipeline", "", "1 validation error detected: Value null at 'name'" + at + "Member must not be null"},
		{"null is missing", "GetPipeline", `{"name":null}`, "1 validation error detected: Value null at 'name'" + at + "Member must not be null"},
		{
			"every broken constraint by itself", "GetPipeline", `{"name":"","version":0}`,
			"3 validation errors detected: Value '' at 'name'" + at + "Member must have length greater than or equal to 1; Value '' at 'name'" + at +
				"Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+; Value '0' at 'version'" + at + "Member must have value greater than or equal to 1",
		},
		{
			"a word that is none", "EnableStageTransition", `{"pipelineName":"p","stageName":"s","transitionType":"inbound"}`,
			"1 validation error detected: Value 'inbound' at 'transitionType'" + at + "Member must satisfy enum value set: [Inbound, Outbound]",
		},
		{
			"lists count from 1", "CreatePipeline", `{"pipeline":{"name":"p","roleArn":"arn:aws:iam::123456789012:role/r","stages":[` +
				`{"name":"a","actions":[]},{"name":"b c","actions":[]}]}}`,
			"1 validation error detected: Value 'b c' at 'pipeline.stages.2.member.name'" + at + "Member must satisfy regular expression pattern: [A-Za-z0-9.@\\-_]+",
		},
		{
			"an empty value is told with its key", "CreatePipeline", `{"pipeline":{"name":"p","roleArn":"arn:aws:iam::123456789012:role/r","stages":[` +
				`{"name":"a","actions":[{"name":"x","actionTypeId":{"category":"Source","owner":"AWS","provider":"S3","version":"1"},"configuration":{"Key":""}}]}]}}`,
			"1 validation error detected: Value {Key=…} at 'pipeline.stages.1.member.actions.1.member.configuration'" + at +
				"Map value must satisfy constraint: [Member must have length less than or equal to 50000, Member must have length greater than or equal to 1]",
		},
		{
			"free text is not repeated", "StopPipelineExecution", `{"pipelineName":"p","pipelineExecutionId":"00000000-0000-0000-0000-000000000000","reason":"` + strings.Repeat("x", 201) + `"}`,
			"1 validation error detected: Value '…' at 'reason'" + at + "Member must have length less than or equal to 200",
		},
		{
			"unknown members, all of them", "GetPipeline", `{"name":"p","Name":"q","other":{"a":[1,{"b":null}]}}`,
			"2 validation errors detected: Value at 'Name'" + at + "Member must be one that the operation knows; Value at 'other'" + at + "Member must be one that the operation knows",
		},
		{"too many", "StartPipelineExecution", `{"name":"p","variables":[]}`, "1 validation error detected: Value '[]' at 'variables'" + at + "Member must have length greater than or equal to 1"},
		{"null in a list", "StartPipelineExecution", `{"name":"p","variables":[null]}`, "1 validation error detected: Value null at 'variables.1.member'" + at + "Member must not be null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out map[string]any
			err := Decode([]byte(test.body), input(test.operation), Options{}, &out)
			require.EqualError(t, err, test.want)
			require.ErrorAs(t, err, &Invalid{})
			require.Nil(t, out)
		})
	}
}

func TestMalformedRequests(t *testing.T) {
	for _, test := range []struct{ name, body, want string }{
		{"no JSON", `name=p`, "the body is not JSON: invalid character 'a' in literal null (expecting 'u')"},
		{"half of it", `{"name":"p"`, "the body is not JSON: it ends too early"},
		{"more of it", `{"name":"p"}{}`, "the body goes on after its JSON value"},
		{"a list", `[]`, "the body must be an object, not an object or a list"},
		{"twice", `{"name":"p","name":"q"}`, "'name' is given twice"},
		{"a number for a name", `{"name":1}`, "'name' must be a string, not 1"},
		{"text for a number", `{"name":"p","version":"1"}`, "'version' must be an integer, not a string"},
		{"a fraction", `{"name":"p","version":1.5}`, "'version' must be an integer, not 1.5"},
		{"too large a number", `{"name":"p","version":99999999999}`, "'version' must be an integer, not 99999999999"},
		{"not UTF-8", "{\"name\":\"\xff\"}", "the body is not UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Decode([]byte(test.body), input("GetPipeline"), Options{}, &struct{}{})
			require.EqualError(t, err, test.want)
			require.ErrorAs(t, err, new(*Malformed))
		})
	}
}

func TestUnknownMembersCanBeIgnored(t *testing.T) {
	var in wire.GetPipelineInput
	require.NoError(t, Decode([]byte(`{"name":"p","new":{"x":[{}]},"version":3}`), input("GetPipeline"), Options{IgnoreUnknown: true}, &in))
	require.Equal(t, wire.GetPipelineInput{Name: "p", Version: 3}, in)
}

func TestDeepAndManyProblemsAreBounded(t *testing.T) {
	deep := `{"x":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`
	require.Error(t, Decode([]byte(deep), input("GetPipeline"), Options{}, &struct{}{}))
	many := `{"pipeline":{"stages":[` + strings.Repeat(`{},`, 999) + `{}]}}`
	var found Invalid
	require.ErrorAs(t, Decode([]byte(many), input("CreatePipeline"), Options{}, &struct{}{}), &found)
	require.Len(t, found, mostTold)
}

// Whatever is accepted survives the way into its struct and back.
func FuzzDecode(f *testing.F) {
	f.Add(5, []byte(`{"name":"p","version":1}`))
	f.Add(3, []byte(`{"pipeline":{"name":"p","roleArn":"arn:aws:iam::123456789012:role/r","stages":[{"name":"a","actions":[]}]},"tags":[{"key":"k","value":""}]}`))
	f.Add(33, []byte(`{"jobId":"00000000-0000-0000-0000-000000000000","currentRevision":{"revision":"1","changeIdentifier":"2","created":1.5}}`))
	f.Fuzz(func(t *testing.T, which int, body []byte) {
		of := wire.Operations[uint(which)%uint(len(wire.Operations))].Input
		value, err := Check(body, of, Options{})
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		again, err := json.Marshal(value)
		require.NoError(t, err)
		same, err := Check(again, of, Options{})
		require.NoError(t, err)
		require.Equal(t, value, same)
		_, err = Check(body, of, Options{IgnoreUnknown: true})
		require.NoError(t, err)
	})
}
