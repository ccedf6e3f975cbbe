package dir

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// use is when a kept file was last handed on or given back, and what it takes.
type use struct {
	at   time.Time
	size int64
}

// grew counts what was added, and makes room now and then. What other processes have kept is found out with the first file. Room that cannot be
// made now is made another time.
func (a *Artifacts) grew(ctx context.Context, size int64) {
	k := &a.keeping
	k.mu.Lock()
	k.grown += room(size)
	due := !k.looked || k.grown > k.limit/8
	if due {
		k.looked, k.grown = true, 0
	}
	k.mu.Unlock()
	if due {
		_ = a.makeRoom(ctx)
	}
}

// room is what a file of that size takes on a common file system.
func room(size int64) int64 { return (size + 4095) / 4096 * 4096 }

// makeRoom drops what was used longest ago, down to three quarters of what may be kept.
func (a *Artifacts) makeRoom(ctx context.Context) error {
	a.keeping.look.Lock()
	defer a.keeping.look.Unlock()
	var uses []use
	var total int64
	err := a.eachKept(ctx, func(_ *shard, _ string, u use) (bool, error) {
		total += u.size
		uses = append(uses, u)
		return false, nil
	})
	if err != nil || total <= a.keeping.limit {
		return err
	}
	slices.SortFunc(uses, func(a, b use) int { return a.at.Compare(b.at) })
	var before time.Time
	for _, u := range uses {
		if total <= a.keeping.limit/4*3 {
			break
		}
		total -= u.size
		before = u.at.Add(1) // those of the same moment go as well
	}
	_, err = a.dropKept(ctx, before, math.MaxInt)
	return err
}

// Prune removes at most limit (see store.PageLimit) kept files that were neither handed on nor given back since before, on this machine's clock. It
// answers how many it removed; fewer than limit means that there are no more for now. Artifacts stay: see Delete.
func (a *Artifacts) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	gone, err := a.dropKept(ctx, before, store.PageLimit(limit))
	return gone, fault(a.root, "prune kept files", err)
}

func (a *Artifacts) dropKept(ctx context.Context, before time.Time, limit int) (gone int, err error) {
	err = a.eachKept(ctx, func(s *shard, name string, u use) (bool, error) {
		if !u.at.Before(before) {
			return false, nil
		}
		err := s.root.Remove(name)
		if err == nil {
			gone++
		}
		return gone == limit, absent(err)
	})
	return gone, err
}

// eachKept calls f with every kept file until f says that it is enough.
func (a *Artifacts) eachKept(ctx context.Context, f func(s *shard, name string, u use) (enough bool, err error)) error {
	digits, err := sortedNames(a.root, kept)
	if err != nil {
		return err
	}
	for _, two := range digits {
		if err := ctx.Err(); err != nil {
			return err
		}
		s, err := a.keptIn(two)
		if err != nil {
			return err
		}
		enough := false
		err = eachName(s.root, ".", func(name string) (bool, error) {
			info, err := s.root.Lstat(name)
			if err != nil {
				return false, absent(err)
			}
			enough, err = f(s, name, use{changed(info), room(info.Size())})
			return enough, err
		})
		if err != nil || enough {
			return err
		}
	}
	return nil
}
