package penstock_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/storetest"
)

// called is a pipeline of another name.
func called(name string) penstock.Pipeline {
	return penstock.NewPipeline(name,
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
		penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "nothing", In: text.In()})),
	)
}

func TestCreateOnlyAndUpdateOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, penstock.Config{})
		apply := func(c penstock.ApplyPipeline) (penstock.Reply, error) { return b.Do(t.Context(), c) }
		_, err := apply(penstock.ApplyPipeline{Pipeline: simple("a"), Only: penstock.UpdateOnly})
		require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
		create := penstock.ApplyPipeline{ID: "c1", Pipeline: simple("a"), Only: penstock.CreateOnly, Tags: map[string]string{"team": "web"}}
		first, err := apply(create)
		require.NoError(t, err)
		require.NotEmpty(t, first.Execution)
		again, err := apply(create)
		require.NoError(t, err, "the same command is answered as the first time")
		require.Equal(t, first, again)
		create.ID = "c2"
		_, err = apply(create)
		require.ErrorIs(t, err, penstock.ErrAlreadyExists)
		require.ErrorContains(t, err, "there is a pipeline simple already; update it, or choose another name")

		updated, err := apply(penstock.ApplyPipeline{Pipeline: simple("b"), Only: penstock.UpdateOnly, Tags: map[string]string{"team": "other"}})
		require.NoError(t, err)
		require.Equal(t, 2, updated.Version)
		info, err := b.PipelineInfo(t.Context(), "simple")
		require.NoError(t, err)
		require.Equal(t, map[string]string{"team": "web"}, info.Tags)

		require.NoError(t, b.Delete(t.Context(), "simple"))
		_, err = apply(penstock.ApplyPipeline{Pipeline: simple("b"), Only: penstock.UpdateOnly, Always: true})
		require.ErrorIs(t, err, penstock.ErrPipelineNotFound)
		again, err = apply(penstock.ApplyPipeline{ID: "c1", Pipeline: simple("a"), Only: penstock.CreateOnly})
		require.NoError(t, err)
		require.Equal(t, first.Execution, again.Execution, "it has acted, whatever has become of it")
		create.ID = "c3"
		anew, err := apply(create)
		require.NoError(t, err)
		require.Equal(t, 3, anew.Version)
		_, err = apply(penstock.ApplyPipeline{Pipeline: simple("a"), Only: "replace"})
		require.ErrorIs(t, err, penstock.ErrInvalid)
		require.ErrorContains(t, err, `the command is Only "replace"; write CreateOnly, UpdateOnly or nothing`)
	})
}

// Of many that create a pipeline at engines of one store one does, and the others know.
func TestOfManyThatCreateOneDoes(t *testing.T) {
	state := memory.New(nil)
	benches := []*bench{newBench(t, penstock.Config{State: state}), newBench(t, penstock.Config{State: state}), newBench(t, penstock.Config{State: state})}
	errs := make([]error, 24)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			c := penstock.ApplyPipeline{ID: fmt.Sprint("c", i/2), Pipeline: simple(fmt.Sprint(i / 2)), Only: penstock.CreateOnly}
			_, errs[i] = benches[i%3].Do(t.Context(), c)
		})
	}
	wait.Wait()
	var created []int
	for i, err := range errs {
		if err == nil {
			created = append(created, i/2)
			continue
		}
		require.ErrorIs(t, err, penstock.ErrAlreadyExists)
	}
	require.Len(t, created, 2, "a command and its retry")
	require.Equal(t, created[0], created[1])
	info, err := benches[0].PipelineInfo(t.Context(), "simple")
	require.NoError(t, err)
	require.Equal(t, 1, info.Version)
}

func TestKeepSettings(t *testing.T) {
	b := newBench(t, penstock.Config{})
	ctx := t.Context()
	tuned := func(do string, retries int) penstock.Pipeline {
		return penstock.NewPipeline("tuned",
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{})),
			penstock.NewStage("Work", penstock.NewAction("Job", job{Do: do}).Retry(retries), penstock.NewAction("Other", job{Do: do}).Timeout(time.Hour)),
		).OnUpdate(penstock.FinishRunning)
	}
	// plain is what a tool of the service makes of it: without the block.
	plain := func(p penstock.Pipeline) penstock.Pipeline {
		data, err := p.CodePipeline()
		require.NoError(t, err)
		out, err := penstock.ParsePipeline(data)
		require.NoError(t, err)
		return out
	}
	update := func(p penstock.Pipeline) string {
		_, err := b.Do(ctx, penstock.ApplyPipeline{Pipeline: p, KeepSettings: true, NoStart: true})
		require.NoError(t, err)
		stored, _, err := b.Pipeline(ctx, "tuned", 0)
		require.NoError(t, err)
		return string(mustJSON(t, stored))
	}
	require.JSONEq(t, string(mustJSON(t, plain(tuned("a", 1)))), update(plain(tuned("a", 1))), "a new one has nothing to keep")
	update(tuned("a", 2))
	require.Equal(t, string(mustJSON(t, tuned("b", 2))), update(plain(tuned("b", 9))))
	require.Equal(t, string(mustJSON(t, tuned("b", 3))), update(tuned("b", 3)), "a block is the last word")
	renamed := penstock.NewPipeline("tuned",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{})),
		penstock.NewStage("Work", penstock.NewAction("Task", job{}), penstock.NewAction("Other", job{})),
	)
	require.NotContains(t, update(plain(renamed)), `"retry"`)
	feed, err := b.Events(ctx, penstock.EventQuery{Pipeline: "tuned"})
	require.NoError(t, err)
	var told []string
	for _, e := range feed.Events {
		if e.Kind == penstock.EventPipelineDefined {
			told = append(told, e.Text)
		}
	}
	require.Equal(t, []string{"version 1", "version 2", "version 3", "version 4", "version 5, which could not keep the settings of tuned/Work/Job"}, told)
	_, err = b.Do(ctx, penstock.ApplyPipeline{Pipeline: plain(renamed)})
	require.NoError(t, err)
	stored, _, err := b.Pipeline(ctx, "tuned", 0)
	require.NoError(t, err)
	require.NotContains(t, string(mustJSON(t, stored)), `"timeout"`, "who does not ask keeps nothing")
}

// Settings that somebody gives while others update without them are kept, also those of a pipeline that was not there at first.
func TestSettingsGivenMeanwhileAreKept(t *testing.T) {
	for name, before := range map[string]bool{"of another version": true, "of a pipeline that came to be": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				inner := memory.New(nil)
				late := &storetest.Faulty{Store: inner}
				a, b := newBench(t, penstock.Config{State: late}), newBench(t, penstock.Config{State: inner})
				if before {
					_, err := b.Apply(t.Context(), simple("a"))
					require.NoError(t, err)
				}
				_, err := b.Apply(t.Context(), called("no name")) // from now on the types are recorded, and reading the catalogue is one Load
				require.ErrorIs(t, err, penstock.ErrInvalidDefinition)
				withRetry := penstock.NewPipeline("simple",
					penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
					penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "a", In: text.In()}).Retry(7)),
				).Mode(penstock.Queued)
				loads := 0
				late.Plan = func(op string, _ int) storetest.Fault {
					if op != "Load" {
						return storetest.None
					}
					if loads++; loads == 3 { // the catalogue, the pipeline for its settings, and now the one that is decided on
						return storetest.Delayed
					}
					return storetest.None
				}
				var once sync.Once
				late.Hook = func(string, int) {
					once.Do(func() {
						_, err := b.Apply(t.Context(), withRetry)
						require.NoError(t, err)
					})
				}
				_, err = a.Do(t.Context(), penstock.ApplyPipeline{Pipeline: simple("b"), KeepSettings: true})
				require.NoError(t, err)
				stored, _, err := a.Pipeline(t.Context(), "simple", 0)
				require.NoError(t, err)
				require.Contains(t, string(mustJSON(t, stored)), `"retry":{"max":7}`)
				require.Contains(t, string(mustJSON(t, stored)), `"Do":"b"`)
			})
		})
	}
}

func TestTheQuotaOfPipelines(t *testing.T) {
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Pipelines: 2}})
	ctx := t.Context()
	for _, name := range []string{"one", "two"} {
		_, err := b.Do(ctx, penstock.ApplyPipeline{ID: name, Pipeline: called(name), NoStart: true})
		require.NoError(t, err)
	}
	_, err := b.Apply(ctx, called("three"))
	require.ErrorIs(t, err, penstock.ErrLimitExceeded)
	require.ErrorContains(t, err, "there are as many pipelines as there may be; delete one, or raise the limit")
	_, err = b.Apply(ctx, called("two").Mode(penstock.Queued))
	require.NoError(t, err, "what is there is updated")
	require.NoError(t, b.Delete(ctx, "one"))
	_, err = b.Apply(ctx, called("three"))
	require.NoError(t, err, "a place is free")
	_, err = b.Do(ctx, penstock.ApplyPipeline{ID: "one", Pipeline: called("one"), NoStart: true})
	require.NoError(t, err, "it has acted: the same command is answered as the first time")
	_, err = b.Apply(ctx, called("one"))
	require.ErrorIs(t, err, penstock.ErrLimitExceeded)
}

// At one engine the last place is given once, however many ask for it at the same time.
func TestTheLastPlaceIsGivenOnce(t *testing.T) {
	const places = 5
	b := newBench(t, penstock.Config{Limits: penstock.Limits{Pipelines: places}})
	errs := make([]error, 40)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { _, errs[i] = b.Apply(t.Context(), called(fmt.Sprint("p", i))) })
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, penstock.ErrLimitExceeded)
		}
	}
	page, err := b.Pipelines(t.Context(), penstock.PipelineQuery{})
	require.NoError(t, err)
	require.LessOrEqual(t, len(page.Pipelines), places)
	for i := 0; len(page.Pipelines) < places; i++ { // some were refused because of others that were refused, too
		_, err := b.Apply(t.Context(), called(fmt.Sprint("p", i)))
		require.NoError(t, err)
		page, err = b.Pipelines(t.Context(), penstock.PipelineQuery{})
		require.NoError(t, err)
	}
	_, err = b.Apply(t.Context(), called("late"))
	require.ErrorIs(t, err, penstock.ErrLimitExceeded)
}

func TestThePlaceOfWhatCannotBeIsFree(t *testing.T) {
	inner := memory.New(nil)
	faulty := &storetest.Faulty{Store: inner}
	b := newBench(t, penstock.Config{State: faulty, Limits: penstock.Limits{Pipelines: 1}})
	faulty.Plan = func(op string, n int) storetest.Fault {
		if op == "List" {
			return storetest.Lost
		}
		return storetest.None
	}
	_, err := b.Apply(t.Context(), called("one"))
	require.Error(t, err)
	faulty.Plan = nil
	_, err = b.Apply(t.Context(), called("two"))
	require.NoError(t, err)
}

// The rows of the specification's table of validation errors that no definition can be judged by alone (A9): internal/definition has the others.
func TestA9OfTheStore(t *testing.T) {
	b := newBench(t, penstock.Config{})
	fill := func(from, to int) {
		for i := from; i < to; i++ {
			_, err := b.Do(t.Context(), penstock.ApplyPipeline{Pipeline: called(fmt.Sprint("p", i)), NoStart: true})
			require.NoError(t, err)
		}
	}
	t.Run("name already used", func(t *testing.T) {
		fill(0, 1)
		_, err := b.Do(t.Context(), penstock.ApplyPipeline{Pipeline: called("p0"), Only: penstock.CreateOnly})
		require.ErrorIs(t, err, penstock.ErrAlreadyExists)
	})
	t.Run("more than 1000 pipelines", func(t *testing.T) {
		fill(1, 1000)
		_, err := b.Apply(t.Context(), called("p1000"))
		require.ErrorIs(t, err, penstock.ErrLimitExceeded)
		require.NoError(t, b.Delete(t.Context(), "p7"))
		fill(1000, 1001)
	})
}

// What depends on the account is judged where the engine is told of it.
func TestJudging(t *testing.T) {
	regional := func(region, role string) penstock.Pipeline {
		text := `{"name": "p", "roleArn": "` + role + `", "artifactStore": {"type": "S3", "location": "bucket"}, "stages": [
			{"name": "Source", "actions": [{"name": "Fetch", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
				"configuration": {"S3Bucket": "b", "S3ObjectKey": "k"}, "outputArtifacts": [{"name": "code"}]}]},
			{"name": "Build", "actions": [` + codeBuild[:len(codeBuild)-1] + `, "region": "` + region + `"}]}]}`
		p, err := penstock.ParsePipeline([]byte(text))
		require.NoError(t, err)
		return p
	}
	const role = "arn:aws:iam::123456789012:role/service"
	for name, test := range map[string]struct {
		judging penstock.Judging
		p       penstock.Pipeline
		want    string
	}{
		"nothing is known":        {penstock.Judging{}, regional("us-east-1", role), ""},
		"the pipeline's region":   {penstock.Judging{Region: "us-east-1"}, regional("us-east-1", role), ""},
		"another region":          {penstock.Judging{Region: "eu-west-1"}, regional("us-east-1", role), "Your pipeline contains actions in more than one region."},
		"strictly":                {penstock.Judging{Strict: true}, onAWS(t, "p", codeBuild), "A pipeline must have artifactStore or artifactStores"},
		"a role that trusts":      {penstock.Judging{CanAssume: func(_, r string) bool { return r == role }}, regional("us-east-1", role), ""},
		"a role that trusts none": {penstock.Judging{CanAssume: func(_, _ string) bool { return false }}, regional("us-east-1", role), "CodePipeline is not authorized to perform AssumeRole on role " + role},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, penstock.Config{Judging: test.judging})
			_, err := b.Apply(t.Context(), test.p)
			if test.want == "" {
				require.NoError(t, err)
				require.NoError(t, test.p.ValidateAs(nil, test.judging))
				return
			}
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, test.p.ValidateAs(&penstock.Actions{}, test.judging), test.want)
			name, _ := penstock.Exception(err)
			require.NotEmpty(t, name)
		})
	}
}
