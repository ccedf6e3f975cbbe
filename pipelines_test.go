package penstock_test

import (
	"context"
	"encoding/json"
	"fmt"
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

func shownChanges(changes []penstock.Change) (out []string) {
	for _, c := range changes {
		out = append(out, c.String())
	}
	return out
}

func TestPipelineVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		ana, bob := penstock.WithActor(t.Context(), "ana"), penstock.WithActor(t.Context(), "bob")
		began := time.Now().UTC()
		apply := func(ctx context.Context, p penstock.Pipeline) {
			t.Helper()
			_, err := b.Do(ctx, penstock.ApplyPipeline{Pipeline: p, NoStart: true})
			require.NoError(t, err)
			time.Sleep(time.Hour)
		}
		apply(ana, simple("first"))
		apply(bob, simple("second"))
		apply(bob, simple("second")) // nothing changes
		apply(ana, simple("second").Mode(penstock.Superseded))

		page, err := b.PipelineVersions(t.Context(), penstock.PipelineVersionQuery{Pipeline: "simple", Limit: 2})
		require.NoError(t, err)
		require.Len(t, page.Versions, 2)
		newest := page.Versions[0]
		require.Equal(t, 3, newest.Version)
		require.Equal(t, "ana", newest.Author)
		require.Equal(t, began.Add(3*time.Hour), newest.At)
		require.Equal(t, []string{"simple (executionMode): QUEUED → SUPERSEDED"}, shownChanges(newest.Changes))
		require.Equal(t, "bob", page.Versions[1].Author)
		require.Equal(t, []string{"simple/Work/Job (configuration.Do): first → second"}, shownChanges(page.Versions[1].Changes), "compared with a version of the next page")
		page, err = b.PipelineVersions(t.Context(), penstock.PipelineVersionQuery{Pipeline: "simple", Cursor: page.Next})
		require.NoError(t, err)
		require.Empty(t, page.Next)
		require.Equal(t, []penstock.PipelineVersion{{Version: 1, Author: "ana", At: began}}, page.Versions)

		first, version, err := b.Pipeline(t.Context(), "simple", 1)
		require.NoError(t, err)
		require.Equal(t, 1, version)
		newestOne, version, err := b.Pipeline(t.Context(), "simple", 0)
		require.NoError(t, err)
		require.Equal(t, 3, version)
		require.Len(t, penstock.Diff(first, newestOne), 2)

		for _, err := range []error{
			errorOf(b.Pipeline(t.Context(), "nothing", 0)), errorOf(b.Pipeline(t.Context(), "nothing", 1)),
			second(b.PipelineInfo(t.Context(), "nothing")), second(b.PipelineVersions(t.Context(), penstock.PipelineVersionQuery{Pipeline: "nothing"})),
		} {
			require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
		}
		require.ErrorIs(t, errorOf(b.Pipeline(t.Context(), "simple", 4)), penstock.ErrVersionNotFound)
		require.ErrorIs(t, errorOf(b.Pipeline(t.Context(), "simple", -1)), penstock.ErrVersionNotFound)
	})
}

func errorOf(_ penstock.Pipeline, _ int, err error) error { return err }

func second[T any](_ T, err error) error { return err }

func TestPipelinesAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		a, b := newBench(t, penstock.Config{State: state}), bare(t, state)
		ctx := t.Context()
		began := time.Now().UTC()
		_, err := a.Apply(ctx, simple("one"))
		require.NoError(t, err)
		_, err = a.Apply(ctx, onAWS(t, "aws", codeBuild))
		require.NoError(t, err)
		time.Sleep(time.Hour)
		_, err = a.Apply(ctx, simple("two"))
		require.NoError(t, err)
		page, err := b.Pipelines(ctx, penstock.PipelineQuery{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, []penstock.PipelineInfo{{Name: "aws", Version: 1, Type: "V1", Mode: penstock.Superseded, Created: began, Updated: began}}, page.Pipelines)
		page, err = b.Pipelines(ctx, penstock.PipelineQuery{Cursor: page.Next})
		require.NoError(t, err)
		want := penstock.PipelineInfo{Name: "simple", Version: 2, Type: "V2", Mode: penstock.Queued, Created: began, Updated: began.Add(time.Hour)}
		require.Equal(t, []penstock.PipelineInfo{want}, page.Pipelines)
		require.Empty(t, page.Next)
		state1, err := b.State(ctx, "simple")
		require.NoError(t, err)
		require.Equal(t, want.Created, state1.Created)
		require.Equal(t, want.Updated, state1.Updated)
	})
}

func TestTags(t *testing.T) {
	b := newBench(t, penstock.Config{})
	ctx := penstock.WithActor(t.Context(), "ana")
	_, err := b.Do(ctx, penstock.ApplyPipeline{Pipeline: simple(""), NoStart: true, Tags: map[string]string{"team": "web"}})
	require.NoError(t, err)
	tags := func() map[string]string {
		info, err := b.PipelineInfo(ctx, "simple")
		require.NoError(t, err)
		return info.Tags
	}
	require.Equal(t, map[string]string{"team": "web"}, tags())
	require.NoError(t, b.Tag(ctx, "simple", map[string]string{"team": "shop", "cost": "7"}))
	require.NoError(t, b.Untag(ctx, "simple", "cost", "nothing"))
	_, err = b.Do(ctx, penstock.ApplyPipeline{Pipeline: simple("another"), Tags: map[string]string{"team": "other"}})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"team": "shop"}, tags(), "an update leaves them alone")

	many := map[string]string{}
	for i := range 50 {
		many[fmt.Sprint("k", i)] = "v"
	}
	for _, test := range []struct {
		name string
		tags map[string]string
		code penstock.Code
		want string
	}{
		{"too many together", many, penstock.ErrTooManyTags, "51 tags"},
		{"too many at once", map[string]string{"x": "", "y": ""}, "", ""},
		{"a reserved key", map[string]string{"AWS:x": ""}, penstock.ErrInvalidTags, "reserved"},
		{"an empty key", map[string]string{"": "x"}, penstock.ErrInvalid, "Map keys"},
		{"a long value", map[string]string{"k": strings.Repeat("v", 257)}, penstock.ErrInvalid, "256"},
	} {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.code, penstock.CodeOf(b.Tag(ctx, "simple", test.tags)))
			if test.want != "" {
				require.ErrorContains(t, b.Tag(ctx, "simple", test.tags), test.want)
			}
			if test.code == penstock.ErrInvalid {
				_, err := b.Do(ctx, penstock.ApplyPipeline{Pipeline: onAWS(t, "new", codeBuild), Tags: test.tags})
				require.ErrorIs(t, err, test.code)
			}
		})
	}
	require.ErrorIs(t, b.Tag(ctx, "nothing", map[string]string{"a": "b"}), penstock.ErrPipelineNotFound)
	feed, err := b.Events(ctx, penstock.EventQuery{Pipeline: "simple"})
	require.NoError(t, err)
	var changed []string
	for _, e := range feed.Events {
		if e.Kind == penstock.EventTagsChanged {
			changed = append(changed, e.Actor+" "+e.Text)
		}
	}
	require.Equal(t, []string{"ana cost, team", "ana cost", "ana x, y"}, changed)
	audit, err := b.Audit(ctx, penstock.AuditQuery{Pipeline: "simple", Limit: 1})
	require.NoError(t, err)
	require.Equal(t, penstock.VerbTag, audit.Entries[0].Verb)
}

// withSecret is a pipeline with a secret that only the service's clients write into a definition.
func withSecret(t *testing.T, stage, key, depth string) penstock.Pipeline {
	t.Helper()
	text := strings.Replace(string(mustJSON(t, onAWS(t, "p", scanAction(`{"Key": "`+key+`", "Depth": "`+depth+`"}`)))), `"name":"Build"`, `"name":"`+stage+`"`, 1)
	p, err := penstock.ParsePipeline([]byte(text))
	require.NoError(t, err)
	return p
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return data
}

// storedText is all that the store has of a pipeline's newest definition.
func storedText(t *testing.T, state store.StateStore, id string) string {
	t.Helper()
	records, err := state.Get(t.Context(), store.Ref{Kind: "definition", Group: "p", ID: id})
	require.NoError(t, err)
	require.NotNil(t, records[0], "version %s", id)
	return string(records[0].Data)
}

func TestSecretsAreMasked(t *testing.T) {
	state := memory.New(nil)
	e := bare(t, state)
	ctx := t.Context()
	require.NoError(t, e.CreateActionType(ctx, scanType()))

	_, err := e.Apply(ctx, withSecret(t, "Build", penstock.SecretMask, "1"))
	require.ErrorContains(t, err, "contains an invalid configuration for the secret property 'Key'. '****' may be used in secret properties only when updating an existing action.")
	name, _ := penstock.Exception(err)
	require.Equal(t, "InvalidActionDeclarationException", name)

	_, err = e.Apply(ctx, withSecret(t, "Build", "s3cret", "1"))
	require.NoError(t, err)
	read, _, err := e.Pipeline(ctx, "p", 0)
	require.NoError(t, err)
	require.NotContains(t, string(mustJSON(t, read)), "s3cret")
	require.Contains(t, string(mustJSON(t, read)), `"Key":"****"`)

	same, err := e.Apply(ctx, read)
	require.NoError(t, err)
	require.False(t, same.Changed, "what was read and given back is no new version")
	changed, err := e.Apply(ctx, withSecret(t, "Build", penstock.SecretMask, "2"))
	require.NoError(t, err)
	require.Equal(t, 2, changed.Version)
	require.Contains(t, storedText(t, state, "0000000002"), "s3cret")
	_, err = e.Apply(ctx, withSecret(t, "Test", penstock.SecretMask, "2"))
	require.ErrorContains(t, err, "only when updating an existing action", "the stage has another name")
	_, err = e.Apply(ctx, withSecret(t, "Build", "n3w", "3"))
	require.NoError(t, err)

	// What was deleted is masked all the same.
	require.NoError(t, e.DeleteActionType(ctx, penstock.CategoryTest, "Scan", "1"))
	for version := range 4 {
		read, _, err := e.Pipeline(ctx, "p", version)
		require.NoError(t, err)
		require.NotRegexp(t, "s3cret|n3w", string(mustJSON(t, read)))
	}
	versions, err := e.PipelineVersions(ctx, penstock.PipelineVersionQuery{Pipeline: "p"})
	require.NoError(t, err)
	require.NotRegexp(t, "s3cret|n3w", fmt.Sprint(versions))
	require.Equal(t, []string{"p/Build/Scan (configuration.Depth): 2 → 3", "p/Build/Scan (configuration.Key): changed"}, shownChanges(versions.Versions[0].Changes))
	require.Equal(t, []string{"p/Build/Scan (configuration.Depth): 1 → 2"}, shownChanges(versions.Versions[1].Changes))
}

// Actions show no secrets either, wherever they are asked for.
func TestSecretsOfActionsAreMasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bare(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- e.Run(ctx) }()
		p, err := penstock.ParsePipeline([]byte(`{"name": "p", "stages": [
			{"name": "Source", "actions": [{"name": "Fetch", "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
				"configuration": {"Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": "t0ken"}, "outputArtifacts": [{"name": "code"}]}]},
			{"name": "Build", "actions": [` + codeBuild + `]}]}`))
		require.NoError(t, err)
		applied, err := e.Apply(ctx, p)
		require.NoError(t, err)
		shown, err := e.State(ctx, "p")
		require.NoError(t, err)
		require.Equal(t, penstock.SecretMask, shown.Stages[0].Actions[0].Configuration["OAuthToken"])
		page, err := e.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "p"})
		require.NoError(t, err)
		require.Equal(t, penstock.SecretMask, page.Actions[0].Configuration["OAuthToken"])
		require.Equal(t, "r", page.Actions[0].Configuration["Repo"])
		one, err := e.ActionExecution(ctx, "p", applied.Execution, page.Actions[0].ID)
		require.NoError(t, err)
		require.Equal(t, page.Actions[0], one)
		stop()
		require.NoError(t, <-ended)
	})
}

// Two give the mask back while others change the secret: no old secret comes back with it.
func TestMaskNeverBringsAnOldSecretBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := memory.New(nil)
		late := &storetest.Faulty{Store: inner}
		a, b := bare(t, late), bare(t, inner)
		ctx := t.Context()
		require.NoError(t, b.CreateActionType(ctx, scanType()))
		_, err := b.Apply(ctx, withSecret(t, "Build", "0ld", "1"))
		require.NoError(t, err)
		var once sync.Once
		loads := 0
		late.Plan = func(op string, _ int) storetest.Fault {
			if op == "Load" {
				loads++
			}
			if op == "Load" && loads == 3 { // the catalogue, the pipeline for its secrets, and now the one that is decided on
				return storetest.Delayed
			}
			return storetest.None
		}
		late.Hook = func(string, int) {
			once.Do(func() {
				_, err := b.Apply(ctx, withSecret(t, "Build", "n3w", "1"))
				require.NoError(t, err)
			})
		}
		reply, err := a.Apply(ctx, withSecret(t, "Build", penstock.SecretMask, "2"))
		require.NoError(t, err)
		require.Equal(t, 3, reply.Version)
		require.Greater(t, loads, 3)
		require.Contains(t, storedText(t, inner, "0000000003"), "n3w")
		require.NotContains(t, storedText(t, inner, "0000000003"), "0ld")
	})
}

func TestDiff(t *testing.T) {
	before, after := simple("a"), simple("b").Mode(penstock.InParallel)
	require.Empty(t, penstock.Diff(before, before))
	require.Equal(t, []penstock.Change{
		{Path: "simple", Field: "executionMode", Old: "QUEUED", New: "PARALLEL"},
		{Path: "simple/Work/Job", Field: "configuration.Do", Old: "a", New: "b"},
	}, penstock.Diff(before, after))
	for _, test := range []struct {
		change penstock.Change
		want   string
	}{
		{penstock.Change{Path: "p/S/A", New: "Test/Custom/Go/1"}, "p/S/A: added Test/Custom/Go/1"},
		{penstock.Change{Path: "p/S/A", Old: "Test/Custom/Go/1"}, "p/S/A: removed Test/Custom/Go/1"},
		{penstock.Change{Path: "p", Field: "f", Old: strings.Repeat("é", 121), New: "x"}, "p (f): " + strings.Repeat("é", 120) + "… → x"},
		{penstock.Change{Path: "p", Field: "f", Old: strings.Repeat("é", 121), New: strings.Repeat("é", 122)}, "p (f): changed"},
	} {
		require.Equal(t, test.want, test.change.String())
	}
}
