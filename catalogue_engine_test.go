package penstock_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/storetest"
)

// onAWS is a pipeline of the service's own action types, but for what a test puts in the middle.
func onAWS(t *testing.T, name, middle string) penstock.Pipeline {
	t.Helper()
	p, err := penstock.ParsePipeline([]byte(`{"name": "` + name + `", "stages": [
		{"name": "Source", "actions": [{"name": "Fetch", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
			"configuration": {"S3Bucket": "b", "S3ObjectKey": "k"}, "outputArtifacts": [{"name": "code"}]}]},
		{"name": "Build", "actions": [` + middle + `]}]}`))
	require.NoError(t, err)
	return p
}

const codeBuild = `{"name": "Image", "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
	"configuration": {"ProjectName": "image"}, "inputArtifacts": [{"name": "code"}]}`

// scanAction is an action of a type that is created at run time.
func scanAction(config string) string {
	return `{"name": "Scan", "actionTypeId": {"category": "Test", "owner": "Custom", "provider": "Scan", "version": "1"},
		"configuration": ` + config + `, "inputArtifacts": [{"name": "code"}]}`
}

func scanType() penstock.CustomActionType {
	return penstock.CustomActionType{
		Category: penstock.CategoryTest, Provider: "Scan", Version: "1", Inputs: penstock.ArtifactCount{Max: 1},
		Properties: []penstock.ActionTypeProperty{{Name: "Depth", Type: "Number"}, {Name: "Key", Required: true, Secret: true}},
	}
}

func bare(t *testing.T, state store.StateStore) *penstock.Engine {
	t.Helper()
	e, err := penstock.NewEngine(penstock.Config{State: state})
	require.NoError(t, err)
	return e
}

func TestAWSTypesAreDeclaredAndWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		b.run()
		_, err := b.Apply(t.Context(), onAWS(t, "p", strings.Replace(codeBuild, `"ProjectName"`, `"Projectname"`, 1)))
		require.ErrorIs(t, err, penstock.ErrInvalidDefinition)
		require.ErrorContains(t, err, "Action configuration for action 'Image' is missing required configuration 'ProjectName'")
		name, _ := penstock.Exception(err)
		require.Equal(t, "InvalidActionDeclarationException", name)

		applied, err := b.Apply(t.Context(), onAWS(t, "p", codeBuild))
		require.NoError(t, err)
		time.Sleep(time.Minute)
		synctest.Wait()
		reasons, err := b.Explain(t.Context(), "p", applied.Execution)
		require.NoError(t, err)
		require.Len(t, reasons, 1)
		require.Equal(t, penstock.WaitsForWorker, reasons[0].Kind)
		require.Equal(t, "it is ready and waits for a worker that serves Source/AWS/S3/1 and has a free slot; this engine does not serve it", reasons[0].Text)
		x, err := b.Execution(t.Context(), "p", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusInProgress, x.Status, "it never fails for that")
	})
}

// What one process registers in Go, another one accepts: after the first has applied a pipeline, or has begun to run.
func TestTypesOfOtherReplicas(t *testing.T) {
	for _, test := range []struct {
		name  string
		meets func(t *testing.T, a *bench)
	}{
		{"when it has applied", func(t *testing.T, a *bench) {
			_, err := a.Apply(t.Context(), simple(""))
			require.NoError(t, err)
		}},
		{"when it runs", func(t *testing.T, a *bench) {
			a.run()
			synctest.Wait()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				state := memory.New(nil)
				a, b := newBench(t, penstock.Config{State: state}), bare(t, state)
				other := penstock.NewPipeline("other",
					penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
					penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "it", In: text.In()})))
				_, err := b.Apply(t.Context(), other)
				require.ErrorContains(t, err, "ActionType (Category: 'Source', Provider: 'Fetch', Owner: 'Custom', Version: '1') in action 'Fetch' is not available")
				test.meets(t, a)
				applied, err := b.Apply(t.Context(), other)
				require.NoError(t, err)
				require.True(t, applied.Changed)
				page, err := b.ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: penstock.OwnerCustom})
				require.NoError(t, err)
				require.Equal(t, []string{"Source/Custom/Fetch/1 served=false", "Test/Custom/Job/1 served=false"}, named(page.Types))
				page, err = a.ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: penstock.OwnerCustom})
				require.NoError(t, err)
				require.Equal(t, []string{"Source/Custom/Fetch/1 served=true", "Test/Custom/Job/1 served=true"}, named(page.Types))
			})
		})
	}
}

// Whoever starts again writes nothing: an engine that restarts often must not fill the store.
func TestRecordedTypesAreWrittenOnce(t *testing.T) {
	state := memory.New(nil)
	for range 3 {
		b := newBench(t, penstock.Config{State: state})
		_, err := b.Apply(t.Context(), simple(""))
		require.NoError(t, err)
	}
	feed, err := state.Events(t.Context(), store.FeedQuery{Stream: "catalogue"})
	require.NoError(t, err)
	require.Len(t, feed.Events, 1)
}

func named(types []penstock.DeclaredType) (out []string) {
	for _, t := range types {
		out = append(out, fmt.Sprintf("%s served=%t", t.Type, t.Served))
	}
	return out
}

// oldJob and newJob are one type before and after it was renamed.
type oldJob struct{ Name string }

func (oldJob) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "OldJob", Version: "1"}
}

type newJob struct{ Name string }

func (newJob) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryTest, Provider: "NewJob", Version: "1"}
}

func (newJob) FormerTypes() []penstock.ActionType {
	return []penstock.ActionType{oldJob{}.ActionType()}
}

// A type is renamed while engines of both releases run on one store.
func TestRenamedTypeAcrossReplicas(t *testing.T) {
	state := memory.New(nil)
	var before, after penstock.Actions
	penstock.RegisterFunc(&before, func(context.Context, *penstock.Call[oldJob]) error { return nil })
	penstock.RegisterFunc(&after, func(context.Context, *penstock.Call[newJob]) error { return nil })
	engine := func(actions *penstock.Actions) *penstock.Engine {
		e, err := penstock.NewEngine(penstock.Config{State: state, Actions: actions})
		require.NoError(t, err)
		return e
	}
	pipeline := func(name, provider string) penstock.Pipeline {
		return onAWS(t, name, `{"name": "J", "actionTypeId": {"category": "Test", "owner": "Custom", "provider": "`+provider+`", "version": "1"}, "configuration": {"Name": "n"}}`)
	}
	_, err := engine(&before).Apply(t.Context(), pipeline("first", "OldJob"))
	require.NoError(t, err)
	_, err = engine(&after).Apply(t.Context(), pipeline("second", "NewJob"))
	require.NoError(t, err)
	for _, e := range []*penstock.Engine{engine(&before), engine(&after), bare(t, state)} {
		for i, provider := range []string{"OldJob", "NewJob"} {
			_, err := e.Do(t.Context(), penstock.ApplyPipeline{Pipeline: pipeline(fmt.Sprint("p", i), provider), Always: true})
			require.NoError(t, err, provider)
		}
	}
	page, err := engine(&after).ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: penstock.OwnerCustom})
	require.NoError(t, err)
	require.Equal(t, []string{"Test/Custom/NewJob/1 served=true"}, named(page.Types), "a former name is not listed")
}

func TestCustomTypesAtRunTime(t *testing.T) {
	state := memory.New(nil)
	a, b := bare(t, state), bare(t, state)
	ctx := penstock.WithActor(t.Context(), "ana")
	pipeline := onAWS(t, "p", scanAction(`{"Key": "s3cret"}`))
	_, err := a.Apply(ctx, pipeline)
	require.ErrorContains(t, err, "ActionType (Category: 'Test', Provider: 'Scan', Owner: 'Custom', Version: '1') in action 'Scan' is not available")

	reply, err := a.Do(ctx, penstock.CreateActionType{ID: "c1", Type: scanType()})
	require.NoError(t, err)
	require.True(t, reply.Changed)
	again, err := b.Do(ctx, penstock.CreateActionType{ID: "c1", Type: scanType()})
	require.NoError(t, err)
	require.Equal(t, reply, again, "the same command acts once, whoever is asked")
	err = b.CreateActionType(ctx, scanType())
	require.ErrorIs(t, err, penstock.ErrInvalid)
	require.EqualError(t, err, "penstock: declare Test/Custom/Scan/1: ActionType (Category: 'Test', Owner: 'Custom', Provider: 'Scan', Version: '1') already exists")

	_, err = b.Apply(ctx, onAWS(t, "p", scanAction(`{"Depth": "three"}`)))
	require.ErrorContains(t, err, "missing required configuration 'Key'")
	require.ErrorContains(t, err, "(configuration.Depth)")
	applied, err := b.Apply(ctx, pipeline)
	require.NoError(t, err)
	require.Equal(t, 1, applied.Version)

	require.NoError(t, b.DeleteActionType(ctx, penstock.CategoryTest, "Scan", "1"))
	reply, err = a.Do(ctx, penstock.DeleteActionType{Category: penstock.CategoryTest, Provider: "Scan", Version: "1"})
	require.NoError(t, err)
	require.False(t, reply.Changed, "it is gone already")
	_, err = a.Apply(ctx, onAWS(t, "q", scanAction(`{"Key": "s3cret"}`)))
	require.ErrorContains(t, err, "is not available")
	reasons, err := a.Explain(ctx, "p", applied.Execution)
	require.NoError(t, err)
	require.NotEmpty(t, reasons, "what has the type goes on")

	other := scanType()
	other.Inputs.Max = 2
	require.ErrorContains(t, a.CreateActionType(ctx, other), "cannot be used for another definition")
	require.NoError(t, a.CreateActionType(ctx, scanType()), "restored")
	_, err = b.Apply(ctx, onAWS(t, "q", scanAction(`{"Key": "s3cret"}`)))
	require.NoError(t, err)

	page, err := a.Audit(ctx, penstock.AuditQuery{Pipeline: penstock.CatalogueAudit})
	require.NoError(t, err)
	var verbs []string
	for _, entry := range page.Entries {
		require.Equal(t, "ana", entry.Actor)
		verbs = append(verbs, string(entry.Verb))
	}
	require.Equal(t, []string{"declare", "undeclare", "declare"}, verbs)
	require.Equal(t, "c1", page.Entries[2].Command)
	require.Contains(t, string(page.Entries[2].Request), `"Provider":"Scan"`)
	head, err := b.VerifyAudit(ctx, penstock.CatalogueAudit)
	require.NoError(t, err)
	require.Equal(t, uint64(3), head.Number)
	require.Equal(t, page.Entries[0].Hash, head.Hash)
}

func TestDeclaringIsAskedFor(t *testing.T) {
	var asked []penstock.Access
	e, err := penstock.NewEngine(penstock.Config{Authorizer: penstock.AuthorizerFunc(func(_ context.Context, a penstock.Access) error {
		asked = append(asked, a)
		return fmt.Errorf("not %s", a.Actor)
	})})
	require.NoError(t, err)
	ctx := penstock.WithActor(t.Context(), "eve")
	require.ErrorIs(t, e.CreateActionType(ctx, scanType()), penstock.ErrDenied)
	require.ErrorIs(t, e.DeleteActionType(ctx, penstock.CategoryTest, "Scan", "1"), penstock.ErrDenied)
	require.Equal(t, []penstock.Access{
		{Actor: "eve", Verb: penstock.VerbDeclare, ActionType: "Test/Custom/Scan/1"},
		{Actor: "eve", Verb: penstock.VerbUndeclare, ActionType: "Test/Custom/Scan/1"},
	}, asked)
	page, err := e.ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: penstock.OwnerCustom})
	require.NoError(t, err)
	require.Empty(t, page.Types)
}

func TestDeclaringRefuses(t *testing.T) {
	e, err := penstock.NewEngine(penstock.Config{Limits: penstock.Limits{CustomActionTypes: 1}})
	require.NoError(t, err)
	require.NoError(t, e.CreateActionType(t.Context(), scanType()))
	b := newBench(t, penstock.Config{})
	published := penstock.PublishedActionType{
		Type:       penstock.ActionType{Category: penstock.CategoryTest, Owner: penstock.OwnerThirdParty, Provider: "Probe", Version: "1"},
		Properties: []penstock.ActionTypeProperty{{Name: "Where"}}, Function: "arn:aws:lambda:eu-west-1:111122223333:function:probe",
	}
	stricter := published
	stricter.Properties = []penstock.ActionTypeProperty{{Name: "Where", Required: true}}
	for _, test := range []struct {
		name    string
		command penstock.Command
		code    penstock.Code
		want    string
	}{
		{"a malformed type", penstock.CreateActionType{Type: penstock.CustomActionType{Category: "Approval", Provider: "a b", Version: "1"}}, penstock.ErrInvalid, "2 validation errors detected: Value 'Approval' at 'category'"},
		{"too many", penstock.CreateActionType{Type: penstock.CustomActionType{Category: penstock.CategoryTest, Provider: "Another", Version: "1"}}, penstock.ErrLimitExceeded, "up to 1 are allowed"},
		{"a malformed name", penstock.DeleteActionType{Category: "Nothing", Provider: "P", Version: "1"}, penstock.ErrInvalid, "enum value set"},
		{"an update of what nobody published", penstock.UpdateActionType{Type: published}, penstock.ErrActionTypeNotFound, "is not available"},
		{"a publication", penstock.UpdateActionType{Type: published, Publish: true}, "", ""},
		{"the same again", penstock.UpdateActionType{Type: published, Publish: true}, penstock.ErrInvalid, "already exists"},
		{"what pipelines may lack made required", penstock.UpdateActionType{Type: stricter}, penstock.ErrInvalid, "cannot be made required"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := e.Do(t.Context(), test.command)
			require.Equal(t, test.code, penstock.CodeOf(err), err)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
			}
		})
	}
	got, err := e.PublishedActionType(t.Context(), published.Type)
	require.NoError(t, err)
	require.Equal(t, published, got)
	_, err = e.PublishedActionType(t.Context(), scanType().Type())
	require.ErrorIs(t, err, penstock.ErrActionTypeNotFound)
	require.ErrorIs(t, err, penstock.ErrNotFound)
	require.ErrorIs(t, b.DeleteActionType(t.Context(), penstock.CategoryTest, "Job", "1"), penstock.ErrFailedPrecondition, "it would be back with the next start")
}

// A type that nobody has in Go any more can be taken out.
func TestDeleteWhatNobodyRegisters(t *testing.T) {
	state := memory.New(nil)
	_, err := newBench(t, penstock.Config{State: state}).Apply(t.Context(), simple(""))
	require.NoError(t, err)
	e := bare(t, state)
	require.NoError(t, e.DeleteActionType(t.Context(), penstock.CategoryTest, "Job", "1"))
	page, err := e.ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: penstock.OwnerCustom})
	require.NoError(t, err)
	require.Equal(t, []string{"Source/Custom/Fetch/1 served=false"}, named(page.Types))
}

// Many create types at two engines, on a store that loses answers and does things twice: each type is there once, each command acted once.
func TestCatalogueUnderFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memory.New(nil)
		faults := []storetest.Fault{storetest.None, storetest.Ambiguous, storetest.Lost, storetest.Duplicate, storetest.None}
		engines := make([]*penstock.Engine, 2)
		for i := range engines {
			engines[i] = bare(t, &storetest.Faulty{Store: inner, Plan: func(op string, n int) storetest.Fault {
				if op != "Commit" {
					return storetest.None
				}
				return faults[n%len(faults)]
			}})
		}
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				kind := penstock.CustomActionType{Category: penstock.CategoryBuild, Provider: fmt.Sprintf("P%02d", i/2), Version: "1"}
				_, err := engines[i%2].Do(t.Context(), penstock.CreateActionType{ID: kind.Provider, Type: kind}) // two have the same ID
				require.NoError(t, err)
			})
		}
		all.Wait()
		page, err := engines[0].ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: penstock.OwnerCustom})
		require.NoError(t, err)
		require.Len(t, page.Types, 20)
		head, err := engines[1].VerifyAudit(t.Context(), penstock.CatalogueAudit)
		require.NoError(t, err)
		require.Equal(t, uint64(20), head.Number)
	})
}

func TestListTypes(t *testing.T) {
	e := bare(t, nil)
	var names []string
	for q := (penstock.ActionTypeQuery{Limit: 7}); ; {
		page, err := e.ActionTypes(t.Context(), q)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Types), 7)
		for _, found := range page.Types {
			names = append(names, found.Type.String())
			require.Positive(t, found.Timeout)
			require.NotEmpty(t, found.About)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	require.True(t, slices.IsSorted(names))
	require.Contains(t, names, "Approval/AWS/Manual/1")
	require.Contains(t, names, "Deploy/AWS/CloudFormation/1")
	_, err := e.ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: "Me"})
	require.ErrorIs(t, err, penstock.ErrInvalid)
	_, err = e.ActionTypes(t.Context(), penstock.ActionTypeQuery{Cursor: "nonsense"})
	require.ErrorIs(t, err, penstock.ErrInvalid)
	rules, err := e.RuleTypes(t.Context())
	require.NoError(t, err)
	require.Len(t, rules, 6)
	require.Equal(t, "Rule/AWS/CloudWatchAlarm/1", rules[0].Type.String())
}

func TestDeclareInGo(t *testing.T) {
	var actions penstock.Actions
	p := onAWS(t, "p", scanAction(`{"Key": "k"}`))
	require.ErrorContains(t, p.Validate(&actions), "is not available")
	require.NoError(t, actions.Declare(scanType()))
	require.NoError(t, p.Validate(&actions))
	require.ErrorIs(t, actions.Declare(scanType()), penstock.ErrAlreadyExists)
	require.ErrorIs(t, actions.Declare(penstock.CustomActionType{}), penstock.ErrInvalid)
	require.Empty(t, actions.Types(), "nobody runs it")
}

func TestParseCustomActionType(t *testing.T) {
	got, err := penstock.ParseCustomActionType([]byte(`{"category": "Test", "provider": "Scan", "version": "1",
		"settings": {"entityUrlTemplate": "https://scanType/{Config:Key}"},
		"configurationProperties": [{"name": "Depth", "required": false, "key": false, "secret": false, "type": "Number"}, {"name": "Key", "required": true, "key": true, "secret": true}],
		"inputArtifactDetails": {"minimumCount": 0, "maximumCount": 1}, "outputArtifactDetails": {"minimumCount": 0, "maximumCount": 0}, "tags": [{"key": "a", "value": "b"}]}`))
	require.NoError(t, err)
	want := scanType()
	want.Properties[1].Key, want.Links.Entity = true, "https://scanType/{Config:Key}"
	require.Equal(t, want, got)
	require.ErrorContains(t, got.Validate(), "names a secret configuration property")
	for _, text := range []string{``, `{`, `[]`, `{"categorie": "Test"}`, `{} {}`} {
		_, err := penstock.ParseCustomActionType([]byte(text))
		require.ErrorIs(t, err, penstock.ErrInvalid, text)
	}
	for _, bomb := range []string{
		`{"tags": ` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`, `{"provider": "` + strings.Repeat("name", 25<<20) + `"}`, `{"tags": "\xff"}`,
	} {
		data := []byte(bomb)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		_, err := penstock.ParseCustomActionType(data)
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		require.ErrorIs(t, err, penstock.ErrInvalid)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
		require.Less(t, took, time.Second, "50 ms on a machine that does nothing else")
	}
}
