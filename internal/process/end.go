package process

import (
	"context"
	"fmt"
	"time"
)

// How long to wait before a tree is looked at again: longer each time.
const (
	firstPause = time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// killDelay is how long the kernel may take to end any of what was killed: next to nothing, unless the machine is overloaded or a device hangs.
// As long as some do end, the others may take up to killMost in all: an overloaded machine ends a thousand processes one by one.
const (
	killDelay = 5 * time.Second
	killMost  = time.Minute
)

// end asks the tree to end, and ends it by force after grace. It answers how many processes there were.
func (t *tree) end(ctx context.Context, grace time.Duration) (int, error) {
	before, err := t.look()
	if err == nil && before == 0 {
		return 0, nil
	}
	if grace > 0 {
		if gone, err := t.vanishes(ctx, grace, t.ask); gone || ctx.Err() != nil {
			return before, err
		}
	}
	gone, err := t.die(ctx)
	if err == nil && !gone {
		err = fmt.Errorf("%w: %s", ErrSurvivors, t.survivors())
	}
	return before, err
}

// die ends all by force.
func (t *tree) die(ctx context.Context) (gone bool, err error) {
	for until := time.Now().Add(killMost); ; {
		before := t.survivors()
		gone, err = t.vanishes(ctx, killDelay, t.kill)
		if gone || err != nil || t.survivors() == before || time.Now().After(until) {
			return gone, err
		}
	}
}

// vanishes looks until nobody is left, or for so long, and does what is given while there is somebody. It goes on when it cannot look:
// a machine without a free file descriptor may have one in a moment, and what is known can be ended meanwhile.
func (t *tree) vanishes(ctx context.Context, within time.Duration, urge func()) (bool, error) {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	late := false
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		n, err := t.look()
		if err == nil && n == 0 || late {
			return err == nil && n == 0, err
		}
		urge()
		next := time.NewTimer(pause)
		select {
		case <-next.C:
		case <-deadline.C:
			late = true
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
		next.Stop()
	}
}
