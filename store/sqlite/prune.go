package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/penstock-dev/penstock/store"
)

const (
	pruneAt = "SELECT pos, at FROM segments WHERE pos >= ?1 ORDER BY pos LIMIT 1"
	// pruneOld finds the oldest segments before a place that their streams' snapshots cover.
	pruneOld = `SELECT s.pos FROM segments s CROSS JOIN snapshots p ON p.stream = s.stream AND p.version >= s.first + s.n - 1
WHERE s.pos < ?1 ORDER BY s.pos LIMIT ?2`
	pruneNoted   = "UPDATE feed SET pruned = max(pruned, ?1), at = ?2 WHERE id = 0"
	pruneExpired = "SELECT seq, kind, grp, id, keys FROM records WHERE expires <= ?1 ORDER BY expires LIMIT ?2"
)

func pruneQueries() []string { return []string{feedEnds, pruneAt, pruneOld} }

// Prune looks for what may go beside the commits, and then removes it in one transaction.
func (s *Store) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.leave()
	limit = store.PageLimit(limit)
	var old []int64
	err := s.reads.snapshot(ctx, pruneQueries(), func(v *view) (err error) {
		old, err = v.prunable(micros(before), limit)
		return err
	})
	if err != nil {
		return 0, s.explain(ctx, "prune", err)
	}
	if err := s.lockTurn(ctx); err != nil {
		return 0, err
	}
	defer s.unlockTurn()
	removed := 0
	err = s.transact(func(w *writer, now int64) (bool, error) {
		segments, err := w.prune(old, now)
		if err != nil {
			return false, err
		}
		records, err := w.dropExpired(now, limit-segments)
		removed = segments + records
		return removed > 0, err
	})
	if err != nil {
		return 0, s.explain(ctx, "prune", err)
	}
	return removed, nil
}

// prunable answers positions, oldest first.
func (v *view) prunable(before int64, limit int) (old []int64, err error) {
	end, err := v.firstSince(before)
	if err != nil {
		return nil, err
	}
	err = v.rows(pruneOld, func(rows *sql.Rows) error {
		var pos int64
		err := rows.Scan(&pos)
		old = append(old, pos)
		return err
	}, end, limit)
	return old, err
}

// firstSince answers a place with all segments committed before a time in front of it, and no others. Times rise with positions, so that it can halve.
func (v *view) firstSince(before int64) (int64, error) {
	end, err := v.end()
	if err != nil {
		return 0, err
	}
	low, high := int64(1), end.pos
	for low < high {
		middle := low + (high-low)/2
		var pos, at int64
		found, err := v.row(pruneAt, []any{middle}, &pos, &at)
		switch {
		case err != nil:
			return 0, err
		case !found || at >= before:
			high = middle
		default:
			low = pos + 1
		}
	}
	return low, nil
}

// prune removes segments and answers how many there still were.
func (w *writer) prune(old []int64, now int64) (int, error) {
	if len(old) == 0 {
		return 0, nil
	}
	for _, pos := range old {
		w.pruned.add(pos)
	}
	n, err := w.pruned.exec(w.conn)
	if err != nil {
		return 0, err
	}
	return int(n), w.exec(pruneNoted, old[len(old)-1], now)
}

// dropExpired removes expired records, those that expired first first.
func (w *writer) dropExpired(now int64, limit int) (int, error) {
	n := 0
	err := w.query(pruneExpired, func(row []driver.Value) error {
		var seq int64
		var ref store.Ref
		var keys []byte
		err := scan(row, &seq, &ref.Kind, &ref.Group, &ref.ID, &keys)
		w.drop(seq, ref, keys)
		n++
		return err
	}, now, int64(limit))
	_, failed := w.dropped.exec(w.conn)
	_, failedKeys := w.unkeyed.exec(w.conn)
	return n, errors.Join(err, failed, failedKeys)
}
