package penstocktest

import (
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock/internal/machine"
)

// names gives executions and action executions names that a reader can follow.
type names struct{ of map[machine.ID]string }

func newNames() *names { return &names{of: map[machine.ID]string{}} }

// line tells an event in a line; "" for what is of no interest to a release.
func (n *names) line(e machine.Event) string {
	var text string
	switch e := e.(type) {
	case *machine.OwnerChanged, *machine.ActionClaimed, *machine.HistoryPaged, *machine.CommandNoted, *machine.TagsChanged:
		return ""
	case *machine.PipelineDefined:
		text = fmt.Sprintf("version %d", e.Version)
	case *machine.TransitionChanged:
		text = e.Stage + " enabled"
		if !e.Enabled {
			text = e.Stage + " disabled: " + e.Reason
		}
	case *machine.ExecutionStarted:
		n.of[e.ID] = fmt.Sprintf("execution %d", n.count()+1)
		text = n.of[e.ID]
	case *machine.ExecutionWaiting:
		text = n.of[e.ID] + " for " + e.Stage
	case *machine.ExecutionEnded:
		text = strings.TrimSpace(fmt.Sprintf("%s %s %s", n.of[e.ID], e.Status, e.Summary))
	case *machine.StageEntered:
		text = e.Stage + " by " + n.of[e.Execution]
	case *machine.StageEnded:
		text = fmt.Sprintf("%s by %s %s", e.Stage, n.of[e.Execution], e.Status)
	case *machine.StageFailed:
		text = e.Stage + " by " + n.of[e.Execution]
	case *machine.StageRetried:
		text = e.Stage + " by " + n.of[e.Execution]
	case *machine.ActionStarted:
		n.of[e.ID] = e.Stage + "/" + e.Action
		text = n.of[e.ID]
	default:
		text = n.action(e)
	}
	for id, name := range n.of {
		text = strings.ReplaceAll(text, id.String(), name)
	}
	return strings.TrimSpace(e.Kind() + " " + text)
}

func (n *names) action(e machine.Event) string {
	switch e := e.(type) {
	case *machine.ActionPending:
		return n.of[e.ID]
	case *machine.ActionRetrying:
		return fmt.Sprintf("%s try %d: %s", n.of[e.ID], e.Try, e.Failure.Message)
	case *machine.ActionEnded:
		text := fmt.Sprintf("%s %s", n.of[e.ID], e.Status)
		if e.Failure != nil {
			text += ": " + e.Failure.Message
		}
		return text
	case *machine.ExecutionStopping:
		return n.of[e.ID]
	case *machine.WorkerLost:
		return n.of[e.ID]
	case *machine.JobQueued:
		return n.of[e.ID]
	case *machine.JobTaken:
		return n.of[e.ID]
	case *machine.JobAcknowledged:
		return n.of[e.ID]
	case *machine.JobReturned:
		return n.of[e.ID]
	case *machine.JobStored:
		return n.of[e.ID] + " " + e.Artifact.Name
	}
	return ""
}

// count is how many executions have a name.
func (n *names) count() (count int) {
	for _, name := range n.of {
		if strings.HasPrefix(name, "execution ") {
			count++
		}
	}
	return count
}
