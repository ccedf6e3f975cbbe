package memory

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
)

func rec(n int) *record {
	return &record{Record: store.Record{Ref: store.Ref{Group: fmt.Sprint(n % 3), ID: fmt.Sprintf("%06d", n)}}}
}

func order(a, b *record) int { return cmp.Or(cmp.Compare(a.Group, b.Group), cmp.Compare(a.ID, b.ID)) }

// requireSame compares a series with a sorted slice: from both ends, and from places around every few records.
func requireSame(t *testing.T, want []*record, s *series) {
	t.Helper()
	for _, b := range s.blocks {
		require.NotEmpty(t, b)
		require.LessOrEqual(t, len(b), blockSize)
	}
	all := func(into *[]*record) func(*record) bool {
		return func(r *record) bool { *into = append(*into, r); return true }
	}
	for i := 0; i <= len(want); i += 1 + len(want)/7 {
		group, id := "\xff", ""
		if i < len(want) {
			group, id = want[i].Group, want[i].ID
			require.Same(t, want[i], s.get(group, id))
			require.Nil(t, s.get(group, id+"0"))
		}
		var up, down []*record
		s.ascend(group, id, all(&up))
		s.descend(group, id, all(&down))
		slices.Reverse(down)
		require.True(t, slices.Equal(want[i:], up), "ascending from %d", i)
		require.True(t, slices.Equal(want[:i], down), "descending from %d", i)
	}
}

func TestSeries(t *testing.T) {
	t.Parallel()
	const n = 2000
	rnd := rand.New(rand.NewPCG(1, 2))
	inOrder := make([]int, n)
	for i := range inOrder {
		inOrder[i] = i
	}
	backwards := slices.Clone(inOrder)
	slices.Reverse(backwards)
	for name, in := range map[string][]int{"in order": inOrder, "backwards": backwards, "shuffled": rnd.Perm(n)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &series{}
			var want []*record
			for k, i := range in {
				r := rec(i)
				s.insert(r)
				want = append(want, r)
				if k%499 == 0 {
					slices.SortFunc(want, order)
					requireSame(t, want, s)
				}
			}
			slices.SortFunc(want, order)
			requireSame(t, want, s)
			s.remove(rec(n + 1))
			for k, i := range rand.New(rand.NewPCG(3, 4)).Perm(n) {
				gone := rec(i)
				s.remove(gone)
				at, _ := slices.BinarySearchFunc(want, gone, order)
				want = slices.Delete(want, at, at+1)
				if k%499 == 0 {
					requireSame(t, want, s)
				}
			}
			require.True(t, s.empty())
			requireSame(t, nil, s)
		})
	}
}

// In order, blocks stay full: the usual case costs no memory.
func TestSeriesInOrderFillsBlocks(t *testing.T) {
	t.Parallel()
	s := &series{}
	for i := range 4 * blockSize {
		s.insert(&record{Record: store.Record{Ref: store.Ref{ID: fmt.Sprintf("%06d", i)}}})
	}
	require.Len(t, s.blocks, 4)
}
