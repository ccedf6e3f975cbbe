package penstock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
)

// A type is created while engines run: from then on job workers serve it, at every engine of the store, until it is deleted.
func TestJobsOfATypeThatWasCreated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state := memory.New(nil)
		a, b := newBench(t, penstock.Config{State: state}), bare(t, state)
		a.run()
		ctx := t.Context()
		made := scanType()
		made.Properties = append(made.Properties, penstock.ActionTypeProperty{Name: "Project", Required: true, Queryable: true})
		q := penstock.PollJobs{Type: made.Type(), Query: map[string]string{"Project": "shop"}, Wait: time.Hour}
		_, err := b.PollJobs(ctx, q)
		require.ErrorIs(t, err, penstock.ErrActionTypeNotFound)
		require.NoError(t, b.CreateActionType(ctx, made))

		p, err := penstock.ParsePipeline([]byte(`{"name": "p", "stages": [
			{"name": "Source", "actions": [{"name": "Fetch", "actionTypeId": {"category": "Source", "owner": "Custom", "provider": "Fetch", "version": "1"},
				"configuration": {"Out": "code"}, "outputArtifacts": [{"name": "code"}]}]},
			{"name": "Test", "actions": [` + scanAction(`{"Key": "s3cret", "Project": "shop"}`) + `]}]}`))
		require.NoError(t, err)
		applied, err := a.Apply(ctx, p)
		require.NoError(t, err)
		jobs, err := b.PollJobs(ctx, q)
		require.NoError(t, err)
		require.Len(t, jobs, 1)
		require.Equal(t, "s3cret", jobs[0].Configuration["Key"], "the worker needs the secret itself")
		_, err = b.PollJobs(ctx, penstock.PollJobs{Type: made.Type()})
		require.ErrorIs(t, err, penstock.ErrInvalid, "its workers poll by Project")

		require.NoError(t, a.DeleteActionType(ctx, penstock.CategoryTest, "Scan", "1"))
		_, err = b.PollJobs(ctx, q)
		require.ErrorIs(t, err, penstock.ErrActionTypeNotFound, "what was deleted is polled no more")
		shown, err := b.ActionExecutions(ctx, penstock.ActionExecutionQuery{Pipeline: "p", Execution: applied.Execution})
		require.NoError(t, err)
		require.Equal(t, penstock.SecretMask, shown.Actions[0].Configuration["Key"])
	})
}
