package memory

import (
	"cmp"
	"slices"
	"sort"
)

// series holds records in order of group and ID, in blocks: an insertion moves at most one block, however many records there are.
// IDs sort by creation, so most records of a group come at the end.
type series struct{ blocks [][]*record } // each sorted, in order, none empty

const blockSize = 256

func compare(r *record, group, id string) int {
	if c := cmp.Compare(r.Group, group); c != 0 {
		return c
	}
	return cmp.Compare(r.ID, id)
}

// search answers where the first record is that is not less than (group, id), and whether it is that one. Behind the last one it
// answers the end of the last block.
func (s *series) search(group, id string) (block, i int, found bool) {
	last := len(s.blocks) - 1
	if last < 0 {
		return 0, 0, false
	}
	if end := s.blocks[last]; compare(end[len(end)-1], group, id) < 0 {
		return last, len(end), false
	}
	block = sort.Search(last, func(b int) bool { return compare(s.blocks[b][len(s.blocks[b])-1], group, id) >= 0 })
	in := s.blocks[block]
	i = sort.Search(len(in), func(i int) bool { return compare(in[i], group, id) >= 0 })
	return block, i, compare(in[i], group, id) == 0
}

// get is the record with this group and ID, or nil.
func (s *series) get(group, id string) *record {
	block, i, found := s.search(group, id)
	if !found {
		return nil
	}
	return s.blocks[block][i]
}

// insert adds a record that is not there.
func (s *series) insert(r *record) {
	block, i, _ := s.search(r.Group, r.ID)
	switch {
	case len(s.blocks) == 0:
		s.blocks = append(s.blocks, []*record{r})
	case len(s.blocks[block]) < blockSize:
		s.blocks[block] = slices.Insert(s.blocks[block], i, r)
	case block == len(s.blocks)-1 && i == blockSize: // in order: leave full blocks behind
		s.blocks = append(s.blocks, []*record{r})
	default:
		right := slices.Clone(s.blocks[block][blockSize/2:])
		s.blocks[block] = slices.Delete(s.blocks[block], blockSize/2, blockSize)
		s.blocks = slices.Insert(s.blocks, block+1, right)
		s.insert(r)
	}
}

func (s *series) remove(r *record) {
	block, i, found := s.search(r.Group, r.ID)
	if !found {
		return
	}
	s.blocks[block] = slices.Delete(s.blocks[block], i, i+1)
	if len(s.blocks[block]) == 0 {
		s.blocks = slices.Delete(s.blocks, block, block+1)
	}
}

func (s *series) empty() bool { return len(s.blocks) == 0 }

// ascend yields the records from (group, id) on, smallest first.
func (s *series) ascend(group, id string, yield func(*record) bool) {
	block, i, _ := s.search(group, id)
	for ; block < len(s.blocks); block, i = block+1, 0 {
		for _, r := range s.blocks[block][i:] {
			if !yield(r) {
				return
			}
		}
	}
}

// descend yields the records before (group, id), greatest first.
func (s *series) descend(group, id string, yield func(*record) bool) {
	block, i, _ := s.search(group, id)
	for ; block >= 0 && block < len(s.blocks); block-- {
		for _, r := range slices.Backward(s.blocks[block][:i]) {
			if !yield(r) {
				return
			}
		}
		if block > 0 {
			i = len(s.blocks[block-1])
		}
	}
}
