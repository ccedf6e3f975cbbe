package memory_test

import (
	"testing"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/storetest"
)

func TestState(t *testing.T) {
	t.Parallel()
	storetest.TestState(t, func(_ testing.TB, clock *storetest.Clock) store.StateStore {
		return memory.New(&memory.Options{Now: clock.Now})
	})
}

func TestStateShared(t *testing.T) {
	t.Parallel()
	storetest.TestShared(t, func(_ testing.TB, clock *storetest.Clock) (a, b store.StateStore) {
		s := memory.New(&memory.Options{Now: clock.Now})
		return s, s
	})
}

func TestArtifacts(t *testing.T) {
	t.Parallel()
	storetest.TestArtifacts(t, func(_ testing.TB, clock *storetest.Clock) store.ArtifactStore {
		return memory.Damageable{Artifacts: memory.NewArtifacts(&memory.ArtifactOptions{Now: clock.Now})}
	})
}

func TestLogs(t *testing.T) {
	t.Parallel()
	storetest.TestLogs(t, func(testing.TB, *storetest.Clock) store.LogStore { return memory.NewLogs(nil) })
}
