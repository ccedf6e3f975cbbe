package memory_test

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
	"github.com/penstock-dev/penstock/store/storetest"
)

// model is the contract in its plainest form: everything is kept in one place and looked for from one end to the other.
type model struct {
	commits []commit
	records map[store.Ref]store.Record
	leases  map[string]store.Lease
	now     time.Time
}

// commit is a batch that was applied.
type commit struct {
	store.Batch
	at     time.Time
	pruned bool
}

func (m *model) head(stream string) (id store.ID) {
	for _, c := range m.commits {
		if c.Stream == stream {
			id = c.ID
		}
	}
	return id
}

func (m *model) load(stream string) (store.Stream, bool) {
	st := store.Stream{Name: stream}
	for _, c := range m.commits {
		if c.Stream != stream {
			continue
		}
		st.Token, st.Owner = c.ID, c.Owner
		st.Version += uint64(len(c.Events))
		st.Events = append(st.Events, c.Events...)
		if len(c.Snapshot) > 0 {
			st.Snapshot, st.SnapshotVersion, st.Events = c.Snapshot, st.Version, nil
		}
	}
	return st, st.Version > 0
}

func (m *model) held(name string) bool { return m.now.Before(m.leases[name].Expires) }

func (m *model) there(r store.Record) bool { return r.Expires.IsZero() || m.now.Before(r.Expires) }

// commit answers the condition that refuses a batch, or "".
func (m *model) commit(b store.Batch) string {
	for _, c := range m.commits {
		if c.Stream == b.Stream && c.ID == b.ID && (!c.pruned || m.head(b.Stream) == b.ID) {
			return ""
		}
	}
	if m.head(b.Stream) != b.Expect {
		return store.ConditionHead
	}
	for _, r := range b.Reads {
		if m.head(r.Stream) != r.Token {
			return store.ConditionRead
		}
	}
	for _, l := range b.Live {
		if !m.held(l.Name) || m.leases[l.Name].Fence != l.Fence {
			return store.ConditionLive
		}
	}
	for _, l := range b.Dead {
		if m.held(l.Name) {
			return store.ConditionDead
		}
	}
	for _, r := range b.Put {
		if old, ok := m.records[r.Ref]; ok && r.New && m.there(old) {
			return store.ConditionNew
		}
	}
	m.commits = append(m.commits, commit{Batch: b, at: m.now})
	for _, r := range b.Put {
		r.New = false
		m.records[r.Ref] = r
	}
	for _, ref := range b.Delete {
		delete(m.records, ref)
	}
	return ""
}

// feed is the events of one stream, or of all.
func (m *model) feed(stream string) (events []store.FeedEvent, pruned bool) {
	versions := map[string]uint64{}
	for _, c := range m.commits {
		for _, e := range c.Events {
			versions[c.Stream]++
			if stream != "" && c.Stream != stream {
				continue
			}
			if c.pruned {
				pruned = true
				continue
			}
			events = append(events, store.FeedEvent{Stream: c.Stream, Version: versions[c.Stream], At: c.at, Event: e})
		}
	}
	return events, pruned
}

func (m *model) list(q store.Query) (found []store.Record) {
	for _, r := range m.records {
		keyed := q.Key == nil || slices.Contains(r.Keys, *q.Key)
		grouped := r.Group == q.Group || q.Key != nil && q.Group == ""
		if r.Kind == q.Kind && keyed && grouped && m.there(r) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b store.Record) int { return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.ID, b.ID)) })
	if !q.Ascending {
		slices.Reverse(found)
	}
	return found
}

func (m *model) due() (streams []string, next time.Time) {
	type entry struct {
		driven bool
		wake   time.Time
		name   string
	}
	var found []entry
	sooner := func(t time.Time) {
		if t.After(m.now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, name := range names {
		var last *commit
		for i := range m.commits {
			if m.commits[i].Stream == name {
				last = &m.commits[i]
			}
		}
		if last == nil {
			continue
		}
		orphan := last.Owner != "" && !m.held(last.Owner)
		if orphan || !last.Wake.IsZero() && !last.Wake.After(m.now) {
			found = append(found, entry{last.Owner != "" && !orphan, last.Wake, name})
		}
		sooner(last.Wake)
		if last.Owner != "" {
			sooner(m.leases[last.Owner].Expires)
		}
	}
	slices.SortFunc(found, func(a, b entry) int {
		if a.driven != b.driven {
			return map[bool]int{true: 1, false: -1}[a.driven]
		}
		return cmp.Or(a.wake.Compare(b.wake), cmp.Compare(a.name, b.name))
	})
	for _, e := range found {
		streams = append(streams, e.name)
	}
	return streams, next
}

// prune marks what may go and answers how many commits that were.
func (m *model) prune(before time.Time, limit int) (n int) {
	for i := range m.commits {
		c := &m.commits[i]
		st, _ := m.load(c.Stream)
		version := uint64(0)
		for _, other := range m.commits[:i+1] {
			if other.Stream == c.Stream {
				version += uint64(len(other.Events))
			}
		}
		if n < limit && !c.pruned && c.at.Before(before) && version <= st.SnapshotVersion {
			c.pruned = true
			n++
		}
	}
	return n
}

var (
	names  = []string{"a", "b", "c"}
	owners = []string{"", "x", "y", "z"}
	keys   = []store.Key{{Name: "n", Value: "1"}, {Name: "n", Value: "2"}, {Name: "m"}}
)

// pair is the store and its model, driven side by side.
type pair struct {
	store   *memory.Store
	model   *model
	clock   *storetest.Clock
	offered []store.Batch
	drawn   uint64
}

func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
		p := &pair{clock: storetest.NewClock(start), model: &model{records: map[store.Ref]store.Record{}, leases: map[string]store.Lease{}, now: start}}
		p.store = memory.New(&memory.Options{Now: p.clock.Now})
		t.Repeat(map[string]func(*rapid.T){
			"commit":  p.commit,
			"lease":   p.lease,
			"advance": p.advance,
			"prune":   p.prune,
			"":        p.compare,
		})
	})
}

func (p *pair) newID() (id store.ID) {
	p.drawn++
	binary.BigEndian.PutUint64(id[8:], p.drawn)
	return id
}

// hours is a time around now, or zero.
func (p *pair) hours(t *rapid.T, label string) time.Time {
	h := rapid.IntRange(-2, 4).Draw(t, label)
	if h == -2 {
		return time.Time{}
	}
	return p.model.now.Add(time.Duration(h) * time.Hour)
}

// token is mostly the head's, else one that some batch had, or nobody.
func (p *pair) token(t *rapid.T, stream string) store.ID {
	if len(p.offered) > 0 && rapid.IntRange(0, 3).Draw(t, "stale") == 0 {
		return rapid.SampledFrom(p.offered).Draw(t, "token of").ID
	}
	return p.model.head(stream)
}

func (p *pair) leaseOf(t *rapid.T) store.Lease {
	name := rapid.SampledFrom(owners[1:]).Draw(t, "lease")
	return store.Lease{Name: name, Fence: max(1, p.model.leases[name].Fence-uint64(rapid.IntRange(0, 1).Draw(t, "old")))}
}

func (p *pair) batch(t *rapid.T) store.Batch {
	if len(p.offered) > 0 && rapid.IntRange(0, 4).Draw(t, "again") == 0 {
		return rapid.SampledFrom(p.offered).Draw(t, "batch")
	}
	b := store.Batch{Stream: rapid.SampledFrom(names).Draw(t, "stream"), ID: p.newID()}
	b.Expect = p.token(t, b.Stream)
	b.Owner = rapid.SampledFrom(owners).Draw(t, "owner")
	b.Wake = p.hours(t, "wake")
	for i := range rapid.IntRange(1, 3).Draw(t, "events") {
		b.Events = append(b.Events, store.Event{Kind: fmt.Sprint(p.drawn, ".", i), Data: []byte{byte(i)}})
	}
	if rapid.IntRange(0, 2).Draw(t, "snapshot") == 0 {
		b.Snapshot = []byte(fmt.Sprint("snapshot ", p.drawn))
	}
	switch rapid.IntRange(0, 5).Draw(t, "condition") {
	case 0:
		other := rapid.SampledFrom(names).Draw(t, "reads")
		b.Reads = []store.Read{{Stream: other, Token: p.token(t, other)}}
	case 1:
		b.Live = []store.Lease{p.leaseOf(t)}
	case 2:
		b.Dead = []store.Lease{p.leaseOf(t)}
	}
	refs := rapid.SliceOfNDistinct(rapid.Custom(drawRef), 0, 4, rapid.ID).Draw(t, "refs")
	for i, ref := range refs {
		if i == 0 {
			b.Delete = append(b.Delete, ref)
			continue
		}
		b.Put = append(b.Put, store.Record{
			Ref: ref, New: rapid.Bool().Draw(t, "new"), Expires: p.hours(t, "expires"),
			Keys: rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 2, rapid.ID).Draw(t, "keys"), Data: []byte{byte(p.drawn)},
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
	for i, err := range p.store.Commit(t.Context(), batches) {
		want := p.model.commit(batches[i])
		got := ""
		var conflict *store.Conflict
		if errors.As(err, &conflict) {
			got = conflict.Condition
		} else {
			require.NoError(t, err)
		}
		require.Equal(t, want, got, "batch %d", i)
		if want == store.ConditionNew {
			require.Equal(t, conflict.Name, conflict.Holder.ID)
		}
	}
}

func (p *pair) lease(t *rapid.T) {
	l := p.leaseOf(t)
	hours := rapid.IntRange(0, 3).Draw(t, "hours")
	take := hours > 0 && rapid.Bool().Draw(t, "take")
	if take {
		l.Fence = 0
	}
	was := p.model.leases[l.Name]
	held := p.model.held(l.Name)
	mine := held && was.Fence == l.Fence
	got, err := p.store.Lease(t.Context(), l, time.Duration(hours)*time.Hour)
	switch {
	case hours == 0:
		require.NoError(t, err)
		if mine {
			was.Expires = p.model.now
			p.model.leases[l.Name] = was
		}
	case take && held, !take && !mine:
		require.ErrorAs(t, err, new(*store.Conflict))
	default:
		require.NoError(t, err)
		if take {
			require.Greater(t, got.Fence, was.Fence)
		} else {
			require.Equal(t, was.Lane, got.Lane)
		}
		require.Equal(t, p.model.now.Add(time.Duration(hours)*time.Hour), got.Expires)
		p.model.leases[l.Name] = got
		lanes := map[int]bool{}
		for name, other := range p.model.leases {
			require.False(t, p.model.held(name) && lanes[other.Lane], "lane %d is held twice", other.Lane)
			lanes[other.Lane] = p.model.held(name) || lanes[other.Lane]
		}
	}
}

func (p *pair) advance(t *rapid.T) {
	d := time.Duration(rapid.IntRange(0, 3).Draw(t, "hours")) * time.Hour
	p.clock.Advance(d)
	p.model.now = p.model.now.Add(d)
}

func (p *pair) prune(t *rapid.T) {
	before := p.hours(t, "before")
	limit := rapid.IntRange(1, 6).Draw(t, "limit")
	n, err := p.store.Prune(t.Context(), before, limit)
	require.NoError(t, err)
	want := p.model.prune(before, limit)
	require.GreaterOrEqual(t, n, want)
	require.LessOrEqual(t, n, limit)
}

// compare asks both everything.
func (p *pair) compare(t *rapid.T) {
	p.compareStreams(t)
	p.compareRecords(t)
	streams, next := p.model.due()
	due, err := p.store.Due(t.Context(), 100)
	require.NoError(t, err)
	require.Equal(t, streams, due.Streams)
	require.True(t, next.Equal(due.Next), "next: want %s, got %s", next, due.Next)
	for _, l := range due.Ended {
		require.False(t, p.model.held(l.Name))
	}
}

func (p *pair) compareStreams(t *rapid.T) {
	for _, name := range names {
		want, there := p.model.load(name)
		got, err := p.store.Load(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, there, len(got) == 1)
		if there {
			require.Equal(t, fmt.Sprint(want), fmt.Sprint(got[0]))
		}
		p.compareFeed(t, name)
	}
	p.compareFeed(t, "")
}

func (p *pair) compareFeed(t *rapid.T, stream string) {
	want, pruned := p.model.feed(stream)
	q := store.FeedQuery{Stream: stream, Limit: rapid.IntRange(1, 7).Draw(t, "limit")}
	var got []store.FeedEvent
	for {
		feed, err := p.store.Events(t.Context(), q)
		require.NoError(t, err)
		if len(got) == 0 {
			require.Equal(t, pruned, feed.Compacted)
		}
		if len(feed.Events) == 0 {
			break
		}
		got = append(got, feed.Events...)
		q.Cursor = feed.Next
		if stream != "" {
			q.After = got[len(got)-1].Version
		}
	}
	require.Equal(t, want, got)
}

func (p *pair) compareRecords(t *rapid.T) {
	queries := []store.Query{}
	for _, kind := range []string{"j", "k"} {
		for _, group := range []string{"", "g", "h"} {
			queries = append(queries, store.Query{Kind: kind, Group: group})
			for i := range keys {
				queries = append(queries, store.Query{Kind: kind, Group: group, Key: &keys[i]})
			}
		}
	}
	for i, q := range queries {
		q.Ascending = i%2 == int(p.drawn%2)
		want := p.model.list(q)
		q.Limit = 1 + i%4
		var got []store.Record
		for {
			page, err := p.store.List(t.Context(), q)
			require.NoError(t, err)
			got = append(got, page.Records...)
			if page.Next == "" {
				break
			}
			q.Cursor = page.Next
		}
		require.Equal(t, fmt.Sprint(want), fmt.Sprint(got), "%+v", q)
	}
	refs := slices.SortedFunc(maps.Keys(p.model.records), func(a, b store.Ref) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	got, err := p.store.Get(t.Context(), refs...)
	require.NoError(t, err)
	for i, ref := range refs {
		require.Equal(t, p.model.there(p.model.records[ref]), got[i] != nil)
	}
}
