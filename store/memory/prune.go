package memory

import (
	"context"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// Prune removes history that snapshots cover, and expired records.
func (s *Store) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return 0, err
	}
	limit = store.PageLimit(limit)
	removed := s.pruneSegments(before, limit)
	return removed + s.forgetExpired(s.tick(), limit-removed), nil
}

// pruneSegments makes new slices: the old ones may be being read.
func (s *Store) pruneSegments(before time.Time, limit int) int {
	var kept []*segment // of those that were looked at
	gone := map[*stream]int{}
	removed, i := 0, 0
	for ; i < len(s.feed) && removed < limit && s.feed[i].at.Before(before); i++ {
		g := s.feed[i]
		if g.last() > g.stream.snapped {
			kept = append(kept, g)
			continue
		}
		gone[g.stream]++
		g.stream.pruned = g.last()
		s.pruned = g.pos + uint64(len(g.events)) - 1
		removed++
	}
	if removed == 0 {
		return 0
	}
	s.feed = slices.Concat(kept, s.feed[i:])
	for st, n := range gone {
		st.segs = slices.Clone(st.segs[n:])
	}
	return removed
}
