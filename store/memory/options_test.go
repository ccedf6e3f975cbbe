package memory_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/storetest"
)

var start = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)

// appendTo commits to a stream that is not there yet.
func appendTo(t *testing.T, s *memory.Store, b store.Batch) error {
	t.Helper()
	b.ID = store.ID{1}
	if b.Events == nil {
		b.Events = []store.Event{{Kind: "one"}}
	}
	errs := s.Commit(t.Context(), []store.Batch{b})
	require.Len(t, errs, 1)
	return errs[0]
}

func TestExclusive(t *testing.T) {
	t.Parallel()
	require.False(t, memory.New(nil).Exclusive())
	require.True(t, memory.New(&memory.Options{Exclusive: true}).Exclusive())
}

func TestClockNeverGoesBack(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(start)
	s := memory.New(&memory.Options{Now: clock.Now})
	lease, err := s.Lease(t.Context(), store.Lease{Name: "x"}, time.Hour)
	require.NoError(t, err)
	clock.Set(start.Add(-24 * time.Hour))
	due, err := s.Due(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, start, due.Now)
	clock.Set(start.Add(time.Hour))
	_, err = s.Lease(t.Context(), lease, time.Hour)
	require.ErrorAs(t, err, new(*store.Conflict))
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := memory.New(&memory.Options{Limits: store.Limits{Events: 10, Snapshot: 5, Record: 3}})
	tests := []struct {
		name  string
		batch store.Batch
		what  string
	}{
		{"events", store.Batch{Events: []store.Event{{Kind: "one", Data: make([]byte, 8)}}}, "events"},
		{"snapshot", store.Batch{Snapshot: make([]byte, 6)}, "snapshot"},
		{"record", store.Batch{Put: []store.Record{{Ref: store.Ref{Kind: "k", ID: "1"}, Data: make([]byte, 4)}}}, "record"},
		{"all fit", store.Batch{
			Events: []store.Event{{Kind: "one", Data: make([]byte, 7)}}, Snapshot: make([]byte, 5),
			Put: []store.Record{{Ref: store.Ref{Kind: "k", ID: "1"}, Data: make([]byte, 3)}},
		}, ""},
	}
	for _, tt := range tests {
		tt.batch.Stream = "a"
		err := appendTo(t, s, tt.batch)
		if tt.what == "" {
			require.NoError(t, err, tt.name)
			continue
		}
		var large *store.TooLarge
		require.ErrorAs(t, err, &large, tt.name)
		require.Equal(t, tt.what, large.What)
	}
	_, err := s.Lease(t.Context(), store.Lease{Name: "x", Data: make([]byte, 4)}, time.Hour)
	require.ErrorAs(t, err, new(*store.TooLarge))
}

func TestHints(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(start)
	s := memory.New(&memory.Options{Now: clock.Now})
	owner, err := s.Lease(t.Context(), store.Lease{Name: "owner"}, time.Hour)
	require.NoError(t, err)
	other, err := s.Lease(t.Context(), store.Lease{Name: "other"}, time.Hour)
	require.NoError(t, err)
	first, second := s.Hints(), s.Hints()
	tests := []struct {
		name  string
		batch store.Batch
		hint  bool
	}{
		{"no wake", store.Batch{}, false},
		{"wake to come", store.Batch{Wake: start.Add(time.Second)}, false},
		{"due, nobody drives it", store.Batch{Wake: start}, true},
		{"due, by its owner", store.Batch{Wake: start, Owner: "owner", Lane: owner.Lane}, false},
		{"due, by another replica", store.Batch{Wake: start, Owner: "owner", Lane: other.Lane}, true},
		{"due, by a tool", store.Batch{Wake: start, Owner: "owner"}, true},
		{"due, owner unknown", store.Batch{Wake: start, Owner: "unknown"}, true},
		{"refused", store.Batch{Wake: start, Expect: store.ID{9}}, false},
	}
	for _, tt := range tests {
		tt.batch.Stream = tt.name
		err := appendTo(t, s, tt.batch)
		require.Equal(t, tt.name == "refused", err != nil)
		for _, hints := range []<-chan string{first, second} {
			select {
			case name := <-hints:
				require.True(t, tt.hint, tt.name)
				require.Equal(t, tt.name, name)
			default:
				require.False(t, tt.hint, tt.name)
			}
		}
	}
	require.NoError(t, s.Close())
	for _, hints := range []<-chan string{first, second, s.Hints()} {
		_, open := <-hints
		require.False(t, open)
	}
}

func TestForeignFeedCursor(t *testing.T) {
	t.Parallel()
	s := memory.New(nil)
	require.NoError(t, appendTo(t, s, store.Batch{Stream: "a"}))
	for _, cursor := range []string{"2", "-1", "1.0", "x", "99999999999999999999"} {
		_, err := s.Events(t.Context(), store.FeedQuery{Cursor: cursor})
		require.ErrorAs(t, err, new(*store.Invalid), cursor)
	}
	feed, err := s.Events(t.Context(), store.FeedQuery{Cursor: "1"})
	require.NoError(t, err)
	require.Empty(t, feed.Events)
}

// A page of large entries ends early, and the next one goes on.
func TestPagesAreBoundedInBytes(t *testing.T) {
	t.Parallel()
	s := memory.New(nil)
	const n = 40
	large := make([]byte, 1<<20-10)
	token := store.ID{}
	for i := range n {
		b := store.Batch{Stream: "a", Expect: token, ID: store.ID{byte(i + 1)}, Events: []store.Event{{Kind: "one", Data: large}}}
		b.Put = []store.Record{{Ref: store.Ref{Kind: "k", ID: string(rune('a' + i))}, Data: large}}
		require.NoError(t, s.Commit(t.Context(), []store.Batch{b})[0])
		token = b.ID
	}
	page, err := s.List(t.Context(), store.Query{Kind: "k"})
	require.NoError(t, err)
	require.NotEmpty(t, page.Next)
	require.Less(t, len(page.Records), n)
	rest, err := s.List(t.Context(), store.Query{Kind: "k", Cursor: page.Next})
	require.NoError(t, err)
	require.NotEqual(t, page.Records[len(page.Records)-1].ID, rest.Records[0].ID)
	feed, err := s.Events(t.Context(), store.FeedQuery{})
	require.NoError(t, err)
	require.Less(t, len(feed.Events), n)
	next, err := s.Events(t.Context(), store.FeedQuery{Cursor: feed.Next})
	require.NoError(t, err)
	require.EqualValues(t, len(feed.Events)+1, next.Events[0].Version)
}

func TestArtifactBounds(t *testing.T) {
	t.Parallel()
	a := memory.NewArtifacts(&memory.ArtifactOptions{Limit: 10, Capacity: 15})
	_, err := a.Put(t.Context(), strings.NewReader("elevenbytes"))
	var large *store.TooLarge
	require.ErrorAs(t, err, &large)
	require.Equal(t, store.TooLarge{What: "artifact", Limit: 10}, *large)
	first, err := a.Put(t.Context(), strings.NewReader("ten bytes!"))
	require.NoError(t, err)
	_, err = a.Put(t.Context(), strings.NewReader("six by"))
	require.ErrorIs(t, err, store.ErrFull)
	_, err = a.Put(t.Context(), strings.NewReader("ten bytes!"))
	require.NoError(t, err, "what is there takes no more room")
	require.NoError(t, a.Delete(t.Context(), first.Digest, 0))
	_, err = a.Put(t.Context(), strings.NewReader("six by"))
	require.NoError(t, err)
	all, err := a.List(t.Context(), "", 0)
	require.NoError(t, err)
	require.Len(t, all, 1)
}

func TestLogBounds(t *testing.T) {
	t.Parallel()
	l := memory.NewLogs(&memory.LogOptions{Limit: 1000, Capacity: 3000})
	write := func(id string, n int) error {
		return l.Append(t.Context(), store.LogRef{ID: id, Fence: 1}, bytes.Repeat([]byte("x"), n))
	}
	size := func(id string) int64 {
		_, n, err := l.Read(t.Context(), id, 0, 0, 1)
		require.NoError(t, err)
		return n
	}
	require.NoError(t, write("a", 900))
	require.ErrorIs(t, write("a", 101), store.ErrFull)
	require.EqualValues(t, 1000, size("a"), "what fits is kept")
	require.NoError(t, write("b", 1000))
	require.NoError(t, write("c", 100))
	require.EqualValues(t, 1000, size("a"), "all fit")
	require.NoError(t, write("c", 200))
	require.Zero(t, size("a"), "the oldest made room")
	require.EqualValues(t, 1000, size("b"))
	require.EqualValues(t, 300, size("c"))
	for range 100 {
		require.NoError(t, write("many", 0))
	}
	for i := range 100 {
		require.NoError(t, write(strings.Repeat("n", i+1), 0))
	}
	require.Zero(t, size("c"), "logs without bytes count too")
}

func TestOneLogOverTheCapacityStays(t *testing.T) {
	t.Parallel()
	l := memory.NewLogs(&memory.LogOptions{Limit: 1000, Capacity: 100})
	require.NoError(t, l.Append(t.Context(), store.LogRef{ID: "a"}, make([]byte, 500)))
	_, n, err := l.Read(t.Context(), "a", 0, 0, 1)
	require.NoError(t, err)
	require.EqualValues(t, 500, n)
}
