package simulation

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/machine"
)

// area is a kind of thing that inputs are about: where it may stand, and those inputs. All pairs of them are the grid that coverage counts.
type area struct {
	name           string
	modes          []string
	states, inputs []string
}

var (
	modes    = []string{machine.Queued, machine.Superseded, machine.Parallel}
	commands = []string{
		"start", "define the same", "define another", "tag", "revision", "delete", "stop", "abandon", "retry", "retry all", "override", "roll back",
		"roll back and hold", "enable", "disable", "approve", "reject",
	}
	inside = []string{"working", "failing", "stopping", "outdated"}
	halted = []string{"abandoned", "removed"}
	phases = []string{
		"ready", "ready to attach", "claimed", "pending", "between tries", "approval", "before its window", "job Queued", "job Dispatched", "job InProgress",
	}
)

// areas are all there are.
var areas = []area{
	{"no pipeline", []string{""}, []string{"never defined", "deleted"}, commands},
	{"pipeline", modes, []string{"at rest", "one execution", "several executions"}, commands[:6]},
	{"execution", modes, executionStates(), commands[6:8]},
	{"stage run", modes, runStates(), commands[8:11]},
	{"rollback target", modes, targetStates(), commands[11:13]},
	{"transition", modes, append([]string{"no such stage"}, each([]string{"open", "closed"}, []string{"free", "free, awaited", "held", "held, awaited"})...), commands[13:15]},
	{"approval", modes, append([]string{"over"}, each([]string{"asked for"}, inside)...), commands[15:]},
	{"work", modes, workStates(), []string{"end", "progress", "gone"}},
	{"engine", modes, each([]string{"ready", "ready to attach", "pending", "between tries"}, inside), []string{"claim"}},
	{"engine", modes, each([]string{"ready", "pending", "between tries"}, inside), []string{"queue"}},
	{"engine", modes, each([]string{"job Dispatched"}, inside), []string{"return"}},
	{"engine", modes, each([]string{"claimed"}, inside), []string{"lose"}},
	{"engine", modes, each(phases, inside), []string{"time out"}},
	{"job", modes, jobStates(), []string{"take", "acknowledge", "store", "answer"}},
}

// each pairs all of one with all of the other.
func each(these, those []string) (out []string) {
	for _, a := range these {
		for _, b := range those {
			out = append(out, a+", "+b)
		}
	}
	return out
}

func executionStates() []string {
	out := []string{"gone", "Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"}
	live := slices.Concat([]string{"waiting"}, inside, halted)
	out = append(out, live...)
	for _, state := range live {
		out = append(out, "rollback "+state)
	}
	return out
}

func runStates() []string {
	return slices.Concat(
		[]string{"no such stage", "execution gone", "elsewhere", "somebody entered later", "Succeeded", "Skipped", "Failed", "Stopped", "Cancelled", "waiting"},
		inside, halted, each([]string{"working", "failing"}, []string{"being judged"}))
}

func targetStates() []string {
	return append([]string{"no such stage", "the source stage"},
		each([]string{"target gone", "target never passed", "target passed"}, []string{"stage free", "stage held"})...)
}

func workStates() []string {
	return slices.Concat([]string{"over"}, each(phases[:5], inside), each([]string{"lingering"}, slices.Concat(inside, halted)))
}

func jobStates() []string {
	at := []string{"ready", "job Queued", "job Dispatched", "job InProgress", "pending", "between tries"}
	return slices.Concat([]string{"over"}, each(at, inside), each([]string{"lingering"}, slices.Concat(inside, halted)))
}
