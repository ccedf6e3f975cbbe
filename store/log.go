package store

import "context"

// Bounds of LogStore.Read.
const (
	DefaultRead = 64 << 10 // bytes, where the limit is 0 or less
	MaxRead     = 1 << 20  // bytes, where the limit is greater
)

// LogStore keeps the output of runs. It is safe for concurrent use, by any number of processes. A log exists from its first use
// and is bounded: how long, and how many logs are kept, are options of the driver.
type LogStore interface {
	// Append adds to the log of (ID, Run), in the order of the calls that returned. A fence lower than one that this log has already seen
	// is refused with ErrFenced; an Append without bytes shows the log a fence too. Bytes over the limit of one log are refused
	// with ErrFull, and what fits of them is kept. Nothing of p is kept hold of.
	Append(ctx context.Context, log LogRef, p []byte) error
	// Read answers up to limit bytes (see DefaultRead, MaxRead) from offset, and the log's size. It answers no bytes at or behind the end, so a
	// reader tails a log by asking again from where it stands. An absent log is empty. *Invalid: a negative offset.
	Read(ctx context.Context, id string, run int, offset int64, limit int) (p []byte, size int64, err error)
}

// LogRef names a run's log and the claim that writes it.
type LogRef struct {
	ID    string // action execution; not empty
	Run   int    // not negative
	Fence uint64
}

// Check answers *Invalid or *TooLarge for what cannot name a log.
func (l LogRef) Check() error {
	if l.Run < 0 {
		return &Invalid{Problem: "a log has a negative run"}
	}
	return checkName("", "ID of a log", l.ID, false)
}

// ReadLimit is the number of bytes that LogStore.Read's limit stands for.
func ReadLimit(limit int) int {
	if limit <= 0 {
		return DefaultRead
	}
	return min(limit, MaxRead)
}
