//go:build linux

package command

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

// imported is a pipeline as the service stores it, with a Commands action that has these members.
func imported(t *testing.T, members string) penstock.Pipeline {
	t.Helper()
	look := ""
	if strings.Contains(members, "outputArtifacts") {
		look = `, {"name": "Look", "actions": [{
			"name": "Look", "actionTypeId": {"category": "Test", "owner": "Custom", "provider": "Look", "version": "1"},
			"configuration": {"Tree": "result"}, "inputArtifacts": [{"name": "result"}]
		}]}`
	}
	p, err := penstock.ParsePipeline(fmt.Appendf(nil, `{"pipeline": {
		"name": "p", "pipelineType": "V2", "roleArn": "arn:aws:iam::123456789012:role/p", "artifactStore": {"type": "S3", "location": "bucket"},
		"variables": [{"name": "WHO", "defaultValue": "world"}],
		"stages": [
			{"name": "Source", "actions": [{
				"name": "Code", "actionTypeId": {"category": "Source", "owner": "Custom", "provider": "Files", "version": "1"}, "namespace": "Source",
				"configuration": {"Code": "code", "Content": "{\"hello.txt\":\"hello\\n\",\"cmd/main.txt\":\"main\\n\"}"}, "outputArtifacts": [{"name": "code"}]
			}, {
				"name": "More", "actionTypeId": {"category": "Source", "owner": "Custom", "provider": "Files", "version": "1"},
				"configuration": {"Code": "more", "Content": "{\"more.txt\":\"more\\n\"}"}, "outputArtifacts": [{"name": "more"}]
			}]},
			{"name": "Run", "actions": [{
				"name": "Run", "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"}, "namespace": "Run",
				"inputArtifacts": [{"name": "code"}, {"name": "more"}], %s
			}]}%s
		]
	}, "metadata": {"created": 1.5}}`, members, look))
	require.NoError(t, err)
	return p
}

func TestImportedCommandsRun(t *testing.T) {
	for _, test := range []struct {
		name, members string
		log           string
		variables     map[string]string
		look          string
	}{
		{
			name: "one shell for all", members: `"commands": ["cd cmd", "A='1 2'", "cat main.txt; echo \"$A\"", "f() { echo it is $1; }", "f me"]`,
			log: "$ cd cmd\n$ A='1 2'\n$ cat main.txt; echo \"$A\"\nmain\n1 2\n$ f() { echo it is $1; }\n$ f me\nit is me\n",
		},
		{
			name: "directories", members: `"commands": ["[ \"$PWD\" = \"$CODEBUILD_SRC_DIR\" ] && cat hello.txt \"$CODEBUILD_SRC_DIR_more/more.txt\""]`,
			log: "$ [ \"$PWD\" = \"$CODEBUILD_SRC_DIR\" ] && cat hello.txt \"$CODEBUILD_SRC_DIR_more/more.txt\"\nhello\nmore\n",
		},
		{
			name: "references and the environment", members: `"commands": ["echo hello #{variables.WHO}, $TO"],
				"environmentVariables": [{"name": "TO", "value": "$(and) \"#{variables.WHO}\"", "type": "PLAINTEXT"}, {"name": "FROM", "value": "x"}]`,
			log: "$ echo hello world, $TO\nhello world, $(and) \"world\"\n",
		},
		{
			name: "secrets", members: `"commands": ["echo ${#P} $P"], "environmentVariables": [{"name": "P", "value": "password", "type": "SECRETS_MANAGER"}]`,
			log: "$ echo ${#P} $P\n28 ****\n",
		},
		{
			name: "outputs", members: `"commands": ["export A=1", "B=\"two\nlines '$A'\"", "cd /"], "outputVariables": ["A", "B"]`,
			variables: map[string]string{"A": "1", "B": "two\nlines '1'"}, log: "$ export A=1\n$ B=\"two\nlines '$A'\"\n$ cd /\n",
		},
		{
			name: "files", members: `"commands": ["mkdir -p out/deep/er", "touch out/a.txt out/b out/deep/c.txt out/deep/er/d.txt"],
				"outputArtifacts": [{"name": "result", "files": ["out/*", "out/**/d.txt", "cmd"]}]`,
			log:  "$ mkdir -p out/deep/er\n$ touch out/a.txt out/b out/deep/c.txt out/deep/er/d.txt\n",
			look: "cmd/main.txt\nout/a.txt\nout/b\nout/deep/er/d.txt\n",
		},
		{
			name: "all files", members: `"commands": ["rm -r cmd", "cd /"], "outputArtifacts": [{"name": "result", "files": ["**/*"]}]`,
			log: "$ rm -r cmd\n$ cd /\n", look: "hello.txt\n",
		},
		{name: "no files named", members: `"commands": ["rm -r cmd"], "outputArtifacts": [{"name": "result"}]`, log: "$ rm -r cmd\n", look: "hello.txt\n"},
		{
			name: "what is for the service only", members: `"commands": ["true"], "configuration": {"ComputeType": "BUILD_GENERAL1_LARGE", "VpcId": "vpc-1", "Subnets": "a,b"}`,
			log: "$ true\n",
		},
		{name: "a condition is not an end", members: `"commands": ["false || true", "if false; then true; fi", "! true || true", "set -C", "echo on"]`,
			log: "$ false || true\n$ if false; then true; fi\n$ ! true || true\n$ set -C\n$ echo on\non\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEngine(t, Options{})
			got := e.release(imported(t, test.members))
			require.Nil(t, got.Failure)
			require.Equal(t, test.log, got.log)
			require.Len(t, got.Variables, len(test.variables))
			for name, value := range test.variables {
				require.Equal(t, value, got.Variables[name])
			}
			require.Equal(t, test.look, got.look)
			require.Equal(t, 55*time.Minute, got.Deadline.Sub(got.Started))
			e.requireEmpty()
		})
	}
}

func TestCommandsHandVariablesOver(t *testing.T) {
	p := penstock.NewPipeline("p",
		penstock.NewStage("Source", penstock.NewAction("Code", Files{Content: map[string]string{"hello.txt": "hello; echo bye\n"}, Code: code.Out()})),
		penstock.NewStage("Make", penstock.NewAction("Make", Commands{
			Commands: []string{"V=$(cat hello.txt)"}, Outputs: []string{"V"}, Inputs: inputs(),
		}).Namespace("Make")),
		penstock.NewStage("Run", penstock.NewAction("Run", Commands{
			Commands: []string{"echo #{Make.V}", `echo "$V"`}, Environment: map[string]string{"V": "<#{Make.V}>"}, Inputs: inputs(),
		})),
	)
	got := newEngine(t, Options{}).release(p)
	require.Nil(t, got.Failure)
	require.Equal(t, "$ echo hello; echo bye\nhello\nbye\n$ echo \"$V\"\n<hello; echo bye>\n", got.log)
}

func TestImportedCommandsThatFail(t *testing.T) {
	for _, test := range []struct{ name, members, code, message string }{
		{"the first that fails", `"commands": ["echo one", "sh -c 'exit 7'", "echo never"]`, "JobFailed", "command 2 of 3, sh -c 'exit 7': exit status 7; the output ends with:\n$ echo one\none\n$ sh -c 'exit 7'"},
		{"in a list", `"commands": ["false && true", "echo never"]`, "JobFailed", "command 1 of 2, false && true: exit status 1"},
		{"by its own exit", `"commands": ["true", "exit 3"]`, "JobFailed", "command 2 of 2, exit 3: exit status 3"},
		{"that are no commands", `"commands": ["true", "if", "echo never"]`, "JobFailed", "command 2 of 3, if: exit status 2"},
		{"that are not closed", `"commands": ["true", "echo '", "echo never'"]`, "JobFailed", "command 2 of 3, echo ': exit status 2"},
		{"that there are none of", `"commands": ["no-such-command"]`, "JobFailed", "exit status 127"},
		{"by a signal", `"commands": ["kill -KILL $$"]`, "JobFailed", "command 1 of 1, kill -KILL $$: ended by a signal"},
		{"a long one", `"commands": ["exit 1 # ` + strings.Repeat("x", 500) + `"]`, "JobFailed", "xxx…: exit status 1"},
		{"an output that is not set", `"commands": ["A=1"], "outputVariables": ["A", "B"]`, "JobFailed", "without setting B"},
		{"an output behind an exec", `"commands": ["A=1", "exec true"], "outputVariables": ["A"]`, "JobFailed", "nor end by exec"},
		{"an output that is too large", `"commands": ["A=$(head -c 200000 /dev/zero | tr '\\0' x)"], "outputVariables": ["A"]`, "LimitExceeded", "up to 122880 bytes"},
		{"an output of a secret", `"commands": ["A=$P"], "outputVariables": ["A"], "environmentVariables": [{"name": "P", "value": "password", "type": "SECRETS_MANAGER"}]`, "Invalid", "holds a secret"},
		{"a secret that there is none of", `"commands": ["true"], "environmentVariables": [{"name": "P", "value": "none", "type": "SECRETS_MANAGER"}]`, "Unavailable", "no secret none"},
		{"a file that is not there", `"commands": ["true"], "outputArtifacts": [{"name": "result", "files": ["hello.txt", "dist/*"]}]`, "MissingOutput", "there is no dist/*"},
		{"a directory where files are meant", `"commands": ["mkdir -p dist/sub"], "outputArtifacts": [{"name": "result", "files": ["dist/*"]}]`, "MissingOutput", "there is no dist/*"},
		{"a machine that this is not", `"commands": ["dir"], "configuration": {"EnvironmentType": "WINDOWS_SERVER_2022_CONTAINER"}`, "ConfigurationError", "cannot run here"},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEngine(t, Options{})
			got := e.release(imported(t, test.members))
			require.Equal(t, penstock.StatusFailed, got.Status)
			require.Equal(t, test.code, got.Failure.Code, got.Failure.Message)
			require.Contains(t, got.Failure.Message, test.message)
			require.NotContains(t, got.log, "never")
			e.requireEmpty()
		})
	}
}

var everyMember = Commands{
	Commands: []string{"make", "make install"}, Environment: map[string]string{"B": "2", "A": "#{variables.WHO}"},
	Secrets: map[string]penstock.Secret{"P": {Ref: "password"}}, Outputs: []string{"TAG", "SIZE"},
	Inputs: []penstock.Input[penstock.Tree]{code.In(), more.In()}, Artifact: result.Out(), Files: []string{"dist/**", "*.txt"},
	EnvironmentType: "LINUX_CONTAINER", ComputeType: "BUILD_GENERAL1_SMALL", VpcId: "vpc-1", Subnets: "a,b", SecurityGroupIds: "c",
}

func commandsPipeline(c Commands) penstock.Pipeline {
	p := pipeline(Run{Argv: []string{"true"}})
	return penstock.NewPipeline("p", penstock.NewStage("Source",
		penstock.NewAction("Code", Files{Content: map[string]string{"hello.txt": "hello\n"}, Code: code.Out()}),
		penstock.NewAction("More", Files{Content: map[string]string{"more.txt": "more\n"}, Code: more.Out()}),
	), penstock.NewStage("Run", penstock.NewAction("Run", c))).Variables(penstock.NewPipelineVariable[string]("WHO").Default(p.Name()))
}

// TestCommandsAreStoredAsTheServiceDoes compares with an action that was written for the service.
func TestCommandsAreStoredAsTheServiceDoes(t *testing.T) {
	text, err := json.Marshal(commandsPipeline(everyMember))
	require.NoError(t, err)
	var stored struct {
		Stages []struct{ Actions []json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(text, &stored))
	require.JSONEq(t, `{
		"name": "Run", "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"}, "runOrder": 1,
		"configuration": {"EnvironmentType": "LINUX_CONTAINER", "ComputeType": "BUILD_GENERAL1_SMALL", "VpcId": "vpc-1", "Subnets": "a,b", "SecurityGroupIds": "c"},
		"commands": ["make", "make install"],
		"environmentVariables": [
			{"name": "A", "value": "#{variables.WHO}", "type": "PLAINTEXT"}, {"name": "B", "value": "2", "type": "PLAINTEXT"},
			{"name": "P", "value": "password", "type": "SECRETS_MANAGER"}
		],
		"outputVariables": ["TAG", "SIZE"],
		"inputArtifacts": [{"name": "code"}, {"name": "more"}],
		"outputArtifacts": [{"name": "result", "files": ["dist/**", "*.txt"]}]
	}`, string(stored.Stages[1].Actions[0]))
}

func TestCommandsComeBackAsTheyWere(t *testing.T) {
	for name, want := range map[string]Commands{
		"all": everyMember,
		"few": {Commands: []string{"true"}, Inputs: inputs()},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(commandsPipeline(want))
			require.NoError(t, err)
			p, err := penstock.ParsePipeline(text)
			require.NoError(t, err)
			var got Commands
			var actions penstock.Actions
			penstock.Register(&actions, source(t))
			penstock.Register(&actions, penstock.RunnerFunc[Commands](func(ctx context.Context, call *penstock.Call[Commands]) error {
				got = call.Config
				return call.Config.Artifact.Store(ctx, call, penstock.TreeAt(t.TempDir()))
			}))
			require.NoError(t, p.Validate(&actions))
			require.NoError(t, commandsPipeline(want).Validate(&actions))
			e := engine{t: t, Engine: start(t, &actions)}
			require.Equal(t, penstock.StatusSucceeded, e.release(p).Status)
			if want.Environment != nil {
				want.Environment = map[string]string{"A": "p", "B": "2"} // resolved
			}
			require.Equal(t, want, got)
		})
	}
}

func TestCommandsThatCannotBeStored(t *testing.T) {
	for _, test := range []struct {
		name     string
		commands Commands
		says     string
	}{
		{"no commands", Commands{Inputs: inputs()}, "must have a non-empty commands field"},
		{"no inputs", Commands{Commands: []string{"true"}}, "less than the minimum count (1)"},
		{"an input that is not wired", Commands{Commands: []string{"true"}, Inputs: make([]penstock.Input[penstock.Tree], 1)}, "input 1 is not wired"},
		{"files of nothing", Commands{Commands: []string{"true"}, Inputs: inputs(), Files: []string{"a"}}, "no artifact that they are for"},
		{"twice", Commands{Commands: []string{"true"}, Inputs: inputs(), Environment: map[string]string{"A": "1"}, Secrets: map[string]penstock.Secret{"A": {Ref: "x"}}}, "as plain text and as a secret"},
		{"an empty variable", Commands{Commands: []string{"true"}, Inputs: inputs(), Environment: map[string]string{"A": ""}}, "p/Run/Run (environmentVariables[0].value)"},
		{"a secret without a name", Commands{Commands: []string{"true"}, Inputs: inputs(), Secrets: map[string]penstock.Secret{"A": {}}}, "p/Run/Run (environmentVariables[0].value)"},
		{"a reference to nothing", Commands{Commands: []string{"echo #{none.X}"}, Inputs: inputs()}, "namespace that does not exist"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var actions penstock.Actions
			penstock.Register(&actions, source(t))
			RegisterCommands(&actions, Options{})
			require.ErrorContains(t, commandsPipeline(test.commands).Validate(&actions), test.says)
		})
	}
}
