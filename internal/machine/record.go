package machine

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// The kinds of records: the read model of what has ended. What lives has none.
const (
	KindExecution  = "execution"  // group: pipeline; keys: KeySucceeded
	KindAction     = "action"     // group: pipeline; keys: KeyExecution
	KindDefinition = "definition" // group: pipeline; ID: the version, ten digits
	KindCommand    = "command"    // group: pipeline; ID: the command's
)

// The keys under which records are listed besides their group.
const (
	KeySucceeded = "succeeded" // PIPELINE/VERSION/STAGE: what a rollback may go back to
	KeyExecution = "execution" // the execution's ID
)

// ExecutionRecord is an execution that has ended.
type ExecutionRecord struct {
	Execution Execution `wire:"1"`
	Mode      string    `wire:"2"`
	Stage     string    `wire:"3"` // the last one that it was in or waited for
}

// ActionRecord is an action execution that has ended.
type ActionRecord struct {
	Execution ID                `wire:"1"`
	Version   int               `wire:"2"`
	Stage     string            `wire:"3"`
	Name      string            `wire:"4"`
	Type      string            `wire:"5"`
	Namespace string            `wire:"6"`
	Action    *ActionExecution  `wire:"7"`
	Config    map[string]string `wire:"8"` // set in the view of a live one; a stored record finds it in its definition
}

func definitionRecord(pipeline string, version int, definition []byte) store.Record {
	return store.Record{Ref: DefinitionRef(pipeline, version), Data: definition}
}

// DefinitionRef names the record of a definition's version.
func DefinitionRef(pipeline string, version int) store.Ref {
	return store.Ref{Kind: KindDefinition, Group: pipeline, ID: fmt.Sprintf("%010d", version)}
}

// ExecutionRef names the record of an execution that has ended.
func ExecutionRef(pipeline string, id ID) store.Ref {
	return store.Ref{Kind: KindExecution, Group: pipeline, ID: id.String()}
}

func executionRecord(pipeline string, plan *Plan, x *Execution) store.Record {
	kept := *x
	kept.Run = nil // its actions have records of their own
	record := store.Record{
		Ref:  ExecutionRef(pipeline, x.ID),
		Data: codec.Marshal(&ExecutionRecord{Execution: kept, Mode: plan.Mode, Stage: plan.Stages[min(x.Stage, len(plan.Stages)-1)].Name}),
	}
	if x.Rollback == nil {
		for _, stage := range x.Passed {
			record.Keys = append(record.Keys, store.Key{Name: KeySucceeded, Value: SucceededValue(pipeline, x.Version, stage)})
		}
	}
	return record
}

// SucceededValue is the value of KeySucceeded.
func SucceededValue(pipeline string, version int, stage string) string {
	return pipeline + "/" + strconv.Itoa(version) + "/" + stage
}

func (s *State) actionRecord(w where) store.Record {
	view := s.view(w.execution, w.run, w.action)
	view.Config = nil
	return store.Record{
		Ref:  store.Ref{Kind: KindAction, Group: s.Name, ID: w.action.ID.String()},
		Keys: []store.Key{{Name: KeyExecution, Value: w.execution.ID.String()}},
		Data: codec.Marshal(&view),
	}
}

func (s *State) view(x *Execution, run *StageRun, a *ActionExecution) ActionRecord {
	leaf := s.leafOf(run, a)
	return ActionRecord{
		Execution: x.ID, Version: run.Version, Stage: run.Stage, Name: leaf.Name, Type: leaf.Type, Namespace: leaf.Namespace,
		Action: a, Config: leaf.Configuration,
	}
}

// Actions lists the action executions in progress as records would show them.
func (s *State) Actions() (out []ActionRecord) {
	for _, w := range s.actions {
		out = append(out, s.view(w.execution, w.run, w.action))
	}
	return out
}

// StageView is what a stage shows: its latest run with each action's latest execution.
type StageView struct {
	Stage   *Stage
	Plan    *StagePlan
	Actions []ActionRecord // of the latest run, in the order of the plan; what has not started is absent
}

// View lists the stages of the newest definition in order.
func (s *State) View() (out []StageView) {
	plan := s.Plan()
	if plan == nil {
		return nil
	}
	for i := range plan.Stages {
		st := s.StageNamed(plan.Stages[i].Name)
		v := StageView{Stage: st, Plan: &plan.Stages[i]}
		if st.Latest != nil {
			x := s.Execution(st.Latest.Execution)
			for _, a := range st.Latest.Actions {
				v.Actions = append(v.Actions, s.view(x, st.Latest, a))
			}
		}
		out = append(out, v)
	}
	return out
}

// snapshotVersion is raised when a snapshot's meaning changes in a way that tolerant decoding cannot bridge.
const snapshotVersion = 1

type snapshot struct {
	Version int       `wire:"1"`
	State   *State    `wire:"2"`
	At      time.Time `wire:"3"`
}

// Snapshot is the state in its stored form.
func (s *State) Snapshot() []byte {
	return codec.Marshal(&snapshot{Version: snapshotVersion, State: s, At: s.Now})
}

// Restore folds a stored stream: the snapshot, if any, and the events after it. Plans that are at hand are not compiled again.
func Restore(name string, snap []byte, events []store.Event, plans Plans) (s *State, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("stream of pipeline %s does not fold: %v", name, p)
		}
	}()
	s = New(name)
	s.compiled = plans
	if len(snap) > 0 {
		var stored snapshot
		if err := codec.Unmarshal(snap, &stored); err != nil {
			return nil, fmt.Errorf("snapshot of pipeline %s: %w", name, err)
		}
		if stored.Version != snapshotVersion {
			return nil, fmt.Errorf("snapshot of pipeline %s has version %d, this release reads %d", name, stored.Version, snapshotVersion)
		}
		s = stored.State
		s.compiled = plans
		if err := s.index(); err != nil {
			return nil, err
		}
	}
	for _, stored := range events {
		e, err := Decode(stored)
		if err != nil {
			return nil, fmt.Errorf("pipeline %s, event %d: %w", name, s.Seq+1, err)
		}
		s.Apply(e)
	}
	s.compiled = nil
	return s, nil
}

// index rebuilds what is derived.
func (s *State) index() error {
	s.plans, s.actions = map[int]*Plan{}, nil
	for version, definition := range s.Definitions {
		plan, err := s.compile(version, definition)
		if err != nil {
			return err
		}
		s.plans[version] = plan
	}
	for _, x := range s.Executions {
		run := s.Current(x)
		if run == nil || !x.Inside() {
			continue
		}
		for _, a := range run.Actions {
			if a.live() {
				s.track(where{x, run, a})
			}
		}
	}
	slices.SortFunc(s.actions, func(a, b where) int { return bytes.Compare(a.action.ID[:], b.action.ID[:]) })
	return nil
}
