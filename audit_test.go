package penstock_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// forged is a store whose audit records somebody has changed.
type forged struct {
	store.StateStore
	forge func([]store.Record) []store.Record
}

func (f *forged) List(ctx context.Context, q store.Query) (store.Page, error) {
	page, err := f.StateStore.List(ctx, q)
	if q.Kind == "audit" && f.forge != nil {
		page.Records = f.forge(page.Records)
	}
	return page, err
}

// audited is an engine with so many commands in the audit of pipeline simple: 16 make a page, which leaves the state with the next one.
func audited(t *testing.T, state store.StateStore, commands int) *bench {
	b := newBench(t, penstock.Config{State: state})
	ctx := penstock.WithActor(t.Context(), "ana")
	_, err := b.Do(ctx, penstock.ApplyPipeline{Pipeline: simple(""), NoStart: true})
	require.NoError(t, err)
	for i := range commands - 1 {
		_, err := b.Do(ctx, penstock.SetTransition{ID: fmt.Sprint(i), Pipeline: "simple", Stage: "Work", Enabled: i%2 == 1, Reason: "freeze"})
		require.NoError(t, err)
	}
	return b
}

func TestAuditTellsWhoHadWhatDone(t *testing.T) {
	b := audited(t, memory.New(nil), 6)
	page, err := b.Audit(t.Context(), penstock.AuditQuery{Pipeline: "simple", Limit: 4})
	require.NoError(t, err)
	require.Len(t, page.Entries, 4)
	last := page.Entries[0]
	require.Equal(t, uint64(6), last.Number)
	require.Equal(t, "ana", last.Actor)
	require.Equal(t, penstock.VerbDisable, last.Verb)
	require.Equal(t, "4", last.Command)
	require.JSONEq(t, `{"ID":"4","Pipeline":"simple","Stage":"Work","Enabled":false,"Reason":"freeze"}`, string(last.Request))
	events, err := b.Events(t.Context(), penstock.EventQuery{Pipeline: "simple", After: last.First - 1, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, penstock.EventTransitionChanged, events.Events[0].Kind)
	require.Equal(t, last.First, last.Last)
	rest, err := b.Audit(t.Context(), penstock.AuditQuery{Pipeline: "simple", Cursor: page.Next})
	require.NoError(t, err)
	require.Len(t, rest.Entries, 2)
	require.Equal(t, penstock.VerbApply, rest.Entries[1].Verb)
	require.Contains(t, string(rest.Entries[1].Request), "sha256:")
	require.Empty(t, rest.Next)
}

// Whatever the limit, and whatever is noted between two pages, each entry comes once and in order.
func TestAuditPages(t *testing.T) {
	for _, commands := range []int{1, 16, 17, 33, 40} {
		for _, limit := range []int{1, 7, 16, 1000} {
			b := audited(t, memory.New(nil), commands)
			q := penstock.AuditQuery{Pipeline: "simple", Limit: limit}
			expect := uint64(commands)
			for {
				page, err := b.Audit(t.Context(), q)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page.Entries), limit)
				for _, e := range page.Entries {
					require.Equal(t, expect, e.Number, "%d commands, %d at once", commands, limit)
					expect--
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
				require.Len(t, page.Entries, limit)
				_, err = b.Do(t.Context(), penstock.SetTransition{Pipeline: "simple", Stage: "Work", Reason: q.Cursor})
				require.NoError(t, err)
			}
			require.Zero(t, expect, "%d commands, %d at once", commands, limit)
			_, err := b.VerifyAudit(t.Context(), "simple")
			require.NoError(t, err)
		}
	}
}

// variable is simple with variables, and values for them that make a command of 5 KB.
func variable() (p penstock.Pipeline, large map[string]string) {
	p, large = simple(""), map[string]string{}
	for _, name := range []string{"A", "B", "C", "D", "E"} {
		p = p.Variables(penstock.NewPipelineVariable[string](name).Default("short"))
		large[name] = strings.Repeat("x", 1000)
	}
	return p, large
}

// A command that is too large to share a page has one of its own.
func TestAuditOfALargeCommand(t *testing.T) {
	b := audited(t, memory.New(nil), 2)
	p, large := variable()
	_, err := b.Do(t.Context(), penstock.ApplyPipeline{Pipeline: p, NoStart: true})
	require.NoError(t, err)
	for _, variables := range []map[string]string{large, nil, large, large, nil} {
		_, err := b.Do(t.Context(), penstock.StartExecution{Pipeline: "simple", Variables: variables})
		require.NoError(t, err)
	}
	head, err := b.VerifyAudit(t.Context(), "simple")
	require.NoError(t, err)
	require.Equal(t, uint64(8), head.Number)
	page, err := b.Audit(t.Context(), penstock.AuditQuery{Pipeline: "simple"})
	require.NoError(t, err)
	require.Len(t, page.Entries, 8)
	require.Contains(t, string(page.Entries[1].Request), large["A"])
	require.Equal(t, head.Hash, page.Entries[0].Hash)
}

// A command whose page the store would not take is refused, and none after it for its sake.
func TestAuditOfTooLargeACommand(t *testing.T) {
	b := newBench(t, penstock.Config{State: memory.New(&memory.Options{Limits: store.Limits{Record: 5000}})})
	p, large := variable()
	_, err := b.Do(t.Context(), penstock.ApplyPipeline{Pipeline: p, NoStart: true})
	require.NoError(t, err)
	_, err = b.Do(t.Context(), penstock.StartExecution{Pipeline: "simple", Variables: large})
	require.ErrorIs(t, err, penstock.ErrInvalid)
	require.ErrorContains(t, err, "the change does not fit")
	for i := range 40 {
		_, err := b.Do(t.Context(), penstock.SetTransition{Pipeline: "simple", Stage: "Work", Reason: fmt.Sprint(i)})
		require.NoError(t, err)
	}
	head, err := b.VerifyAudit(t.Context(), "simple")
	require.NoError(t, err)
	require.Equal(t, uint64(41), head.Number)
}

func TestAuditFindsEveryChange(t *testing.T) {
	const commands, pages = 53, 3 // and five entries in the state
	state := &forged{StateStore: memory.New(nil)}
	b := audited(t, state, commands)
	head, err := b.VerifyAudit(t.Context(), "simple")
	require.NoError(t, err)
	require.Equal(t, uint64(commands), head.Number)
	again, err := b.VerifyAudit(t.Context(), "simple", head, penstock.AuditHead{Pipeline: "another", Number: 1})
	require.NoError(t, err)
	require.Equal(t, head, again)

	broken := func(why string, forge func([]store.Record) []store.Record) {
		state.forge = forge
		_, err := b.VerifyAudit(t.Context(), "simple")
		require.ErrorIs(t, err, penstock.ErrAuditBroken, why)
	}
	for i := range pages {
		var size int
		broken(fmt.Sprint("without page ", i), func(r []store.Record) []store.Record { size = len(r[i].Data); return slices.Delete(r, i, i+1) })
		for at := 0; at < size; at += slowness {
			broken(fmt.Sprintf("byte %d of page %d", at, i), func(r []store.Record) []store.Record {
				r[i].Data = bytes.Clone(r[i].Data)
				r[i].Data[at] ^= 1
				return r
			})
		}
		broken(fmt.Sprint("page twice ", i), func(r []store.Record) []store.Record { return slices.Insert(r, i, r[i]) })
		broken(fmt.Sprint("page under another name ", i), func(r []store.Record) []store.Record { r[i].ID = r[(i+1)%pages].ID; return r })
	}
	for i := range pages - 1 {
		broken(fmt.Sprint("moved ", i), func(r []store.Record) []store.Record { r[i], r[i+1] = r[i+1], r[i]; return r })
		broken(fmt.Sprint("contents swapped ", i), func(r []store.Record) []store.Record {
			r[i].Data, r[i+1].Data = r[i+1].Data, r[i].Data
			return r
		})
	}
	broken("nothing left", func([]store.Record) []store.Record { return nil })

	state.forge = nil
	for _, known := range []penstock.AuditHead{
		{Pipeline: "simple", Number: 3, Hash: head.Hash}, {Pipeline: "simple", Number: commands, Hash: "0"}, {Pipeline: "simple", Number: commands + 1, Hash: head.Hash},
	} {
		_, err := b.VerifyAudit(t.Context(), "simple", known)
		require.ErrorIs(t, err, penstock.ErrAuditBroken)
	}
	_, err = b.VerifyAudit(t.Context(), "nothing")
	require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
	_, err = b.Audit(t.Context(), penstock.AuditQuery{Pipeline: "nothing"})
	require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
}

// busy is a store that is written to whenever records are listed.
type busy struct {
	store.StateStore
	before func()
}

func (b *busy) List(ctx context.Context, q store.Query) (store.Page, error) {
	if b.before != nil {
		b.before()
	}
	return b.StateStore.List(ctx, q)
}

// What is in the state when the audit is asked for may be in a page when pages are read.
func TestAuditIsReadWhileItGrows(t *testing.T) {
	state := &busy{StateStore: memory.New(nil)}
	b := audited(t, state, 20)
	state.before = func() {
		for i := range 17 {
			_, err := b.Do(t.Context(), penstock.SetTransition{Pipeline: "simple", Stage: "Work", Reason: fmt.Sprint("it grows ", i)})
			require.NoError(t, err)
		}
	}
	head, err := b.VerifyAudit(t.Context(), "simple")
	require.NoError(t, err)
	require.Equal(t, uint64(20), head.Number)
	page, err := b.Audit(t.Context(), penstock.AuditQuery{Pipeline: "simple"})
	require.NoError(t, err)
	for i, e := range page.Entries {
		require.Equal(t, uint64(37-i), e.Number)
	}
	require.Len(t, page.Entries, 37)
}

// edited is a store in which somebody has changed a text in the events of a pipeline.
type edited struct {
	store.StateStore
	from, to string
}

func (e *edited) Load(ctx context.Context, names ...string) ([]store.Stream, error) {
	found, err := e.StateStore.Load(ctx, names...)
	for i := range found {
		for k := range found[i].Events {
			data := &found[i].Events[k].Data
			*data = bytes.ReplaceAll(*data, []byte(e.from), []byte(e.to))
		}
	}
	return found, err
}

// What is in no page yet is in the events.
func TestAuditFindsChangesOfTheNewest(t *testing.T) {
	state := memory.New(nil)
	audited(t, state, 6)
	_, err := newBench(t, penstock.Config{State: state}).VerifyAudit(t.Context(), "simple")
	require.NoError(t, err)
	_, err = newBench(t, penstock.Config{State: &edited{state, "ana", "eve"}}).VerifyAudit(t.Context(), "simple")
	require.ErrorIs(t, err, penstock.ErrAuditBroken)
}

// A page that was added behind the last one was never noted.
func TestAuditFindsWhatWasAdded(t *testing.T) {
	state := &forged{StateStore: memory.New(nil)}
	audited(t, state, 33)
	pages, err := state.StateStore.List(t.Context(), store.Query{Kind: "audit", Group: "simple", Limit: 1})
	require.NoError(t, err)

	other := &forged{StateStore: memory.New(nil), forge: func(r []store.Record) []store.Record { return slices.Insert(r, 0, pages.Records[0]) }}
	_, err = audited(t, other, 17).VerifyAudit(t.Context(), "simple")
	require.ErrorIs(t, err, penstock.ErrAuditBroken)
	require.ErrorContains(t, err, "entry 32: it was never noted")
}

var commandCount = flag.Int("commands", 10_000, "how many commands TestCommandsActOnceUnderLoad offers")

// Every command acts once, however often and from wherever it is offered, and has one place in the audit.
func TestCommandsActOnceUnderLoad(t *testing.T) {
	const callers, pipelines = 20, 10
	commands := *commandCount / slowness
	state := memory.New(nil)
	engines := [2]*bench{newBench(t, penstock.Config{State: state}), newBench(t, penstock.Config{State: state})}
	for p := range pipelines {
		_, err := engines[0].Do(t.Context(), penstock.ApplyPipeline{Pipeline: release12(p), NoStart: true})
		require.NoError(t, err)
	}
	replies := make([]sync.Map, pipelines) // by command: its one answer
	var wait sync.WaitGroup
	failed := make(chan error, callers)
	for c := range callers {
		wait.Go(func() {
			for n := c % (callers / 2); n < commands; n += callers / 2 { // two callers have the same commands
				p, id, engine := n/10%pipelines, fmt.Sprint(n), engines[0]
				if n%100 == c {
					engine = engines[1]
				}
				reply, err := engine.Do(t.Context(), penstock.SetTransition{
					ID: id, Pipeline: fmt.Sprintf("release-%d", p), Stage: "Stage1", Reason: id,
				})
				if err != nil {
					failed <- err
					return
				}
				if first, there := replies[p].LoadOrStore(id, reply); there && first != reply {
					failed <- fmt.Errorf("command %s was answered %v and %v", id, first, reply)
					return
				}
			}
		})
	}
	wait.Wait()
	close(failed)
	require.NoError(t, <-failed)
	noted := 0
	for p := range pipelines {
		head, err := engines[0].VerifyAudit(t.Context(), fmt.Sprintf("release-%d", p))
		require.NoError(t, err)
		noted += int(head.Number) - 1
	}
	require.Equal(t, commands, noted)
}

func TestAuthorizerDecidesBeforeAnythingElse(t *testing.T) {
	var asked []penstock.Access
	b := newBench(t, penstock.Config{Authorizer: penstock.AuthorizerFunc(func(_ context.Context, access penstock.Access) error {
		asked = append(asked, access)
		if access.Actor == "ana" {
			return nil
		}
		return errors.New("only ana may")
	})})
	ana, eve := penstock.WithActor(t.Context(), "ana"), penstock.WithActor(t.Context(), "eve")
	_, err := b.Apply(ana, simple(""))
	require.NoError(t, err)
	state, err := b.State(t.Context(), "simple")
	require.NoError(t, err)
	x := state.Stages[0].Execution
	require.NotEmpty(t, x)

	commands := []struct {
		command penstock.Command
		access  penstock.Access
	}{
		{penstock.ApplyPipeline{Pipeline: penstock.NewPipeline("simple")}, penstock.Access{Verb: penstock.VerbApply}},
		{penstock.StartExecution{Pipeline: "simple"}, penstock.Access{Verb: penstock.VerbStart}},
		{penstock.PutActionRevision{Pipeline: "simple", Stage: "Source", Action: "A"}, penstock.Access{Verb: penstock.VerbAnnounce, Stage: "Source", Action: "A"}},
		{penstock.StopExecution{Pipeline: "simple", Execution: x}, penstock.Access{Verb: penstock.VerbStop, Execution: x}},
		{penstock.StopExecution{Pipeline: "simple", Execution: x, Abandon: true}, penstock.Access{Verb: penstock.VerbAbandon, Execution: x}},
		{penstock.StopExecution{Pipeline: "simple", Execution: x, Disable: "Work"}, penstock.Access{Verb: penstock.VerbStop, Execution: x}},
		{penstock.RollbackStage{Pipeline: "simple", Stage: "Work", Target: x}, penstock.Access{Verb: penstock.VerbRollback, Stage: "Work", Execution: x}},
		{penstock.RetryStageExecution{Pipeline: "simple", Stage: "Work", Execution: x}, penstock.Access{Verb: penstock.VerbRetry, Stage: "Work", Execution: x}},
		{penstock.DecideApproval{Pipeline: "simple", Stage: "Work", Action: "A", Token: "t"}, penstock.Access{Verb: penstock.VerbApprove, Stage: "Work", Action: "A"}},
		{penstock.SetTransition{Pipeline: "simple", Stage: "Work", Reason: "r"}, penstock.Access{Verb: penstock.VerbDisable, Stage: "Work"}},
		{penstock.SetTransition{Pipeline: "simple", Stage: "Work", Enabled: true}, penstock.Access{Verb: penstock.VerbEnable, Stage: "Work"}},
		{penstock.DeletePipeline{Pipeline: "simple"}, penstock.Access{Verb: penstock.VerbDelete}},
		{penstock.ReleasePipeline{Pipeline: "simple"}, penstock.Access{Verb: penstock.VerbRelease}},
	}
	before, err := b.Events(t.Context(), penstock.EventQuery{Pipeline: "simple"})
	require.NoError(t, err)
	for _, c := range commands {
		asked = nil
		_, err := b.Do(eve, c.command)
		require.ErrorIs(t, err, penstock.ErrDenied, "%T", c.command)
		require.ErrorContains(t, err, "only ana may")
		c.access.Actor, c.access.Pipeline = "eve", "simple"
		require.Equal(t, []penstock.Access{c.access}, asked, "%T", c.command)
	}
	asked = nil
	_, err = b.Do(ana, penstock.StopExecution{Pipeline: "simple", Execution: x, Disable: "Work"})
	require.Error(t, err)
	require.Equal(t, []penstock.Verb{penstock.VerbStop, penstock.VerbDisable}, []penstock.Verb{asked[0].Verb, asked[1].Verb}, "it takes leave for both")
	after, err := b.Events(t.Context(), penstock.EventQuery{Pipeline: "simple"})
	require.NoError(t, err)
	require.Equal(t, before, after)
}
