package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const template = `{
  "AWSTemplateFormatVersion": "2010-09-09",
  "Parameters": {"Branch": {"Type": "String"}},
  "Conditions": {"Approve": {"Fn::Equals": ["a", "a"]}},
  "Resources": {
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Release": {
      "Type": "AWS::CodePipeline::Pipeline",
      "DependsOn": "Bucket",
      "Properties": {
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "PipelineType": "V2",
        "ExecutionMode": "QUEUED",
        "RestartExecutionOnUpdate": true,
        "Tags": [{"Key": "team", "Value": "web"}],
        "DisableInboundStageTransitions": [{"StageName": "Deploy", "Reason": "freeze"}],
        "ArtifactStores": [
          {"Region": "eu-west-1", "ArtifactStore": {"Type": "S3", "Location": {"Ref": "Bucket"}, "EncryptionKey": {"Id": "k", "Type": "KMS"}}},
          {"Region": "us-east-1", "ArtifactStore": {"Type": "S3", "Location": "other"}}
        ],
        "Variables": [{"Name": "Where", "DefaultValue": "eu", "Description": {"Ref": "AWS::NoValue"}}],
        "Triggers": [{"ProviderType": "CodeStarSourceConnection", "GitConfiguration": {"SourceActionName": "Git", "Push": [{"Branches": {"Includes": [{"Ref": "Branch"}]}}]}}],
        "Stages": [
          {"Name": "Source", "Actions": [{
            "Name": "Git", "ActionTypeId": {"Category": "Source", "Owner": "AWS", "Provider": "CodeStarSourceConnection", "Version": 1},
            "Configuration": {"ConnectionArn": "c", "FullRepositoryId": {"Fn::Join": ["/", ["me", {"Ref": "Bucket"}]]}, "BranchName": {"Ref": "Branch"}, "DetectChanges": false},
            "OutputArtifacts": [{"Name": "code"}], "Namespace": "Git", "RunOrder": "1"}]},
          {"Name": "Deploy", "Blockers": [{"Name": "b", "Type": "Schedule"}],
           "BeforeEntry": {"Conditions": [{"Result": "SKIP", "Rules": [{"Name": "R", "RuleTypeId": {"Category": "Rule", "Owner": "AWS", "Provider": "VariableCheck", "Version": "1"}, "Configuration": {"Variable": "#{Git.BranchName}", "Value": "main", "Operator": "EQ"}}]}]},
           "OnFailure": {"Result": "RETRY", "RetryConfiguration": {"RetryMode": "ALL_ACTIONS"}},
           "Actions": [
            {"Fn::If": ["Approve", {"Name": "Ok", "ActionTypeId": {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"}, "TimeoutInMinutes": 60}, {"Ref": "AWS::NoValue"}]},
            {"Fn::If": ["No", {"Ref": "NotThere"}, {"Ref": "AWS::NoValue"}]},
            {"Name": "Up", "ActionTypeId": {"Category": "Compute", "Owner": "AWS", "Provider": "Commands", "Version": "1"}, "RunOrder": 2,
             "Commands": ["make"], "OutputVariables": ["A"], "EnvironmentVariables": [{"Name": "N", "Value": 5, "Type": "PLAINTEXT"}],
             "InputArtifacts": [{"Name": "code"}], "OutputArtifacts": [{"Name": "out", "Files": ["a/**"]}], "Region": {"Fn::Sub": "us-east-${One}"}}
           ]}
        ]
      }
    }
  }
}`

// resolve knows the functions of the template.
func resolve(name string, args any) (any, error) {
	switch name {
	case "Ref":
		return map[string]any{"Bucket": "bucket", "Branch": "main"}[args.(string)], nil
	case "Fn::GetAtt":
		return anyRole, nil
	case "Fn::Join":
		list := args.([]any)
		var parts []string
		for _, part := range list[1].([]any) {
			parts = append(parts, part.(string))
		}
		return strings.Join(parts, list[0].(string)), nil
	case "Fn::Sub":
		return strings.ReplaceAll(args.(string), "${One}", "1"), nil
	case "Fn::If":
		list := args.([]any)
		if list[0] == "Approve" {
			return list[1], nil
		}
		return list[2], nil
	}
	return nil, errors.New("no such function")
}

const translated = `{
  "name": "Release", "roleArn": "arn:aws:iam::123456789012:role/x", "pipelineType": "V2", "executionMode": "QUEUED",
  "artifactStores": {
    "eu-west-1": {"type": "S3", "location": "bucket", "encryptionKey": {"id": "k", "type": "KMS"}},
    "us-east-1": {"type": "S3", "location": "other"}
  },
  "variables": [{"name": "Where", "defaultValue": "eu"}],
  "triggers": [{"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "Git", "push": [{"branches": {"includes": ["main"]}}]}}],
  "stages": [
    {"name": "Source", "actions": [{
      "name": "Git", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1"},
      "configuration": {"ConnectionArn": "c", "FullRepositoryId": "me/bucket", "BranchName": "main", "DetectChanges": "false"},
      "outputArtifacts": [{"name": "code"}], "namespace": "Git", "runOrder": 1}]},
    {"name": "Deploy", "blockers": [{"name": "b", "type": "Schedule"}],
     "beforeEntry": {"conditions": [{"result": "SKIP", "rules": [{"name": "R", "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"}, "configuration": {"Variable": "#{Git.BranchName}", "Value": "main", "Operator": "EQ"}}]}]},
     "onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": "ALL_ACTIONS"}},
     "actions": [
      {"name": "Ok", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}, "timeoutInMinutes": 60},
      {"name": "Up", "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"}, "runOrder": 2,
       "commands": ["make"], "outputVariables": ["A"], "environmentVariables": [{"name": "N", "value": "5", "type": "PLAINTEXT"}],
       "inputArtifacts": [{"name": "code"}], "outputArtifacts": [{"name": "out", "files": ["a/**"]}], "region": "us-east-1"}
     ]}
  ]
}`

func TestParseCloudFormation(t *testing.T) {
	for _, id := range []string{"", "Release"} {
		got, err := ParseCloudFormation([]byte(template), id, resolve)
		require.NoError(t, err)
		want, err := Parse([]byte(translated))
		require.NoError(t, err)
		require.Equal(t, string(Canonical(want)), string(Canonical(got.Pipeline)))
		require.Equal(t, map[string]string{"team": "web"}, got.Tags)
		require.Equal(t, map[string]string{"Deploy": "freeze"}, got.Disabled)
		require.True(t, got.RestartOnUpdate)
		require.NoError(t, ValidateWith(got.Pipeline, Options{Strict: true, Region: "eu-west-1"}))
	}
}

// properties is a template with one pipeline of these properties.
func properties(text string) string {
	return `{"Resources":{"P":{"Type":"AWS::CodePipeline::Pipeline","Properties":` + text + `}}}`
}

func TestParseCloudFormationRefuses(t *testing.T) {
	two := `{"Resources":{"P":{"Type":"AWS::CodePipeline::Pipeline"},"Q":{"Type":"AWS::CodePipeline::Pipeline"}}}`
	for _, test := range []struct{ name, template, resource, want string }{
		{"no template", `[]`, "", "Resources: there are 0 resources of type AWS::CodePipeline::Pipeline: ; name the resource"},
		{"no JSON", `{`, "", "definition: not JSON at line 1, column 1"},
		{"two pipelines", two, "", "Resources: there are 2 resources of type AWS::CodePipeline::Pipeline: P, Q; name the resource"},
		{"another resource", two, "R", `Resources: there is no resource "R" of type AWS::CodePipeline::Pipeline; did you mean "P"?`},
		{"no properties", two, "P", `Resources: resource "P" has no Properties`},
		{"a member twice", `{"Resources":{},"Resources":{}}`, "", "template.Resources: is given twice; keep one of them"},
		{"an unknown property", properties(`{"Nmae":"p"}`), "", `Resources.P.Properties.Nmae: unknown property; did you mean "Name"?`},
		{"the other spelling", properties(`{"name":"p"}`), "", `Resources.P.Properties.name: unknown property; did you mean "Name"?`},
		{"an unknown property deep down", properties(`{"Stages":[{"Actions":[{"Naem":"A"}]}]}`), "", `Resources.P.Properties.Stages[0].Actions[0].Naem: unknown property; did you mean "Name"?`},
		{"a version", properties(`{"Version":1}`), "", "Resources.P.Properties.Version: unknown property"},
		{"a block", properties(`{"Penstock":{}}`), "", "Resources.P.Properties.Penstock: unknown property"},
		{"null", properties(`{"Name":null}`), "", "Resources.P.Properties.Name: a string is wanted here, not null; remove it"},
		{"an object for a string", properties(`{"Name":{"a":1,"b":2}}`), "", "Resources.P.Properties.Name: a string is wanted here, not an object"},
		{"an object for a configuration value", properties(`{"Stages":[{"Actions":[{"Configuration":{"A":{"x":1,"y":2}}}]}]}`), "", "Configuration.A: a string is wanted here, not an object"},
		{"a list for an object", properties(`{"ArtifactStore":[]}`), "", "Resources.P.Properties.ArtifactStore: an object is wanted here, not a list"},
		{"text for a list", properties(`{"Stages":"x"}`), "", `Resources.P.Properties.Stages: a list is wanted here, not "x"`},
		{"text for a number", properties(`{"Stages":[{"Actions":[{"RunOrder":"first"}]}]}`), "", `Stages[0].Actions[0].RunOrder: "first" is not a whole number in range`},
		{"a fraction for a number", properties(`{"Stages":[{"Actions":[{"RunOrder":1.5}]}]}`), "", `RunOrder: "1.5" is not a whole number in range`},
		{"a map for the stores", properties(`{"ArtifactStores":{"eu-west-1":{},"x":{}}}`), "", "Resources.P.Properties.ArtifactStores: a list is wanted here, not an object"},
		{"a region twice", properties(`{"ArtifactStores":[{"Region":"a"},{"Region":"a"}]}`), "", "Resources.P.Properties.ArtifactStores[1]: is given twice; keep one of them"},
		{"a tag twice", properties(`{"Tags":[{"Key":"a"},{"Key":"a"}]}`), "", "Resources.P.Properties.Tags[1]: is given twice"},
		{"a transition into no stage", properties(`{"DisableInboundStageTransitions":[{"StageName":"Moon","Reason":"x"}]}`), "", `Resources.P.Properties.DisableInboundStageTransitions: there is no stage "Moon"`},
		{"an unknown function", properties(`{"Name":{"Fn::Moon":[]}}`), "", "Resources.P.Properties.Name: Fn::Moon: no such function"},
		{"an unknown function in another", properties(`{"Name":{"Fn::Join":["",[{"Fn::Moon":[]}]]}}`), "", "Resources.P.Properties.Name.Fn::Join[1][0]: Fn::Moon: no such function"},
		{"a function that answers nothing", properties(`{"Name":{"Ref":"Nothing"}}`), "", "Resources.P.Properties.Name: a string is wanted here, not null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseCloudFormation([]byte(test.template), test.resource, func(name string, args any) (answer any, err error) {
				defer func() {
					if recover() != nil {
						err = errors.New("what it is given makes no sense")
					}
				}()
				return resolve(name, args)
			})
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestFunctionsAreTheCallers(t *testing.T) {
	name := properties(`{"Name":{"Ref":"N"},"Stages":[]}`)
	for _, test := range []struct {
		name    string
		resolve Resolver
		want    string
	}{
		{"nobody resolves", nil, "Resources.P.Properties.Name: Ref is not resolved; give a function that resolves it"},
		{"text", func(string, any) (any, error) { return "p", nil }, ""},
		{"a number", func(string, any) (any, error) { return 7, nil }, ""},
		{"what is no JSON", func(string, any) (any, error) { return func() {}, nil }, "Ref is resolved to what cannot be read: json: unsupported type"},
		{"what is too large", func(string, any) (any, error) { return strings.Repeat("x", 2<<20), nil }, "are too large"},
		{"an error", func(n string, args any) (any, error) { return nil, fmt.Errorf("%s %v", n, args) }, "Resources.P.Properties.Name: Ref: Ref N"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseCloudFormation([]byte(name), "", test.resolve)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.NotEmpty(t, got.Pipeline.Name)
		})
	}
	_, err := ParseCloudFormation([]byte(properties(`{"Name":{"Fn::If":[1,2,3]}}`)), "", func(string, any) (any, error) {
		return map[string]any{"Fn::If": []any{1, 2, 3}}, nil
	})
	require.ErrorContains(t, err, "functions are nested too deeply", "a function that never ends")
}

func FuzzParseCloudFormation(f *testing.F) {
	f.Add([]byte(template))
	f.Add([]byte(properties(`{"Name":{"Ref":"AWS::NoValue"},"Tags":[{"Ref":"AWS::NoValue"}],"Stages":{"Ref":"x"}}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := ParseCloudFormation(data, "", func(_ string, args any) (any, error) { return args, nil })
		if err != nil {
			return
		}
		again, err := Parse(Canonical(got.Pipeline))
		require.NoError(t, err)
		require.Equal(t, string(Canonical(got.Pipeline)), string(Canonical(again)))
		require.True(t, json.Valid(data))
	})
}
