package store

import (
	"encoding/hex"
	"time"
)

// ID names a commit: the token of the head that it made. It is drawn at random by whoever decides; the zero ID names none.
type ID [16]byte

// IsZero reports whether the ID names no commit.
func (id ID) IsZero() bool { return id == ID{} }

// String is the ID in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Batch is one step of one stream: conditions, and what is done if they all hold.
type Batch struct {
	Stream string    // "pipeline/storefront", "cap/eu-prod", "line"
	Expect ID        // token of the head that this was decided on; zero: the stream must not exist
	ID     ID        // token of the head that this makes; not zero
	Reads  []Read    // other streams that must be as they were: the line, a calendar, blocked revisions
	Live   []Lease   // must be held, by the claim with this Fence; of each, Name and Fence are read
	Dead   []Lease   // must be held by nobody, whatever its Fence; a lease that the store does not know is held by nobody
	Owner  string    // name of the lease that drives this stream from now on, "" for none: affinity, never authority
	Wake   time.Time // not later than the next due time, zero for none; may stay too early, so that it seldom changes
	Lane   int       // feed lane, from the committer's lease; 0 is everybody's
	Events []Event   // at least one; together one segment, versions follow the head's
	// Snapshot is the state after Events, and becomes the stream's newest. Empty keeps the one there is.
	Snapshot []byte
	Put      []Record // each replaces the record with its Ref and all its Keys
	Delete   []Ref    // absent is no error; no Ref is named twice in Put and Delete together
}

// Read is a condition on another stream.
type Read struct {
	Stream string
	Token  ID // of its head; zero: it must not exist
}

// Event is a fact. To a store it is a name and bytes.
type Event struct {
	Kind string // not empty
	Data []byte
}

// Ref names a record. Within a group IDs sort by creation ("00…07/…"), so that one B-tree finds, orders and pages.
type Ref struct {
	Kind  string // not empty: "execution", "action", "request"
	Group string // what it is listed by: a pipeline; may be empty
	ID    string // not empty
}

// Record is an entry of the read model, put in the same step as the events it tells of.
type Record struct {
	Ref
	New     bool      // it must not be there yet; the *Conflict carries the one that is. False in what a store returns
	Expires time.Time // zero: never; an expired record is absent, and may be put as New
	Keys    []Key     // further ways to list it: {"succeeded","7/Production"}; none twice
	Data    []byte
}

// Key is a name and value that a record can be listed by.
type Key struct {
	Name  string // not empty
	Value string
}
