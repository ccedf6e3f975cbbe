package machine

import (
	"fmt"
	"strings"
)

// start begins an execution: NAME=VALUE is a pipeline variable, ACTION@TYPE=VALUE a revision (with no TYPE: one without a type), and
// by=TYPE:DETAIL the trigger.
func (tr *transcript) start(args []string) {
	in := &Start{By: "ana"}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		action, kind, source := strings.Cut(name, "@")
		switch {
		case name == "by":
			in.Trigger.Type, in.Trigger.Detail, _ = strings.Cut(value, ":")
		case source && kind == "":
			put(&in.Revisions, action, value)
		case source:
			in.Overrides = append(in.Overrides, SourceOverride{Action: action, Type: kind, Value: value})
		default:
			put(&in.Variables, name, value)
		}
	}
	tr.decide(in)
}

// sources shows what a source action was asked for.
func (tr *transcript) sources(name string) {
	w, _ := tr.state.find(tr.ids[name])
	task, _ := tr.state.Task(Ref{Action: w.action.ID, Run: w.action.Run, Fence: w.action.Fence})
	fmt.Fprintf(&tr.out, "| revision %q key %q\n", task.Revision, task.ObjectKey)
}
