package store

import "time"

// CursorEnd as FeedQuery.Cursor answers no events and, in Next, the cursor for what comes from now on.
const CursorEnd = "end"

// Bounds of a page.
const (
	DefaultPage = 100  // entries, where the limit is 0 or less
	MaxPage     = 1000 // entries, where the limit is greater
)

// PageLimit is the number of entries that a limit stands for, in every call that has one.
func PageLimit(limit int) int {
	if limit <= 0 {
		return DefaultPage
	}
	return min(limit, MaxPage)
}

// Query asks for records. They come by ID, greatest and so newest first.
type Query struct {
	Kind string // not empty
	// Group is the group to list. With Key, empty means all groups: they come in order, each by ID.
	Group     string
	Key       *Key   // nil: all records of the group
	Ascending bool   // smallest first, groups too
	Cursor    string // Page.Next of the same query; "" starts
	Limit     int    // see PageLimit
}

// Check says what makes no sense in a query as *Invalid, the cursor aside, which only its driver can read.
func (q Query) Check() error {
	if err := checkName("", "kind of a query", q.Kind, false); err != nil {
		return err
	}
	if q.Key != nil {
		if err := checkKey("", *q.Key); err != nil {
			return err
		}
	}
	return checkName("", "group of a query", q.Group, true)
}

// Page is part of a list. It holds at most Limit records, and fewer where they are large.
type Page struct {
	Records []Record
	Next    string // cursor of the next page; "": this was the last
}

// FeedQuery asks for events, oldest first.
type FeedQuery struct {
	Stream string // "": the feed of all streams
	After  uint64 // with Stream: the version to start behind
	Cursor string // without Stream: Feed.Next, "" for the oldest that is kept, or CursorEnd
	Limit  int    // see PageLimit
}

// Check says what makes no sense in a feed query as *Invalid, the cursor aside, which only its driver can read.
func (q FeedQuery) Check() error {
	switch {
	case q.Stream == "" && q.After != 0:
		return &Invalid{Problem: "a feed query has After without Stream; the feed of all streams goes by Cursor"}
	case q.Stream != "" && q.Cursor != "":
		return &Invalid{Stream: q.Stream, Problem: "a feed query has both Stream and Cursor; the feed of one stream goes by After"}
	}
	return checkName("", "stream of a feed query", q.Stream, true)
}

// Feed is part of a feed: at most Limit events, and fewer where they are large, but at least one if there is any.
//
// The feed of one stream holds its versions in order, without a gap. The feed of all streams is one lane a replica, each in
// order of commit, and promises no order between lanes: where a stream changed hands its events may come out of order, so
// order them by Version. Nothing ever appears behind a cursor; from the first page to the last nothing is left out and
// nothing comes twice.
type Feed struct {
	Events    []FeedEvent
	Next      string // feed of all streams: where to go on, also when no event came; else ""
	Compacted bool   // some events behind After or Cursor have been pruned: load the streams instead
}

// FeedEvent is an event and where it stands.
type FeedEvent struct {
	Stream  string
	Version uint64
	At      time.Time // when it was committed, on the store's clock
	Event   Event
}
