package awsapi

import (
	"math"
	"net/http"
	"sync"
	"time"
)

// Rate is how many requests one principal may send: a bucket that holds Burst requests, and fills by PerSecond a second.
type Rate struct {
	PerSecond float64 // zero or less: no limit
	Burst     int     // requests at once. Default: PerSecond, and 1 at least
}

// mostPrincipals bounds what is remembered of them.
const mostPrincipals = 4096

// throttle knows what each principal has left.
type throttle struct {
	rate    Rate
	now     func() time.Time
	mu      sync.Mutex
	buckets map[string]bucket
}

// bucket is what a principal had left at a moment.
type bucket struct {
	left float64
	at   time.Time
}

var throttled = &exception{http.StatusBadRequest, "ThrottlingException", "Rate exceeded"}

// take takes one request from what a principal has left, or refuses it.
func (t *throttle) take(principal string) error {
	if t.rate.PerSecond <= 0 {
		return nil
	}
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	b, known := t.buckets[principal]
	if !known {
		t.makeRoom(now)
		b = bucket{t.most(), now}
	}
	b = t.filled(b, now)
	if b.left < 1 {
		t.buckets[principal] = b
		return throttled
	}
	b.left--
	t.buckets[principal] = b
	return nil
}

func (t *throttle) most() float64 {
	if t.rate.Burst > 0 {
		return float64(t.rate.Burst)
	}
	return math.Max(t.rate.PerSecond, 1)
}

// filled is a bucket as it is now. A clock that goes back fills nothing.
func (t *throttle) filled(b bucket, now time.Time) bucket {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		return bucket{math.Min(t.most(), b.left+passed*t.rate.PerSecond), now}
	}
	return b
}

// makeRoom forgets principals whose buckets are full again, which is as if they had never come; where all have been busy, any one.
func (t *throttle) makeRoom(now time.Time) {
	if t.buckets == nil {
		t.buckets = map[string]bucket{}
	}
	if len(t.buckets) < mostPrincipals {
		return
	}
	for principal, b := range t.buckets {
		if t.filled(b, now).left >= t.most() {
			delete(t.buckets, principal)
		}
	}
	for principal := range t.buckets {
		if len(t.buckets) < mostPrincipals {
			return
		}
		delete(t.buckets, principal)
	}
}
