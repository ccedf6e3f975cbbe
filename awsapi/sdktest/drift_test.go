package sdktest

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// sdkOperations are the methods of the SDK's client that send something.
func sdkOperations() map[string]reflect.Type {
	out := map[string]reflect.Type{}
	client := reflect.TypeFor[*codepipeline.Client]()
	for m := range client.Methods() {
		if m.Type.NumIn() == 4 && m.Type.In(1) == reflect.TypeFor[context.Context]() {
			out[m.Name] = m.Type
		}
	}
	return out
}

func TestTheSDKHasTheSameOperations(t *testing.T) {
	sdk := sdkOperations()
	require.Len(t, sdk, 44)
	require.Len(t, wire.Operations, len(sdk))
	d := drift{t: t, seen: map[string]bool{}}
	for _, op := range wire.Operations {
		method := sdk[op.Name]
		require.NotNil(t, method, op.Name)
		d.structure(op.Name+"Input", op.Input, method.In(2).Elem())
		output := op.Output
		if output == nil {
			output = &wire.Shape{Name: op.Name + "Output"}
		}
		d.structure(op.Name+"Output", output, method.Out(0).Elem())
	}
	require.Greater(t, len(d.seen), 150, "structures that were compared")
}

// drift compares the tables and the generated structs with the SDK's types.
type drift struct {
	t    *testing.T
	seen map[string]bool
}

func (d drift) structure(at string, s *wire.Shape, sdk reflect.Type) {
	if d.seen[s.Name] {
		return
	}
	d.seen[s.Name] = true
	require.Equal(d.t, wire.Structure, s.Kind, at)
	var want, got []string
	for f := range sdk.Fields() {
		if f.IsExported() && f.Name != "ResultMetadata" {
			want = append(want, f.Name)
		}
	}
	for _, m := range s.Members {
		name := title(m.Name)
		got = append(got, name)
		if f, ok := sdk.FieldByName(name); ok {
			d.value(at+"."+m.Name, m.Shape, f.Type)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(d.t, want, got, "%s: awsapi/model/supplement.json lacks, or has too many, members", at)
}

func (d drift) value(at string, s *wire.Shape, sdk reflect.Type) {
	if sdk.Kind() == reflect.Pointer {
		sdk = sdk.Elem()
	}
	kinds := map[wire.Kind]reflect.Kind{
		wire.String: reflect.String, wire.Boolean: reflect.Bool, wire.Integer: reflect.Int32, wire.List: reflect.Slice, wire.Map: reflect.Map,
		wire.Structure: reflect.Struct, wire.Instant: reflect.Struct,
	}
	require.Equal(d.t, kinds[s.Kind], sdk.Kind(), at)
	switch s.Kind {
	case wire.Instant:
		require.Equal(d.t, reflect.TypeFor[time.Time](), sdk, at)
	case wire.Structure:
		d.structure(at, s, sdk)
	case wire.List:
		d.value(at+"[]", s.Value, sdk.Elem())
	case wire.Map:
		d.value(at+"{key}", s.Key, sdk.Key())
		d.value(at+"{}", s.Value, sdk.Elem())
	case wire.String:
		d.enumeration(at, s, sdk)
	}
}

// enumeration: every enumeration of the SDK has a method that lists its values.
func (d drift) enumeration(at string, s *wire.Shape, sdk reflect.Type) {
	method, ok := sdk.MethodByName("Values")
	require.Equal(d.t, len(s.Enum) > 0, ok, at)
	if !ok {
		return
	}
	var want []string
	values := method.Func.Call([]reflect.Value{reflect.Zero(sdk)})[0]
	for i := range values.Len() {
		want = append(want, values.Index(i).String())
	}
	require.ElementsMatch(d.t, want, s.Enum, "%s: %s", at, s.Name)
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// The structs have what the tables say, so what holds of the tables holds of them.
func TestTheStructsAreThoseOfTheTables(t *testing.T) {
	for _, test := range []struct {
		operation string
		in, out   any
	}{
		{"CreatePipeline", wire.CreatePipelineInput{}, wire.CreatePipelineOutput{}},
		{"GetPipelineState", wire.GetPipelineStateInput{}, wire.GetPipelineStateOutput{}},
		{"GetPipelineExecution", wire.GetPipelineExecutionInput{}, wire.GetPipelineExecutionOutput{}},
		{"ListActionExecutions", wire.ListActionExecutionsInput{}, wire.ListActionExecutionsOutput{}},
		{"ListPipelineExecutions", wire.ListPipelineExecutionsInput{}, wire.ListPipelineExecutionsOutput{}},
		{"ListRuleExecutions", wire.ListRuleExecutionsInput{}, wire.ListRuleExecutionsOutput{}},
		{"ListActionTypes", wire.ListActionTypesInput{}, wire.ListActionTypesOutput{}},
		{"ListRuleTypes", wire.ListRuleTypesInput{}, wire.ListRuleTypesOutput{}},
		{"ListWebhooks", wire.ListWebhooksInput{}, wire.ListWebhooksOutput{}},
		{"PollForJobs", wire.PollForJobsInput{}, wire.PollForJobsOutput{}},
		{"GetThirdPartyJobDetails", wire.GetThirdPartyJobDetailsInput{}, wire.GetThirdPartyJobDetailsOutput{}},
		{"PutJobSuccessResult", wire.PutJobSuccessResultInput{}, nil},
		{"PutJobFailureResult", wire.PutJobFailureResultInput{}, nil},
		{"UpdateActionType", wire.UpdateActionTypeInput{}, nil},
		{"ListDeployActionExecutionTargets", wire.ListDeployActionExecutionTargetsInput{}, wire.ListDeployActionExecutionTargetsOutput{}},
	} {
		op := wire.Find(test.operation)
		sameMembers(t, op.Input, reflect.TypeOf(test.in))
		if test.out != nil {
			sameMembers(t, op.Output, reflect.TypeOf(test.out))
		}
	}
}

func sameMembers(t *testing.T, s *wire.Shape, of reflect.Type) {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map && s.Kind == wire.Structure {
		of = of.Elem()
	}
	switch s.Kind {
	case wire.List, wire.Map:
		if of.Kind() == reflect.Map {
			of = of.Elem()
		}
		sameMembers(t, s.Value, of)
		return
	case wire.Structure:
	default:
		return
	}
	require.Equal(t, s.Name, of.Name())
	require.Equal(t, len(s.Members), of.NumField(), s.Name)
	for i, m := range s.Members {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		require.Equal(t, m.Name, name, s.Name)
		sameMembers(t, m.Shape, f.Type)
	}
}
