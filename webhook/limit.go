package webhook

import (
	"sync"
	"time"

	"github.com/penstock-dev/penstock"
)

// limits bound how often is looked at what is sent. Each webhook that is known to be there has a bucket of its own, so that nobody who does not
// know its URL can use it up; all others share one.
type limits struct {
	rate, burst float64

	mu        sync.Mutex
	known     map[string]*bucket // no more than there are webhooks
	strangers bucket
}

// bucket is filled by the rate, up to the burst.
type bucket struct {
	used  float64
	since time.Time
}

// take answers how long to wait; 0: now is fine.
func (l *limits) take(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.known[key]
	if b == nil {
		b = &l.strangers
	}
	b.used = max(b.used-l.rate*now.Sub(b.since).Seconds(), 0)
	b.since = now
	if b.used+1 > l.burst {
		return max(time.Duration((b.used+1-l.burst)/l.rate*float64(time.Second)), 1)
	}
	b.used++
	return 0
}

// learn sees by how a delivery was answered whether there is a webhook.
func (l *limits) learn(key string, answered penstock.Code) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case answered == penstock.ErrWebhookNotFound:
		delete(l.known, key)
	case answered == penstock.ErrInternal || answered == penstock.ErrUnavailable: // nobody has looked
	case l.known[key] == nil:
		l.known[key] = &bucket{used: 1, since: time.Now()}
	}
}
