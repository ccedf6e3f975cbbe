package machine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/store"
)

// TestStoredTypes proves that everything that is stored has a stored form.
func TestStoredTypes(t *testing.T) {
	kinds := []string{
		"pipeline.defined", "pipeline.deleted", "transition.changed", "execution.started", "execution.waiting", "execution.stopping", "execution.outdated",
		"execution.ended", "stage.entered", "stage.failed", "stage.retried", "stage.ended", "action.started", "action.claimed",
		"action.progressed", "action.pending", "action.retrying", "action.ended", "worker.lost", "work.gone", "owner.changed", "history.paged",
		"stream.quarantined", "stream.released", "job.queued", "job.taken", "job.acknowledged", "job.returned", "job.stored",
	}
	for _, kind := range kinds {
		e := blank(kind)
		require.NotNil(t, e, kind)
		require.Equal(t, kind, e.Kind())
		require.NoError(t, codec.Check(e), kind)
	}
	for _, v := range []any{&snapshot{}, &ExecutionRecord{}, &ExecutionHead{}, &ActionRecord{}, &ActionPage{}, &JobRecord{}} {
		require.NoError(t, codec.Check(v))
	}
}

func TestID(t *testing.T) {
	first, second := Seed{1}.id(7, 1), Seed{1}.id(8, 1)
	require.Less(t, first.String(), second.String(), "IDs sort by sequence")
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, first.String())
	parsed, err := ParseID(first.String())
	require.NoError(t, err)
	require.Equal(t, first, parsed)
	for _, bad := range []string{"", "x1", first.String()[1:], "zz" + first.String()[2:]} {
		_, err := ParseID(bad)
		require.Error(t, err, bad)
	}
}

func TestUnknownEventIsAnError(t *testing.T) {
	_, err := Restore("p", nil, []store.Event{{Kind: "execution.teleported"}}, nil)
	require.ErrorContains(t, err, "newer release")
	_, err = Restore("p", nil, []store.Event{{Kind: "stage.entered", Data: []byte{1}}}, nil)
	require.ErrorContains(t, err, "does not fold", "an event that fits no state is an error, not a crash")
}
