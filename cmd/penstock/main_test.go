package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata anew")

// program is the built command.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "penstock-test-")
	if err == nil {
		program = filepath.Join(dir, "penstock")
		if runtime.GOOS == "windows" {
			program += ".exe"
		}
		build := exec.Command("go", "build", "-o", program, ".")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "the command cannot be built:", err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// execute runs the command in dir.
func execute(t *testing.T, dir, in string, args ...string) (out, messages string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, strings.NewReader(in), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		require.True(t, ok, "%v", err)
		status = exit.ExitCode()
	}
	return stdout.String(), stderr.String(), status
}

// inputs is a folder with what the commands read: testdata, and some more.
func inputs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS("testdata")))
	for name, text := range map[string]string{
		"empty.json": "", "cut.json": `{"name": "p",`, "list.json": "[]", "nul.json": "\x00", "latin1.json": "{\"name\": \"caf\xe9\"}",
		"twice.json": `{"name": "p", "name": "q", "stages": []}`, "empty.yaml": "",
		"escape.json": `{"name": "p\u001b[31m\n\u202ep", "stages": []}`,
		"bom.json":    "\ufeff" + read(t, "testdata/release.json"),
		"deep.json":   strings.Repeat("[", 100_000),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	return dir
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(data)
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	require.Equal(t, read(t, file), got, "go test ./cmd/penstock -update")
}

// How the lines about two files of testdata begin; the words are the library's.
var (
	wrong = []string{
		"wrong.json:storefront (executionMode): ", "wrong.json:storefront/Build/Image (inputArtifacts", "wrong.json:storefront/Deploy (actions): ",
	}
	remarks = []string{"wrong.json: Source/Custom/Git/1 is not known", "wrong.json: Build/Custom/Make/1 is not known"}
	unknown = []string{
		"unknown.json:pipeline.mode: ", "unknown.json:pipeline.stages[0].actions[0].outputArtefacts: ",
	}
)

func TestCommands(t *testing.T) {
	dir := inputs(t)
	release, canonical := read(t, "testdata/release.json"), read(t, "testdata/release.canonical.json")
	for _, test := range []struct {
		name     string
		args     []string
		in       string
		out      string   // exactly; ~ at its beginning: contained; a name in testdata: that file
		messages string   // exactly; ~ at its beginning: contained
		problems []string // instead: how each line begins, in any order
		status   int
	}{
		// Plan.
		{
			name: "plan", args: []string{"plan", "native.yaml"},
			out: "shop SUPERSEDED, by StartPipelineExecution\nvariable Target = eu\nstage Source\n  Fetch (Source/AWS/S3/1)\nstage Build\n  Make (Compute/AWS/Commands/1)\n" +
				"stage Ask\n  Sure asks for approval, for 168h0m0s: look at it\n",
		},
		{name: "plan: a variable", args: []string{"plan", "-variable", "Target=us", "native.yaml"}, out: "~variable Target = us\n"},
		{name: "plan: an unknown variable", args: []string{"plan", "-variable", "Nope=us", "native.yaml"}, messages: "~Nope", status: found},
		{name: "plan: no value", args: []string{"plan", "-variable", "Nope", "native.yaml"}, messages: "~it is written NAME=VALUE", status: broken},
		{
			name: "plan: types that others run", args: []string{"plan", "-custom", "gotest.json", "release.yaml"}, out: "~stage Build\n",
			messages: "~release.yaml: Build/Image waits for somebody who runs Build/AWS/CodeBuild/1: penstock itself does not\n",
		},
		{name: "plan: wrong", args: []string{"plan", "wrong.json"}, messages: "~executionMode", status: found},
		{name: "plan: two files", args: []string{"plan", "native.yaml", "release.json"}, messages: "~it takes one FILE at a time", status: broken},

		// Validate.
		{name: "validate", args: []string{"validate", "release.yaml"}},
		{
			name: "validate: a type of one's own", args: []string{"validate", "release.json"},
			messages: "release.json: Test/Custom/GoTest/1 is not known, so its actions are judged without their configuration; see -custom\n",
		},
		{name: "validate stdin", args: []string{"validate", "-"}, in: release, messages: "~stdin: Test/Custom/GoTest/1 is not known"},
		{name: "validate: all that is wrong", args: []string{"validate", "wrong.json"}, problems: slices.Concat(remarks, wrong), status: 1},
		{
			name: "validate: of all files", args: []string{"validate", "release.yaml", "wrong.json", "unknown.json"}, status: 1,
			problems: slices.Concat(remarks, wrong, unknown),
		},
		{
			name: "validate: the types of AWS", args: []string{"validate", "wrong.yaml"}, status: 1,
			problems: []string{"wrong.yaml:storefront/Build/Image (configuration.ProjectName): Action configuration", "wrong.yaml:storefront/Build/Image (configuration.Projectname): "},
		},
		{
			name: "validate -strict", args: []string{"validate", "-strict", "release.yaml"}, status: 1,
			problems: []string{"release.yaml:storefront (roleArn): Value null at", "release.yaml:storefront (artifactStore): A pipeline must have artifactStore or artifactStores"},
		},
		{name: "validate -region", args: []string{"validate", "-region", "us-east-1", "-"}, in: inIreland(release), status: 1,
			problems: []string{"stdin: Test/Custom/GoTest/1 is not known", "stdin:storefront (artifactStores): There is no artifact store for region us-east-1"}},
		{name: "validate -region: its own", args: []string{"validate", "-region", "eu-west-1", "-"}, in: inIreland(release), messages: "~Test/Custom/GoTest/1 is not known"},
		{
			name: "validate -custom", args: []string{"validate", "-custom", "gotest.json", "release.json"}, status: 1,
			problems: []string{"release.json:storefront/Build/Unit (configuration.Packages): Action", "release.json:storefront/Build/EndToEnd (configuration.Packages): Action"},
		},
		{
			name: "validate -custom: others are wrong then", args: []string{"validate", "-custom", "gotest.json", "wrong.json"}, status: 1,
			problems: append([]string{"wrong.json:storefront/Source/Checkout (actionTypeId): ", "wrong.json:storefront/Build/Image (actionTypeId): "}, wrong...),
		},
		{
			name: "validate -custom: what is no type", args: []string{"validate", "-custom", "release.json", "-custom", "list.json", "release.json"}, status: 2,
			problems: []string{"penstock: -custom release.json: custom action type: ", "penstock: -custom list.json: custom action type: "},
		},
		{name: "validate -custom: twice", args: []string{"validate", "-custom", "gotest.json", "-custom", "gotest.json", "release.yaml"}, messages: "penstock: -custom gotest.json: the type is known already\n", status: 2},
		{name: "validate -custom: nothing", args: []string{"validate", "-custom", "none.json", "release.yaml"}, messages: "~penstock: open none.json: ", status: 2},

		// Templates.
		{name: "validate a template", args: []string{"validate", "template.json"}},
		{name: "validate a template from stdin", args: []string{"validate", "-"}, in: read(t, "testdata/template.json")},
		{name: "validate a template: which", args: []string{"validate", "template.yaml"}, problems: []string{"template.yaml:Resources: there are 2 resources"}, status: 1},
		{name: "validate a template: what is not known", args: []string{"validate", "-resource", "Storefront", "template.yaml"}, messages: "~TimeoutInMinutes: \"Timeout\" is not a whole number in range (line 25, column 15)\n", status: 1},
		{name: "validate a template: the one", args: []string{"validate", "-resource", "Storefront", "-parameter", "Timeout=60", "template.yaml"}},
		{name: "validate a template: no such one", args: []string{"validate", "-resource", "Nothing", "template.json"}, problems: []string{"template.json:Resources"}, status: 1},
		{name: "validate -parameter", args: []string{"validate", "-parameter", "Timeout", "template.yaml"}, messages: "~it is written NAME=VALUE", status: 2},
		{name: "graph a template", args: []string{"graph", "template.json"}, out: "~title: \"Storefront\""},
		{name: "fmt a template", args: []string{"fmt", "template.json"}, out: "template.canonical.json"},
		{name: "fmt a template of YAML", args: []string{"fmt", "-resource", "Storefront", "-parameter", "Timeout=60", "template.yaml"}, out: "template-yaml.canonical.json"},
		{name: "fmt -w a template", args: []string{"fmt", "-w", "template.json"}, messages: "penstock: fmt: template.json: -w and -d are for CodePipeline's JSON; print it instead: see penstock help fmt\n", status: 2},
		{name: "fmt -d YAML", args: []string{"fmt", "-d", "release.yaml"}, messages: "~-w and -d are for CodePipeline's JSON", status: 2},

		// Diff.
		{name: "diff", args: []string{"diff", "release.yaml", "release.json"}, out: "changes.txt", status: 1},
		{name: "diff: the same", args: []string{"diff", "release.json", "release.canonical.json"}},
		{name: "diff stdin", args: []string{"diff", "-", "release.canonical.json"}, in: release},
		{name: "diff: one", args: []string{"diff", "release.json"}, messages: "penstock: diff: it takes two FILEs: see penstock help diff\n", status: 2},
		{name: "diff: what does not parse", args: []string{"diff", "release.json", "unknown.json"}, problems: unknown, status: 2},

		// Schema.
		{name: "schema", args: []string{"schema"}, out: "~https://json-schema.org/draft/2020-12/schema"},
		{name: "schema -custom", args: []string{"schema", "-custom", "gotest.json"}, out: "~GoTest"},
		{name: "schema: of what", args: []string{"schema", "x"}, messages: "~it takes no arguments", status: 2},

		// What cannot be read.
		{
			name: "validate: what cannot be read weighs more", args: []string{"validate", "none.json", "wrong.json"}, status: 2,
			problems: slices.Concat([]string{"penstock: open none.json: "}, remarks, wrong),
		},
		{name: "validate: stdin has a name", args: []string{"validate", "-"}, in: `{"name": "p", "stage": []}`, status: 1,
			problems: []string{"stdin:pipeline.stage: "}},
		{name: "validate: nothing", args: []string{"validate", "empty.json"}, problems: []string{"empty.json: not JSON at line 1"}, status: 1},
		{name: "validate: half", args: []string{"validate", "cut.json"}, problems: []string{"cut.json: not JSON at line 1, column 13"}, status: 1},
		{name: "validate: a list", args: []string{"validate", "list.json"}, problems: []string{"list.json:pipeline: "}, status: 1},
		{name: "validate: no text", args: []string{"validate", "nul.json"}, problems: []string{"nul.json: not JSON at line 1"}, status: 1},
		{name: "validate: no UTF-8", args: []string{"validate", "latin1.json"}, problems: []string{"latin1.json: the text is not valid UTF-8"}, status: 1},
		{name: "validate: a field twice", args: []string{"validate", "twice.json"}, problems: []string{"twice.json:pipeline.name: is given twice"}, status: 1},
		{name: "validate: a byte order mark", args: []string{"validate", "bom.json"}, messages: "~bom.json: Test/Custom/GoTest/1"},
		{name: "validate: brackets without end", args: []string{"validate", "deep.json"}, problems: []string{"deep.json: "}, status: 1},
		{name: "validate: an empty YAML", args: []string{"validate", "empty.yaml"}, problems: []string{"empty.yaml: "}, status: 1},
		{name: "validate: a folder", args: []string{"validate", "."}, messages: "~penstock: .: read .: ", status: 2},
		{name: "validate: no FILE", args: []string{"validate"}, messages: "penstock: validate: no FILE is given; - is standard input: see penstock help validate\n", status: 2},
		{name: "validate: stdin twice", args: []string{"validate", "-", "-"}, messages: "~standard input can be read only once", status: 2},
		{name: "validate: a flag too late", args: []string{"validate", "release.json", "-x"}, messages: "~-x stands behind a FILE: flags come first", status: 2},

		// Graph.
		{name: "graph", args: []string{"graph", "release.json"}, out: "release.mmd"},
		{name: "graph stdin", args: []string{"graph", "-"}, in: release, out: "release.mmd"},
		{name: "graph -format mermaid", args: []string{"graph", "-format", "mermaid", "release.json"}, out: "release.mmd"},
		{name: "graph -format dot", args: []string{"graph", "-format", "dot", "release.json"}, out: "release.dot"},
		{name: "graph -format svg", args: []string{"graph", "-format", "svg", "release.json"}, out: "release.svg"},
		{name: "graph -artifacts", args: []string{"graph", "-artifacts", "release.json"}, out: `~s1a1 -.->|"code"| s2a1`},
		{
			name: "graph: what does not validate", args: []string{"graph", "wrong.json"}, out: "~no actions",
			messages: "wrong.json: drawn, but it does not validate (3): see penstock validate\n",
		},
		{name: "graph: what does not parse", args: []string{"graph", "unknown.json"}, problems: unknown, status: 1},
		{
			name: "graph: a format that is none", args: []string{"graph", "-format", "png", "release.json"}, status: 2,
			messages: "penstock: graph: there is no format \"png\"; use mermaid, dot or svg: see penstock help graph\n",
		},
		{name: "graph: two", args: []string{"graph", "release.json", "wrong.json"}, messages: "~one FILE is drawn at a time", status: 2},
		{name: "graph: into nowhere", args: []string{"graph", "-o", "none/release.svg", "release.json"}, messages: "~penstock: open none/", status: 2},

		// Format.
		{name: "fmt", args: []string{"fmt", "release.json"}, out: "release.canonical.json"},
		{name: "fmt stdin", args: []string{"fmt", "-"}, in: release, out: "release.canonical.json"},
		{name: "fmt again", args: []string{"fmt", "-"}, in: canonical, out: "release.canonical.json"},
		{name: "fmt two", args: []string{"fmt", "release.json", "release.canonical.json"}, out: canonical + canonical},
		{name: "fmt: what does not validate", args: []string{"fmt", "wrong.json"}, out: "~\"executionMode\": \"QUEUED\""},
		{name: "fmt: what does not parse", args: []string{"fmt", "unknown.json", "release.json"}, out: "release.canonical.json", problems: unknown, status: 1},
		{name: "fmt -d", args: []string{"fmt", "-d", "release.json"}, out: "release.diff", status: 1},
		{name: "fmt -d: nothing to do", args: []string{"fmt", "-d", "release.canonical.json"}},
		{name: "fmt -w -d", args: []string{"fmt", "-w", "-d", "release.json"}, messages: "~-w and -d exclude each other", status: 2},
		{name: "fmt -w stdin", args: []string{"fmt", "-w", "release.canonical.json", "-"}, messages: "~standard input cannot be written back", status: 2},
		{name: "fmt: an unknown flag", args: []string{"fmt", "-x", "release.json"}, messages: "penstock: fmt: flag provided but not defined: -x: see penstock help fmt\n", status: 2},

		// The rest.
		{name: "version", args: []string{"version"}, out: "~penstock "},
		{name: "--version", args: []string{"--version"}, out: "~ " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n"},
		{name: "version: of what", args: []string{"version", "x"}, messages: "~it takes no arguments", status: 2},
		{name: "help", args: []string{"help"}, out: "help.txt"},
		{name: "--help", args: []string{"--help"}, out: "help.txt"},
		{name: "help fmt", args: []string{"help", "fmt"}, out: "help-fmt.txt"},
		{name: "fmt -h", args: []string{"fmt", "-h"}, out: "help-fmt.txt"},
		{name: "help graph", args: []string{"help", "graph"}, out: "~usage: penstock graph [-format mermaid|dot|svg] [-artifacts] [-o FILE] FILE\n"},
		{name: "help version", args: []string{"help", "version"}, out: "usage: penstock version\n\nPrints the version of penstock, of Go, and the platform.\n"},
		{name: "help: no such command", args: []string{"help", "grap"}, messages: "penstock: there is no command \"grap\": see penstock help\n", status: 2},
		{name: "help: two", args: []string{"help", "fmt", "graph"}, messages: "~it takes one command", status: 2},
		{name: "no command", messages: "penstock: no command is given: see penstock help\n", status: 2},
		{name: "an unknown command", args: []string{"grap\x1b[31m"}, messages: "penstock: there is no command \"grap\\x1b[31m\": see penstock help\n", status: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, messages, status := execute(t, dir, test.in, test.args...)
			if len(test.problems) > 0 {
				requireLines(t, test.problems, messages)
			} else {
				requireText(t, test.messages, messages)
			}
			switch filepath.Ext(test.out) {
			case ".mmd", ".dot", ".svg", ".json", ".diff", ".txt":
				golden(t, test.out, out)
			default:
				requireText(t, test.out, out)
			}
			require.Equal(t, test.status, status)
		})
	}
}

// requireLines wants one line that begins so for each of these, and no other.
func requireLines(t *testing.T, beginnings []string, got string) {
	t.Helper()
	lines := slices.Collect(strings.Lines(got))
	require.Len(t, lines, len(beginnings), got)
	for _, b := range beginnings {
		require.True(t, slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, b) }), "%q in %s", b, got)
	}
}

func requireText(t *testing.T, want, got string) {
	t.Helper()
	if part, ok := strings.CutPrefix(want, "~"); ok {
		require.Contains(t, got, part)
		require.True(t, strings.HasSuffix(got, "\n"), "a whole line: %q", got)
	} else {
		require.Equal(t, want, got)
	}
}

// inIreland is a definition with an artifact store there.
func inIreland(definition string) string {
	return strings.Replace(definition, `"version": 7,`, `"artifactStores": {"eu-west-1": {"type": "S3", "location": "bucket"}}, "version": 7,`, 1)
}

func TestNamesDoNotSpeakToTheTerminal(t *testing.T) {
	dir := inputs(t)
	_, messages, status := execute(t, dir, "", "validate", "escape.json")
	require.Equal(t, 1, status)
	require.NotContains(t, messages, "\x1b")
	require.NotContains(t, messages, "\u202e")
	for line := range strings.Lines(messages) {
		require.True(t, strings.HasPrefix(line, "escape.json:"), "%q", line)
	}
}

func TestTooLarge(t *testing.T) {
	_, messages, status := execute(t, t.TempDir(), strings.Repeat(" ", largest+1), "validate", "-")
	require.Equal(t, "penstock: stdin: more than 16 MiB is no definition\n", messages)
	require.Equal(t, 2, status)
}
