package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/sqlite"
	"github.com/penstock-dev/penstock/store/storetest"
)

var (
	streamNames = []string{"a", "b", "c"}
	leaseNames  = []string{"x", "y", "z"}
	keyNames    = []store.Key{{Name: "n", Value: "1"}, {Name: "n", Value: "2"}, {Name: "m"}}
)

// pair is this store and the one in memory, which are asked the same and must answer the same.
type pair struct {
	dir     string
	disk    *sqlite.Store
	memory  *memory.Store
	clock   *storetest.Clock
	offered []store.Batch
	drawn   int
	held    map[string]uint64 // fences of leases that were taken
}

func TestSameAsMemory(t *testing.T) {
	t.Parallel()
	root, pairs := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		pairs++
		dir := filepath.Join(root, strconv.Itoa(pairs))
		require.NoError(t, os.Mkdir(dir, 0o700))
		defer func() { require.NoError(t, os.RemoveAll(dir)) }()
		clock := storetest.NewClock(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
		p := &pair{dir: dir, clock: clock, memory: memory.New(&memory.Options{Now: clock.Now}), held: map[string]uint64{}}
		p.reopen(t)
		defer func() { require.NoError(t, p.disk.Close()) }()
		t.Repeat(map[string]func(*rapid.T){
			"commit":  p.commit,
			"lease":   p.lease,
			"advance": p.advance,
			"prune":   p.prune,
			"reopen": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "now and then") == 0 {
					p.reopen(t)
				}
			},
			"": p.compare,
		})
	})
}

func (p *pair) reopen(t *rapid.T) {
	if p.disk != nil {
		require.NoError(t, p.disk.Close())
	}
	disk, err := sqlite.Open(t.Context(), p.dir, &sqlite.Options{Now: p.clock.Now})
	require.NoError(t, err)
	p.disk = disk
	for name, fence := range p.held { // the leases of earlier openings have ended
		_, err := p.memory.Lease(t.Context(), store.Lease{Name: name, Fence: fence}, 0)
		require.NoError(t, err)
	}
}

func (p *pair) advance(t *rapid.T) {
	p.clock.Advance(time.Duration(rapid.IntRange(0, 3).Draw(t, "hours")) * time.Hour)
}

// hours is a time around now, or zero.
func (p *pair) hours(t *rapid.T, label string) time.Time {
	h := rapid.IntRange(-2, 4).Draw(t, label)
	if h == -2 {
		return time.Time{}
	}
	return p.clock.Now().Add(time.Duration(h) * time.Hour)
}

func (p *pair) token(t *rapid.T, stream string) store.ID {
	if len(p.offered) > 0 && rapid.IntRange(0, 3).Draw(t, "stale") == 0 {
		return rapid.SampledFrom(p.offered).Draw(t, "token of").ID
	}
	got, err := p.memory.Load(t.Context(), stream)
	require.NoError(t, err)
	for _, st := range got {
		return st.Token
	}
	return store.ID{}
}

func (p *pair) claim(t *rapid.T) store.Lease {
	return store.Lease{Name: rapid.SampledFrom(leaseNames).Draw(t, "lease"), Fence: uint64(rapid.IntRange(1, 6).Draw(t, "fence"))}
}

func (p *pair) batch(t *rapid.T) store.Batch {
	if len(p.offered) > 0 && rapid.IntRange(0, 4).Draw(t, "again") == 0 {
		return rapid.SampledFrom(p.offered).Draw(t, "batch")
	}
	p.drawn++
	b := store.Batch{Stream: rapid.SampledFrom(streamNames).Draw(t, "stream"), ID: numbered(p.drawn), Wake: p.hours(t, "wake")}
	b.Expect = p.token(t, b.Stream)
	b.Owner = rapid.SampledFrom(append([]string{""}, leaseNames...)).Draw(t, "owner")
	b.Lane = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "lane")
	for i := range rapid.SampledFrom([]int{1, 1, 2, 2, 3, 3, 70}).Draw(t, "events") {
		b.Events = append(b.Events, store.Event{Kind: fmt.Sprint(p.drawn, ".", i), Data: []byte{byte(i)}})
	}
	if rapid.IntRange(0, 2).Draw(t, "snapshot") == 0 {
		b.Snapshot = []byte(fmt.Sprint("snapshot ", p.drawn))
	}
	switch rapid.IntRange(0, 5).Draw(t, "condition") {
	case 0:
		other := rapid.SampledFrom(streamNames).Draw(t, "reads")
		b.Reads = []store.Read{{Stream: other, Token: p.token(t, other)}}
	case 1:
		b.Live = []store.Lease{p.claim(t)}
	case 2:
		b.Dead = []store.Lease{p.claim(t)}
	}
	for i, ref := range rapid.SliceOfNDistinct(rapid.Custom(drawRef), 0, 4, rapid.ID).Draw(t, "refs") {
		if i == 0 {
			b.Delete = append(b.Delete, ref)
			continue
		}
		b.Put = append(b.Put, store.Record{
			Ref: ref, New: rapid.Bool().Draw(t, "new"), Expires: p.hours(t, "expires"), Data: []byte{byte(p.drawn)},
			Keys: rapid.SliceOfNDistinct(rapid.SampledFrom(keyNames), 0, 2, rapid.ID).Draw(t, "keys"),
		})
	}
	return b
}

func drawRef(t *rapid.T) store.Ref {
	return store.Ref{
		Kind:  rapid.SampledFrom([]string{"j", "k"}).Draw(t, "kind"),
		Group: rapid.SampledFrom([]string{"", "g", "h"}).Draw(t, "group"),
		ID:    fmt.Sprint(rapid.IntRange(1, 5).Draw(t, "id")),
	}
}

func (p *pair) commit(t *rapid.T) {
	var batches []store.Batch
	for range rapid.IntRange(1, 4).Draw(t, "batches") {
		b := p.batch(t)
		if n := len(batches); n > 0 && rapid.Bool().Draw(t, "on top") && !slices.ContainsFunc(p.offered, func(o store.Batch) bool { return o.ID == b.ID }) {
			b.Stream, b.Expect = batches[n-1].Stream, batches[n-1].ID
		}
		batches = append(batches, b)
		p.offered = append(p.offered, b)
	}
	want, got := p.memory.Commit(t.Context(), batches), p.disk.Commit(t.Context(), batches)
	for i := range want {
		p.same(t, fmt.Sprint("batch ", i), want[i], got[i])
		var w, g *store.Conflict
		if errors.As(want[i], &w) && errors.As(got[i], &g) {
			p.same(t, "holder", w.Holder, g.Holder)
		}
	}
}

func (p *pair) lease(t *rapid.T) {
	l := p.claim(t)
	ttl := time.Duration(rapid.IntRange(0, 3).Draw(t, "hours")) * time.Hour
	if ttl > 0 && rapid.Bool().Draw(t, "take") {
		l.Fence = 0
	}
	l.Data = rapid.SampledFrom([][]byte{nil, {}, []byte("data")}).Draw(t, "data")
	want, refused := p.memory.Lease(t.Context(), l, ttl)
	got, err := p.disk.Lease(t.Context(), l, ttl)
	p.same(t, "refusal", refused, err)
	p.same(t, "lease", want, got)
	if refused == nil && ttl > 0 {
		p.held[want.Name] = want.Fence
	}
}

// prune does not compare how many went: memory forgets expired records by itself too.
func (p *pair) prune(t *rapid.T) {
	before, limit := p.hours(t, "before"), rapid.IntRange(1, 6).Draw(t, "limit")
	_, err := p.memory.Prune(t.Context(), before, limit)
	require.NoError(t, err)
	n, err := p.disk.Prune(t.Context(), before, limit)
	require.NoError(t, err)
	require.LessOrEqual(t, n, limit)
}

// same compares what prints alike: pointers by what they point to, bytes and no bytes as the same.
func (p *pair) same(t *rapid.T, what string, want, got any) {
	if w, ok := want.(*store.Record); ok && w != nil {
		g, ok := got.(*store.Record)
		require.True(t, ok && g != nil, what)
		want, got = *w, *g
	}
	require.Equal(t, fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got), what)
}

// compare asks both everything.
func (p *pair) compare(t *rapid.T) {
	want, err := p.memory.Load(t.Context(), streamNames...)
	require.NoError(t, err)
	got, err := p.disk.Load(t.Context(), streamNames...)
	require.NoError(t, err)
	p.same(t, "streams", want, got)
	limit := rapid.IntRange(1, 80).Draw(t, "limit")
	due, err := p.memory.Due(t.Context(), limit%4+1)
	require.NoError(t, err)
	onDisk, err := p.disk.Due(t.Context(), limit%4+1)
	require.NoError(t, err)
	p.same(t, "due", due, onDisk)
	stream := rapid.SampledFrom(append([]string{""}, streamNames...)).Draw(t, "feed")
	p.same(t, "feed "+stream, p.feed(t, p.memory, stream, limit), p.feed(t, p.disk, stream, limit))
	q := store.Query{Kind: rapid.SampledFrom([]string{"j", "k"}).Draw(t, "kind"), Limit: limit%5 + 1, Ascending: limit%2 == 0}
	for _, q.Group = range []string{"", "g", "h"} {
		q.Key = nil
		p.same(t, "records", p.list(t, p.memory, q), p.list(t, p.disk, q))
		for i := range keyNames {
			q.Key = &keyNames[i]
			p.same(t, "records by key", p.list(t, p.memory, q), p.list(t, p.disk, q))
		}
	}
}

func (*pair) feed(t *rapid.T, s store.StateStore, stream string, limit int) (pages []store.Feed) {
	q := store.FeedQuery{Stream: stream, Limit: limit}
	for {
		feed, err := s.Events(t.Context(), q)
		require.NoError(t, err)
		if q.Cursor != "" {
			feed.Compacted = false // one store's places lie closer together than another's, and so do gaps
		}
		q.Cursor, feed.Next = feed.Next, ""
		pages = append(pages, feed)
		if len(feed.Events) == 0 {
			return pages
		}
		if stream != "" {
			q.After = feed.Events[len(feed.Events)-1].Version
		}
	}
}

func (*pair) list(t *rapid.T, s store.StateStore, q store.Query) (pages [][]store.Record) {
	for {
		page, err := s.List(t.Context(), q)
		require.NoError(t, err)
		pages = append(pages, page.Records)
		if page.Next == "" {
			return pages
		}
		q.Cursor = page.Next
	}
}
