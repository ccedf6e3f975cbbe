package s3dir_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/s3dir"
)

// rounds has the poller look a few times, and answers the executions, oldest first, when all have ended.
func (b *bench) rounds(p *s3dir.Poller) (out []penstock.Execution) {
	b.t.Helper()
	for range 3 {
		require.NoError(b.t, p.Poll(b.t.Context()))
	}
	page, err := b.Executions(b.t.Context(), penstock.ExecutionQuery{Pipeline: "shop"})
	require.NoError(b.t, err)
	for _, x := range page.Executions {
		out = append([]penstock.Execution{b.wait(x.ID)}, out...)
	}
	return out
}

func TestAChangeStartsOneExecution(t *testing.T) {
	b := newBench(t)
	b.put("in-bucket/app.zip", []byte("one"))
	b.run(release(s3dir.Source{}, s3dir.Deploy{Extract: new(true)}))
	require.Len(t, b.rounds(b.poll), 1, "the first execution has it")

	b.put("in-bucket/app.zip", []byte("two"))
	all := b.rounds(b.poll)
	require.Len(t, all, 2)
	require.Equal(t, penstock.TriggerPolling, all[1].Trigger)
	require.Equal(t, "in-bucket/app.zip", all[1].TriggerDetail)
	require.Equal(t, "two", b.get("out-bucket/app.zip"))

	another := &s3dir.Poller{Options: s3dir.Options{Root: b.root}, Engine: b.Engine}
	require.Len(t, b.rounds(another), 2, "another process notices the same change")

	b.put("in-bucket/app.zip", []byte("two"))
	require.Len(t, b.rounds(b.poll), 2, "the same content is the same version")
	b.put("in-bucket/app.zip", []byte("one"))
	require.Len(t, b.rounds(b.poll), 3, "back to an older one")
	require.NoError(t, os.Remove(filepath.Join(b.root, "in-bucket/app.zip")))
	require.Len(t, b.rounds(b.poll), 3)
}

func TestAnObjectThatComesLater(t *testing.T) {
	b := newBench(t)
	x := b.run(release(s3dir.Source{}, s3dir.Deploy{Extract: new(true)}))
	require.Equal(t, penstock.StatusFailed, x.Status)
	require.Len(t, b.rounds(b.poll), 1)
	b.put("in-bucket/app.zip", []byte("one"))
	require.Len(t, b.rounds(b.poll), 2)
	require.Len(t, b.rounds(b.poll), 2)
}

func TestADefinitionThatDoesNotPoll(t *testing.T) {
	b := newBench(t)
	b.put("in-bucket/app.zip", []byte("one"))
	b.run(release(s3dir.Source{Polls: new(false)}, s3dir.Deploy{Extract: new(true)}))
	b.put("in-bucket/app.zip", []byte("two"))
	require.Len(t, b.rounds(b.poll), 1)
	_, err := b.Apply(t.Context(), release(s3dir.Source{Polls: new(true)}, s3dir.Deploy{Extract: new(true)}))
	require.NoError(t, err)
	require.Len(t, b.rounds(b.poll), 2, "the new definition does")
}

func TestAnObjectThatIsBeingWrittenStartsNothing(t *testing.T) {
	b := newBench(t)
	b.put("in-bucket/app.zip", []byte("one"))
	b.run(release(s3dir.Source{}, s3dir.Deploy{Extract: new(true)}))
	for _, text := range []string{"tw", "two", "two!"} {
		require.NoError(t, os.WriteFile(filepath.Join(b.root, "in-bucket/app.zip"), []byte(text), 0o644))
		require.NoError(t, b.poll.Poll(t.Context()))
	}
	page, err := b.Executions(t.Context(), penstock.ExecutionQuery{Pipeline: "shop"})
	require.NoError(t, err)
	require.Len(t, page.Executions, 1)
	require.Len(t, b.rounds(b.poll), 2)
}
