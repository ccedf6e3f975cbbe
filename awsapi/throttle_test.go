package awsapi

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestThrottle(t *testing.T) {
	start := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	type step struct {
		at   time.Duration
		who  string
		want bool
	}
	for _, test := range []struct {
		name  string
		rate  Rate
		steps []step
	}{
		{"no limit", Rate{Burst: 1}, []step{{0, "ana", true}, {0, "ana", true}}},
		{"a burst", Rate{PerSecond: 1, Burst: 2}, []step{{0, "ana", true}, {0, "ana", true}, {0, "ana", false}, {999 * time.Millisecond, "ana", false}, {time.Second, "ana", true}, {time.Second, "ana", false}}},
		{"no more than a burst is saved", Rate{PerSecond: 1, Burst: 2}, []step{{0, "ana", true}, {time.Hour, "ana", true}, {time.Hour, "ana", true}, {time.Hour, "ana", false}}},
		{"a burst by default", Rate{PerSecond: 2}, []step{{0, "ana", true}, {0, "ana", true}, {0, "ana", false}, {500 * time.Millisecond, "ana", true}}},
		{"less than one a second", Rate{PerSecond: 0.5}, []step{{0, "ana", true}, {time.Second, "ana", false}, {2 * time.Second, "ana", true}}},
		{"each for himself", Rate{PerSecond: 1}, []step{{0, "ana", true}, {0, "ana", false}, {0, "ben", true}}},
		{"a clock that goes back", Rate{PerSecond: 1}, []step{{time.Minute, "ana", true}, {0, "ana", false}, {time.Minute, "ana", false}, {61 * time.Second, "ana", true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := start
			limit := throttle{rate: test.rate, now: func() time.Time { return now }}
			for i, s := range test.steps {
				now = start.Add(s.at)
				require.Equal(t, s.want, limit.take(s.who) == nil, "step %d", i)
			}
		})
	}
}

func TestThrottleForgets(t *testing.T) {
	now := time.Now()
	limit := throttle{rate: Rate{PerSecond: 1}, now: func() time.Time { return now }}
	for i := range 2 * mostPrincipals {
		require.NoError(t, limit.take(fmt.Sprint(i)))
		require.LessOrEqual(t, len(limit.buckets), mostPrincipals)
	}
	require.Len(t, limit.buckets, mostPrincipals, "all of them are busy")
	now = now.Add(time.Second)
	require.NoError(t, limit.take("ana"))
	require.Len(t, limit.buckets, 1, "the others have all again")
}
