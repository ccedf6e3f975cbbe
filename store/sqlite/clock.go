package sqlite

import (
	"math"
	"sync"
	"time"
)

// never stands for the zero time among the microseconds since 1970 that the database holds.
const never = math.MinInt64

// micros rounds down.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixMicro()
}

func moment(micros int64) time.Time {
	if micros == never {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// nullable is the database's form of micros.
func nullable(micros int64) any {
	if micros == never {
		return nil
	}
	return micros
}

// clock never goes back, also from one opening to the next. When the system's clock is set back it goes on from where it was, so that what
// is due does not have to wait until the old time comes a second time.
type clock struct {
	read func() time.Time

	mu     sync.Mutex
	before time.Time // last reading
	latest time.Time // shown
}

// now is the store's time in microseconds.
func (c *clock) now() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	reading := c.read()
	if elapsed := reading.Sub(c.before); elapsed > 0 && !c.before.IsZero() { // monotonic, where readings are
		c.latest = c.latest.Add(elapsed)
	}
	if wall := reading.Round(0); wall.After(c.latest) {
		c.latest = wall
	}
	c.before = reading
	return c.latest.UnixMicro()
}

// notBefore makes the clock go on from a time that was shown before.
func (c *clock) notBefore(micros int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := moment(micros); t.After(c.latest) {
		c.latest = t
	}
}
