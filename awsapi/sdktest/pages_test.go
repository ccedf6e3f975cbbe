package sdktest

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
)

// executions are all, by pages of so many.
func (b *bench) executions(name string, page int32, stage string) (ids []string) {
	b.t.Helper()
	in := &codepipeline.ListPipelineExecutionsInput{PipelineName: &name, MaxResults: &page}
	if stage != "" {
		in.Filter = &types.PipelineExecutionFilter{SucceededInStage: &types.SucceededInStageFilter{StageName: &stage}}
	}
	for p := codepipeline.NewListPipelineExecutionsPaginator(b.Client, in); p.HasMorePages(); {
		out, err := p.NextPage(b.ctx)
		require.NoError(b.t, err)
		require.LessOrEqual(b.t, len(out.PipelineExecutionSummaries), int(page))
		for _, x := range out.PipelineExecutionSummaries {
			ids = append(ids, *x.PipelineExecutionId)
		}
	}
	return ids
}

func (b *bench) actions(name string, page int32) (ids []string) {
	b.t.Helper()
	in := &codepipeline.ListActionExecutionsInput{PipelineName: &name, MaxResults: &page}
	for p := codepipeline.NewListActionExecutionsPaginator(b.Client, in); p.HasMorePages(); {
		out, err := p.NextPage(b.ctx)
		require.NoError(b.t, err)
		require.LessOrEqual(b.t, len(out.ActionExecutionDetails), int(page))
		for _, a := range out.ActionExecutionDetails {
			ids = append(ids, *a.ActionExecutionId)
		}
	}
	return ids
}

func TestPages(t *testing.T) {
	state := memory.New(nil)
	b := newBench(t, penstock.Config{State: state, Limits: penstock.Limits{Executions: 500}})
	want := []string{b.create(pipeline("site", types.ExecutionModeParallel, jobAction("A", "ok"), jobAction("B", "ok")))}
	for range 130 {
		want = append(want, b.start("site"))
	}
	slices.Reverse(want)
	require.Equal(t, want, b.executions("site", 100, ""), "live, newest first")
	for i, id := range want { // every third goes on living among those that have ended
		if i%3 != 0 {
			require.NoError(t, b.engine.Stop(b.ctx, "site", id, ""))
		}
	}
	for _, page := range []int32{1, 7, 100} {
		require.Equal(t, want, b.executions("site", page, ""), "pages of %d", page)
	}

	first, err := b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: aws.String("site"), MaxResults: aws.Int32(5)})
	require.NoError(t, err)
	for i, id := range want { // the rest ends between two pages
		if i%3 == 0 {
			require.NoError(t, b.engine.Stop(b.ctx, "site", id, ""))
		}
	}
	again := newBench(t, penstock.Config{State: state}) // and the process is another one
	second, err := again.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: aws.String("site"), NextToken: first.NextToken})
	require.NoError(t, err)
	var got []string
	for _, x := range slices.Concat(first.PipelineExecutionSummaries, second.PipelineExecutionSummaries) {
		got = append(got, *x.PipelineExecutionId)
	}
	require.Equal(t, want[:105], got)

	all := b.actions("site", 100)
	require.Len(t, all, len(want), "the source of each")
	require.Equal(t, all, b.actions("site", 9))
	require.Empty(t, b.executions("site", 10, "Deploy"))
}

func TestWhatSucceededInAStage(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.run()
	var want []string
	id := b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	for range 5 {
		b.wait("site", id, penstock.StatusSucceeded)
		want = append(want, id)
		id = b.start("site")
	}
	b.wait("site", id, penstock.StatusSucceeded)
	want = append(want, id)
	slices.Reverse(want)
	require.Equal(t, want, b.executions("site", 2, "Deploy"))
	require.Len(t, b.actions("site", 5), 12)
	require.Equal(t, b.actions("site", 100), b.actions("site", 1))
}

func TestTokensThatAreNone(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	b.create(pipeline("other", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	b.start("site")
	b.start("site")
	page, err := b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: aws.String("site"), MaxResults: aws.Int32(1)})
	require.NoError(t, err)
	good := *page.NextToken
	ask := func(name, token string) error {
		_, err := b.ListPipelineExecutions(b.ctx, &codepipeline.ListPipelineExecutionsInput{PipelineName: &name, NextToken: &token})
		return err
	}
	require.NoError(t, ask("site", good))
	for _, err := range []error{ask("site", "nonsense"), ask("site", good[:len(good)-1]), ask("site", "A"+good[1:]), ask("other", good)} {
		fails[*types.InvalidNextTokenException](t, err)
	}
	_, err = b.ListActionExecutions(b.ctx, &codepipeline.ListActionExecutionsInput{PipelineName: aws.String("site"), NextToken: &good})
	fails[*types.InvalidNextTokenException](t, err)
}
