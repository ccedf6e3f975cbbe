package penstock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/executor/local"
	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/definition"
)

// Runner is the live half of an action: it has the clients that the work needs, and is never stored.
type Runner[A ActionConfig] interface {
	// Run does the work once. nil: it succeeded. Pending: it is not done, enter again. Any other error: it failed, and is tried again
	// where its retry policy allows, unless made by Permanent. It must mind ctx, and stand being run again after a crash.
	Run(ctx context.Context, call *Call[A]) error
}

// RunnerFunc is a Runner that needs nothing but a function.
type RunnerFunc[A ActionConfig] func(ctx context.Context, call *Call[A]) error

// Run calls f.
func (f RunnerFunc[A]) Run(ctx context.Context, call *Call[A]) error { return f(ctx, call) }

// Renamed is for an ActionConfig whose type had other names: stored pipelines may still carry them.
//
// To rename a type: add the old name to FormerTypes and deploy everywhere, apply the pipelines anew, then remove it once no stored
// pipeline and no live execution has it.
type Renamed interface{ FormerTypes() []ActionType }

// LostPolicy says what becomes of a run whose worker was lost, so that nobody knows how far it came.
type LostPolicy int

// The policies.
const (
	LostRerun LostPolicy = iota // it runs again, up to three times; the default
	LostFail                    // the action fails with code WorkerLost
)

// WorkerLost is for an ActionConfig or a Runner whose work must not simply be done again.
type WorkerLost interface{ OnWorkerLost() LostPolicy }

// Actions are the action types and rule types that a process knows how to run. The zero value is useful: it knows manual approvals, which need no
// Runner. Fill it at the start: registering while it is in use is a race.
type Actions struct {
	byName map[string]*registered
	others []declared.Registered // that something else runs; see Declare
}

// registered is an action type with its runner.
type registered struct {
	id    definition.TypeID
	info  definition.TypeInfo
	rerun bool
	enter func(ctx context.Context, run *taskRun) error
	job   *jobTraits // set: by job workers, so enter is nil
	links declared.Settings
}

// Register adds an action type. It panics where RegisterSafely fails: it is for start-up code, which cannot go on without.
func Register[A ActionConfig](to *Actions, r Runner[A]) {
	if err := RegisterSafely(to, r); err != nil {
		panic(err)
	}
}

// RegisterSafely adds an action type under its name and its former ones. It fails, and adds nothing, when one of them is taken
// (ErrAlreadyExists) or malformed, or when A is no struct that can be stored (ErrInvalid).
func RegisterSafely[A ActionConfig](to *Actions, r Runner[A]) error {
	config := reflect.TypeFor[A]()
	fail := func(code Code, err error) error {
		return &Error{Code: code, Op: "register", Path: config.String(), Err: err}
	}
	if v := reflect.ValueOf(r); !v.IsValid() || v.Kind() == reflect.Func && v.IsNil() {
		return fail(ErrInvalid, errors.New("the runner is nil"))
	}
	plan := planOf(config)
	if len(plan.problems) > 0 {
		return fail(ErrInvalid, plan.problems)
	}
	var zero A
	names := []ActionType{zero.ActionType()}
	if renamed, ok := any(zero).(Renamed); ok {
		names = append(names, renamed.FormerTypes()...)
	}
	entry := &registered{id: names[0].id(), info: plan.info(config), rerun: rerun(zero, r), enter: entrance(plan, r)}
	more := map[string]*registered{}
	for _, t := range names {
		if err := checkType(t, entry.info); err != nil {
			return fail(ErrInvalid, err)
		}
		if to.declares(t) || to.byName[t.String()] != nil || more[t.String()] != nil || t.id() == definition.ManualApproval {
			return fail(ErrAlreadyExists, fmt.Errorf("action type %s is registered already", t))
		}
		more[t.String()] = entry
	}
	if to.byName == nil {
		to.byName = map[string]*registered{}
	}
	maps.Copy(to.byName, more)
	return nil
}

// RegisterFunc adds an action type whose work is a function. It panics where RegisterSafely fails.
func RegisterFunc[A ActionConfig](to *Actions, run func(ctx context.Context, call *Call[A]) error) {
	Register(to, RunnerFunc[A](run))
}

// rerun asks the configuration, then the runner.
func rerun(config, runner any) bool {
	for _, who := range []any{config, runner} {
		if w, ok := who.(WorkerLost); ok {
			return w.OnWorkerLost() == LostRerun
		}
	}
	return true
}

// entrance runs r with a Call made of a task.
func entrance[A ActionConfig](plan *configPlan, r Runner[A]) func(ctx context.Context, run *taskRun) error {
	return func(ctx context.Context, run *taskRun) error {
		task := run.task
		call := &Call[A]{
			Pipeline: task.Pipeline, Execution: task.Execution, Stage: task.Stage, Action: task.Action, ActionExecution: task.ID,
			Try: task.Try, Rollback: task.Rollback, Resume: task.Resume, RequestedRevision: task.Revision, RequestedKey: task.ObjectKey, run: run,
		}
		if err := plan.fill(task, reflect.ValueOf(&call.Config).Elem()); err != nil {
			return Permanent(&Error{Code: codeConfiguration, Err: err, Hint: "correct the pipeline, or run a worker that knows it"})
		}
		return r.Run(ctx, call)
	}
}

// info is what a definition may say about an action of the type.
func (p *configPlan) info(t reflect.Type) definition.TypeInfo {
	info := definition.TypeInfo{Check: func(key, text string) error { return p.check(t, key, text) }}
	for _, f := range p.fields {
		info.Keys = append(info.Keys, definition.Key{Name: f.key, Required: f.required(), Role: f.role})
		switch {
		case f.list:
			info.Inputs.Max = definition.Unbounded
		case f.role == definition.Input && info.Inputs.Max < definition.Unbounded:
			info.Inputs.Max++
		case f.role == definition.Output:
			info.Outputs.Max++
		}
	}
	commandInfo(t, &info)
	return info
}

// declares reports whether a type was given to Declare.
func (a *Actions) declares(t ActionType) bool {
	return slices.ContainsFunc(a.others, func(o declared.Registered) bool { return o.ID == t.id() })
}

// declared is the catalogue that a pipeline is judged by: these types, and all that AWS CodePipeline has. To be declared is not to be
// served: what nobody can run waits.
func (a *Actions) declared() declared.Catalogue {
	return declared.New(declared.Layers{Registered: a.types()})
}

// types are the types as the catalogue has them, each under its present name, in order.
func (a *Actions) types() []declared.Registered {
	out := slices.Clone(a.others)
	byID := map[definition.TypeID]int{}
	for _, name := range a.Types() {
		is := a.byName[name]
		i, there := byID[is.id]
		if !there {
			i = len(out)
			byID[is.id] = i
			out = append(out, declared.Registered{ID: is.id, Info: is.info, Settings: is.links})
		}
		if id := parseTypeName(name); id != is.id {
			out[i].Former = append(out[i].Former, id)
		}
	}
	slices.SortFunc(out, func(a, b declared.Registered) int { return declared.Compare(a.ID, b.ID) })
	return out
}

// Types are the names of the registered action types, former ones included, in order.
func (a *Actions) Types() []string { return slices.Sorted(maps.Keys(a.byName)) }

// localTypes has the types run in this process.
func (a *Actions) localTypes(host taskHost) []local.Type {
	var out []local.Type
	for _, name := range a.Types() {
		if a.byName[name].job != nil {
			continue
		}
		out = append(out, local.Type{
			Name: name, Rerun: a.byName[name].rerun,
			Run: func(ctx context.Context, task *executor.Task, to executor.Reporter) executor.Outcome {
				return a.run(ctx, task, to, host)
			},
		})
	}
	return out
}
