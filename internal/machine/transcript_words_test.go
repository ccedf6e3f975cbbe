package machine

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

// describe compiles the scripts' short form of a definition:
//
//	pipeline p QUEUED
//	variable env=prod
//	stage Build Image*2 (Unit|Vet)/1 Sign? rollback
//	commands Build/Image TAG=v#{src.Tag} $ make clean $ make #{src.Target} -> TAG
//
// Actions stand in a sequence, (a|b)/n is a parallel group with a limit, * retries, @ a timeout, ? an approval, -> an output artifact, <- an
// input artifact, ns=name a namespace, {…} a configuration value.
func describe(t *testing.T, lines []string) []byte {
	p := definition.Pipeline{Name: "p", Penstock: &definition.Block{Stages: map[string]definition.StageBlock{}}}
	for _, line := range lines {
		words := strings.Fields(line)
		switch words[0] {
		case "pipeline":
			p.Name, p.ExecutionMode = words[1], words[2]
		case "variable":
			name, value, _ := strings.Cut(words[1], "=")
			p.Variables = append(p.Variables, definition.Variable{Name: name, DefaultValue: value})
		case "stage":
			parser := &stageParser{t: t, stage: definition.Stage{Name: words[1]}, blocks: map[string]definition.ActionBlock{}}
			tree := parser.sequence(words[2:])
			p.Stages = append(p.Stages, parser.stage)
			p.Penstock.Stages[words[1]] = definition.StageBlock{Tree: &tree, Actions: parser.blocks}
		case "type":
			describeType(t, &p, words[1], words[2])
		case "commands":
			describeCommands(t, &p, strings.TrimPrefix(line, "commands "))
		}
	}
	out, err := json.Marshal(p)
	require.NoError(t, err)
	return out
}

type stageParser struct {
	t      *testing.T
	stage  definition.Stage
	blocks map[string]definition.ActionBlock
}

func (p *stageParser) sequence(words []string) (n definition.Node) {
	for _, word := range words {
		if word == "rollback" {
			p.stage.OnFailure = &definition.OnFailure{Result: "ROLLBACK"}
			continue
		}
		n.Sequence = append(n.Sequence, p.node(word))
	}
	return n
}

// node reads one word: (a,b|c)/2 is a parallel group of the sequence a,b and of c.
func (p *stageParser) node(word string) definition.Node {
	if !strings.HasPrefix(word, "(") {
		return p.action(word)
	}
	end := strings.LastIndex(word, ")")
	n := definition.Node{}
	if limit := strings.TrimPrefix(word[end+1:], "/"); limit != "" {
		n.Limit, _ = strconv.Atoi(limit)
	}
	for member := range strings.SplitSeq(word[1:end], "|") {
		var sequence definition.Node
		for name := range strings.SplitSeq(member, ",") {
			sequence.Sequence = append(sequence.Sequence, p.action(name))
		}
		if len(sequence.Sequence) == 1 {
			sequence = sequence.Sequence[0]
		}
		n.Parallel = append(n.Parallel, sequence)
	}
	return n
}

var actionWord = regexp.MustCompile(`^(\w+)(\?)?(\*\d+)?(@\w+)?(<-\w+)?(->\w+)?(=\w+)?(\{.*\})?$`)

func (p *stageParser) action(word string) definition.Node {
	m := actionWord.FindStringSubmatch(word)
	require.NotNil(p.t, m, "action %q", word)
	a := definition.Action{Name: m[1], RunOrder: 1, ActionTypeID: definition.TypeID{Category: "Test", Owner: "Custom", Provider: "T", Version: "1"}}
	if m[2] != "" {
		a.ActionTypeID = definition.ManualApproval
	}
	block := definition.ActionBlock{}
	if m[3] != "" {
		retries, _ := strconv.Atoi(m[3][1:])
		block.Retry = &definition.Retry{Max: retries, Backoff: definition.Duration(10 * time.Second)}
	}
	if m[4] != "" {
		d, err := time.ParseDuration(m[4][1:])
		require.NoError(p.t, err)
		block.Timeout = definition.Duration(d)
	}
	if m[5] != "" {
		a.InputArtifacts = []definition.Artifact{{Name: m[5][2:]}}
	}
	if m[6] != "" {
		a.OutputArtifacts = []definition.Artifact{{Name: m[6][2:]}}
	}
	a.Namespace = strings.TrimPrefix(m[7], "=")
	if m[8] != "" {
		a.Configuration = map[string]string{"Key": "#" + m[8]}
	}
	p.stage.Actions = append(p.stage.Actions, a)
	p.blocks[a.Name] = block
	return definition.Node{Action: a.Name}
}

// name gives executions and action executions names that a reader can follow.
func (tr *transcript) name(e Event) {
	switch e := e.(type) {
	case *ExecutionStarted:
		tr.call(e.ID, fmt.Sprintf("x%d", len(tr.state.Executions)+tr.gone()))
	case *ActionStarted:
		name := tr.names[e.Execution] + "/" + e.Action
		tr.call(e.ID, name)
	}
}

// gone counts the executions that have left the state.
func (tr *transcript) gone() int { return int(tr.state.Started) - len(tr.state.Executions) }

func (tr *transcript) call(id ID, name string) { tr.names[id], tr.ids[name] = name, id }

func (tr *transcript) rename(text string) string {
	for id, name := range tr.names {
		text = strings.ReplaceAll(text, id.String(), name)
	}
	return text
}

// describe is one line about an event.
func (tr *transcript) describe(e Event) string {
	var text string
	switch e := e.(type) {
	case *PipelineDefined:
		text = fmt.Sprintf("version %d", e.Version)
	case *TransitionChanged:
		text = fmt.Sprintf("%s enabled=%t %s", e.Stage, e.Enabled, e.Reason)
	case *TagsChanged:
		text = fmt.Sprintf("set %v removed %v", e.Set, e.Removed)
	case *ExecutionStarted:
		text = tr.names[e.ID] + " by " + e.Trigger.Type
	case *ExecutionWaiting:
		text = tr.names[e.ID] + " for " + e.Stage
	case *ExecutionStopping:
		text = fmt.Sprintf("%s abandon=%t", tr.names[e.ID], e.Abandon)
	case *ExecutionOutdated:
		text = tr.names[e.ID]
	case *ExecutionEnded:
		text = fmt.Sprintf("%s %s %s", tr.names[e.ID], e.Status, e.Summary)
	case *StageEntered:
		text = e.Stage + " by " + tr.names[e.Execution]
	case *StageFailed:
		text = e.Stage + " of " + tr.names[e.Execution]
	case *StageRetried:
		text = fmt.Sprintf("%s of %s all=%t", e.Stage, tr.names[e.Execution], e.All)
	case *StageEnded:
		text = fmt.Sprintf("%s of %s %s", e.Stage, tr.names[e.Execution], e.Status)
	case *ActionStarted:
		text = strings.TrimSpace(fmt.Sprintf("%s %s", tr.names[e.ID], e.Resolved["Key"]))
	case *ActionClaimed:
		text = fmt.Sprintf("%s run %d fence %d by %s", tr.names[e.ID], e.Run, e.Fence, e.Worker)
	case *ActionProgressed:
		text = fmt.Sprintf("%s %d%% %s", tr.names[e.ID], e.Percent, e.Summary)
	case *ActionPending:
		text = tr.names[e.ID]
	case *ActionRetrying:
		text = fmt.Sprintf("%s try %d in %s after %s", tr.names[e.ID], e.Try, e.Until.Sub(tr.now), e.Failure.Code)
	case *ActionEnded:
		text = fmt.Sprintf("%s %s", tr.names[e.ID], e.Status)
		if e.Failure != nil {
			text += " " + e.Failure.Code + ": " + e.Failure.Message
		}
	case *WorkerLost:
		text = fmt.Sprintf("%s %s attach=%t", tr.names[e.ID], e.Worker, e.Attach)
	case *WorkGone:
		text = fmt.Sprintf("%s known=%t", tr.names[e.Action], e.Known)
	case *StreamQuarantined:
		text = e.Reason
	default:
		text = tr.describeJob(e)
	}
	return tr.rename(e.Kind() + " " + text)
}
