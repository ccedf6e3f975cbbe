package storetest

import (
	"sync"
	"time"
)

// Clock is the time that the suite wants a store to have. There are three ways to give it to a driver:
//
//   - the driver takes a clock: pass it Clock.Now;
//   - the driver has a clock that can be moved (an offset to a database's time, say): register what moves it with OnAdvance;
//   - neither: register a function that waits. That is correct, but slow: the suite moves the clock by hours.
//
// The suite never compares the clock's time with the store's; it reads the store's own from its answers.
type Clock struct {
	mu      sync.Mutex
	now     time.Time
	advance []func(time.Duration)
}

// NewClock makes a clock that stands at now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is the time that the clock stands at.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to now, backwards too. What OnAdvance registered is not called.
func (c *Clock) Set(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

// Advance moves the clock on by d, and every store that follows it.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for _, f := range c.advance {
		f(d)
	}
}

// OnAdvance registers what moves a store's own clock on. When f returns, the store's time has moved on by d or more. f does not use the Clock.
func (c *Clock) OnAdvance(f func(d time.Duration)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.advance = append(c.advance, f)
}
