package git

import (
	"context"
	"time"
)

// SetClock has a Poller take its time from elsewhere.
func (p *Poller) SetClock(now func() time.Time) { p.now = now }

// Ensure has a commit of a repository in a cache that keeps so many.
func Ensure(ctx context.Context, o Options, url, commit string, most int) error {
	r, err := o.open(Source{URL: url}, "")
	if err != nil {
		return err
	}
	m := r.mirror(commit)
	m.most = most
	return m.with(ctx, tip{commit: commit}, func(*mirror, string) error { return nil })
}
