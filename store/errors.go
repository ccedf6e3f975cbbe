package store

import (
	"errors"
	"fmt"
)

// Sentinels; drivers may wrap them.
var (
	ErrClosed   = errors.New("store: closed")             // the store was closed before or during the call
	ErrNotFound = errors.New("store: not found")          // no such content
	ErrCorrupt  = errors.New("store: content is corrupt") // what was read does not hash to its digest
	ErrYoung    = errors.New("store: content is too young to delete")
	ErrFenced   = errors.New("store: a later claim owns this log") // the writer's fence is lower than one already seen
	ErrFull     = errors.New("store: full")                        // the log, or the store, takes no more bytes
)

// What a Conflict can be about.
const (
	ConditionHead  = "head"  // Batch.Expect
	ConditionRead  = "read"  // Batch.Reads; Name is the stream
	ConditionLive  = "live"  // Batch.Live; Name is the lease
	ConditionDead  = "dead"  // Batch.Dead; Name is the lease
	ConditionNew   = "new"   // Record.New; Name is the record's ID, Holder the record that is there
	ConditionLease = "lease" // StateStore.Lease; Name is the lease
)

// Conflict says that a condition no longer holds: somebody else was faster. Load again, decide again.
type Conflict struct {
	Stream    string  // of the batch; "" for a lease
	Condition string  // Condition…
	Name      string  // what the condition is about
	Holder    *Record // ConditionNew: the record that is there
}

// Error says which condition failed.
func (e *Conflict) Error() string {
	what := map[string]string{
		ConditionHead:  "its head is not the one that the batch was decided on",
		ConditionRead:  fmt.Sprintf("stream %q is not as it was read", e.Name),
		ConditionLive:  fmt.Sprintf("lease %q is not held with that fence", e.Name),
		ConditionDead:  fmt.Sprintf("lease %q is still held", e.Name),
		ConditionNew:   fmt.Sprintf("record %q is there already", e.Name),
		ConditionLease: fmt.Sprintf("lease %q is held by another claim, or this claim has ended", e.Name),
	}[e.Condition]
	if what == "" {
		what = fmt.Sprintf("condition %q on %q does not hold", e.Condition, e.Name)
	}
	return "store: " + about(e.Stream) + what
}

// TooLarge says that something is over its limit (see Limits); the same again is refused again.
type TooLarge struct {
	Stream string // of the batch; "" outside of one
	What   string // "events", "snapshot", "record", "lease data", "name", "artifact"
	Limit  int    // bytes
}

// Error says what was too large, and what would have fitted.
func (e *TooLarge) Error() string {
	return fmt.Sprintf("store: %s%s: over the limit of %d bytes", about(e.Stream), e.What, e.Limit)
}

// Invalid says that the caller asked for something that makes no sense: a mistake in the program, or a cursor that is not of this
// store. The same again is refused again.
type Invalid struct {
	Stream  string // of the batch; "" outside of one
	Problem string
	Cursor  bool // it is about a query's cursor, which users may have kept, or made up
}

// Error says what is wrong.
func (e *Invalid) Error() string { return "store: " + about(e.Stream) + e.Problem }

// Refused reports whether a batch that Commit answered with err has certainly not been applied. Any other error, nil aside,
// means "unknown": offer the same batch again.
func Refused(err error) bool {
	var conflict *Conflict
	var large *TooLarge
	var invalid *Invalid
	return errors.As(err, &conflict) || errors.As(err, &large) || errors.As(err, &invalid)
}

func about(stream string) string {
	if stream == "" {
		return ""
	}
	return stream + ": "
}
