package machine

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// The kinds of records: the read model of what has ended. An execution that lives has none.
const (
	KindExecution  = "execution"  // group: pipeline; the execution with the last page of its actions
	KindActions    = "actions"    // group: pipeline; ID: the execution's and the page's; the pages before the last
	KindDefinition = "definition" // group: pipeline; ID: the version, ten digits
	KindPipeline   = "pipeline"   // no group; ID: the pipeline
	KindCommand    = "command"    // group: pipeline; ID: the command's
)

// ExecutionHead is what of an execution's record says how it went; reading no more than that spares its actions.
type ExecutionHead struct {
	Execution Execution `wire:"1"`
	Mode      string    `wire:"2"`
	Stage     string    `wire:"3"` // the last one that it was in or waited for
}

// ExecutionRecord is an execution that has ended, with the last page of its actions. It reads as an ExecutionHead too.
type ExecutionRecord struct {
	Execution Execution      `wire:"1"`
	Mode      string         `wire:"2"`
	Stage     string         `wire:"3"`
	Past      []ActionRecord `wire:"4"`
	Run       *StageRun      `wire:"120"` // of a PARALLEL execution that may be taken up again: the one that failed or was stopped
}

// ReadExecution reads a record of an execution whole.
func ReadExecution(record *store.Record) (*ExecutionRecord, error) {
	out, err := readExecution(record.Data)
	if err != nil {
		return nil, fmt.Errorf("execution %s: %w", record.ID, err)
	}
	return out, nil
}

// ActionRecord is an action execution with the names of its plan.
type ActionRecord struct {
	Stage     string           `wire:"1"`
	Name      string           `wire:"2"`
	Type      string           `wire:"3"`
	Namespace string           `wire:"4"`
	Action    *ActionExecution `wire:"5"`

	// Of a view; where it is stored, its execution and its definition say so.
	Execution ID
	Version   int
	Config    map[string]string
}

// ActionPage is a full page of an execution's ended actions.
type ActionPage struct {
	Actions []ActionRecord `wire:"1"`
}

// Bounds of a page: an execution's last one travels with it.
const (
	pageActions = 100
	pageBytes   = 128 << 10
)

// pageFull reports whether the ended actions are to leave for a page of their own.
func (x *Execution) pageFull() bool { return len(x.Past) >= pageActions || x.weight >= pageBytes }

// remember keeps an action that has ended.
func (x *Execution) remember(r ActionRecord) {
	x.Past = append(x.Past, r)
	x.weight += r.Action.size()
}

// weigh finds out again how much the ended actions take.
func (x *Execution) weigh() {
	x.weight = 0
	for _, r := range x.Past {
		x.weight += r.Action.size()
	}
}

// size is about how many bytes an action execution takes.
func (a *ActionExecution) size() int {
	size := 300 + len(a.Summary) + len(a.Resume) + 150*(len(a.Inputs)+len(a.Outputs))
	if a.Failure != nil {
		size += len(a.Failure.Message) + len(a.Failure.Hint)
	}
	for _, values := range []map[string]string{a.Resolved, a.Variables} {
		for key, value := range values {
			size += len(key) + len(value)
		}
	}
	return size
}

// ActionPageRef names a page of an execution's actions, counted from 0.
func ActionPageRef(pipeline string, execution ID, page int) store.Ref {
	return store.Ref{Kind: KindActions, Group: pipeline, ID: fmt.Sprintf("%s/%06d", execution, page)}
}

// History lists the ended actions of the last page as views.
func (x *Execution) History() []ActionRecord { return x.views(x.Past) }

// views completes stored action records.
func (x *Execution) views(stored []ActionRecord) []ActionRecord {
	out := slices.Clone(stored)
	for i := range out {
		out[i].Execution, out[i].Version = x.ID, x.Version
	}
	return out
}

// Page reads a stored page of the execution's actions.
func (x *Execution) Page(record *store.Record) ([]ActionRecord, error) {
	var page ActionPage
	if err := codec.Unmarshal(record.Data, &page); err != nil {
		return nil, fmt.Errorf("actions of execution %s: %w", x.ID, err)
	}
	return x.views(page.Actions), nil
}

// ExecutionRef names the record of an execution that has ended.
func ExecutionRef(pipeline string, id ID) store.Ref {
	return store.Ref{Kind: KindExecution, Group: pipeline, ID: id.String()}
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

	Conditions []ConditionView // of the latest run, the latest evaluation at each gate, in the order of the gates
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
			v.Conditions = s.conditions(x, st.Latest)
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
		x.weigh()
		run := s.Current(x)
		if run == nil || !x.Inside() {
			continue
		}
		for _, a := range run.work() {
			if a.live() {
				s.track(where{x, run, a})
			}
		}
	}
	slices.SortFunc(s.actions, func(a, b where) int { return bytes.Compare(a.action.ID[:], b.action.ID[:]) })
	return nil
}
