package store

import (
	"context"
	"time"
)

// StateStore keeps streams, records and leases. The package documentation says what holds for every method: concurrency,
// memory, time, errors.
type StateStore interface {
	// Commit applies, in one durable transaction and in order, every batch whose conditions hold when its turn comes, and
	// answers one error a batch (see Refused). Each batch sees what those before it in the same call did. A batch is applied
	// whole or not at all; a refused one never costs the others, except those built on it: their Expect is never reached.
	//
	// First the batch is checked by itself (Batch.Check). Then, if its ID is the id of any commit of its stream that is still
	// kept, the answer is nil and nothing is done, whatever the conditions now say. Then the conditions are judged in the order
	// Expect, Reads, Live, Dead, records that must be New; the first that does not hold is the *Conflict.
	Commit(ctx context.Context, batches []Batch) []error
	// Load returns head, newest snapshot and the events after it of each stream, in the order asked. Absent streams are left
	// out, a name asked twice is answered once. How much that is lies with the caller, who writes snapshots.
	Load(ctx context.Context, streams ...string) ([]Stream, error)
	// Get returns the records with these refs, in the order asked, nil where there is none or it has expired.
	Get(ctx context.Context, refs ...Ref) ([]*Record, error)
	// List pages the records of one kind and group, or of one key. Pages are stable: whatever is put or deleted meanwhile, a
	// record that was there all the time comes exactly once. *Invalid: the query or its cursor makes no sense.
	List(ctx context.Context, q Query) (Page, error)
	// Events pages the feed of one stream (Stream, After a version), or of all (Cursor). *Invalid as List.
	Events(ctx context.Context, q FeedQuery) (Feed, error)
	// Lease takes (Fence 0), renews (the Fence it was taken with), or with ttl 0 ends a lease.
	//
	// Taking and renewing answer the lease: its fence, its lane, its end. A take answers a fence greater than every earlier one of that
	// name. *Conflict (ConditionLease) together with the lease now in force: another claim holds it, or the claim to be renewed has
	// ended, and what has ended does not come back: take it anew. Ending what has ended, or never was, is no error. Non-nil
	// Data replaces what is kept. *Invalid: no name, a negative ttl, an end without a fence; *TooLarge: Data over Limits.Record.
	//
	// A name counts as driven while anyone holds it, so a process takes a name of its own at each start. A driver may forget an
	// ended lease that owns no stream, and give its lane to a new name.
	Lease(ctx context.Context, l Lease, ttl time.Duration) (Lease, error)
	// Due returns up to limit (see PageLimit) streams whose Wake has come or whose Owner's lease has ended. Streams that nobody drives
	// come before those whose Owner still lives, so that a busy replica's never hide them. The caller acts on them with commits that
	// move Wake or Owner; otherwise the next call answers the same ones.
	Due(ctx context.Context, limit int) (Due, error)
	// Close makes every later call answer ErrClosed; one under way may be answered either way. A second Close answers nil.
	Close() error
}

// Stream is what Load returns: the truth of one stream.
type Stream struct {
	Name            string
	Owner           string  // of the newest batch
	Token           ID      // of the newest batch: what the next one expects
	Version         uint64  // of the newest event
	SnapshotVersion uint64  // of the last event that Snapshot covers; 0: there is none
	Snapshot        []byte  // as it was given
	Events          []Event // SnapshotVersion+1 … Version
}

// Lease is a name held for a while. It backs affinity (Batch.Owner), fencing (Batch.Live, Batch.Dead) and the lanes of the feed.
type Lease struct {
	Name    string
	Fence   uint64    // of this claim; rises with every take of the name
	Lane    int       // the holder's lane in the feed, from 1, no other live lease has it; set by the store
	Data    []byte    // whatever the holder wants known: types served, address
	Expires time.Time // set by the store: its clock plus the ttl
	Now     time.Time // the store's clock at this answer
}

// Due is who needs attention.
type Due struct {
	Streams []string  // those that nobody drives first; each group by its Wake (none first), then by name
	Ended   []Lease   // ended leases that still own streams, at most limit, by name; one that the store does not know has no Fence
	Now     time.Time // the store's clock at this answer
	Next    time.Time // when to ask again: the next Wake, or end of a lease that owns streams; Now if limit cut the answer; zero: nothing is to come
}
