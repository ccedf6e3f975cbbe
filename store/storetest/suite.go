package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// rule is one sub-test, and what it means when it fails.
type rule[S any] struct {
	name string
	why  string
	test func(S)
}

// TestState checks a StateStore. open answers a new, empty store with default limits whose time follows clock; the suite closes it.
func TestState(t *testing.T, open func(t testing.TB, clock *Clock) store.StateStore) {
	t.Helper()
	check(t, stateRules(), func(t *testing.T) *subject {
		clock := newClock()
		return newSubject(t, clock, open(t, clock))
	})
}

// TestShared checks two handles on one StateStore, as two processes have them. Each of the two is closed.
func TestShared(t *testing.T, open func(t testing.TB, clock *Clock) (a, b store.StateStore)) {
	t.Helper()
	check(t, sharedRules(), func(t *testing.T) [2]*subject {
		clock := newClock()
		a, b := open(t, clock)
		return [2]*subject{newSubject(t, clock, a), newSubject(t, clock, b)}
	})
}

// TestArtifacts checks an ArtifactStore. open answers a new, empty store whose time follows clock. If the store it answers has a method
// Damage(digest string) that changes what is kept under the digest, the suite checks that readers notice.
func TestArtifacts(t *testing.T, open func(t testing.TB, clock *Clock) store.ArtifactStore) {
	t.Helper()
	check(t, artifactRules(), func(t *testing.T) *artifacts {
		clock := newClock()
		return &artifacts{T: t, clock: clock, store: open(t, clock)}
	})
}

// TestLogs checks a LogStore. open answers a new, empty store that lets one log have 1 MiB at least.
func TestLogs(t *testing.T, open func(t testing.TB, clock *Clock) store.LogStore) {
	t.Helper()
	check(t, logRules(), func(t *testing.T) *logs {
		return &logs{T: t, store: open(t, newClock())}
	})
}

func stateRules() []rule[*subject] {
	return slices.Concat(
		commitRules(), conditionRules(), raceRules(), loadRules(), recordRules(), listRules(), feedRules(),
		leaseRules(), dueRules(), inputRules(), lifeRules(), abilityRules(), faultRules(),
	)
}

// check runs each rule on a subject of its own.
func check[S any](t *testing.T, rules []rule[S], open func(t *testing.T) S) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the rule that is broken: %s", r.why)
				}
			})
			r.test(open(t))
		})
	}
}

func newClock() *Clock { return NewClock(time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)) }
