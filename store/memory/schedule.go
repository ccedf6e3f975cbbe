package memory

import (
	"container/heap"
	"time"
)

// unscheduled is the place of what is in no schedule.
const unscheduled = -1

// timed is something with a time, which remembers its place in the schedule.
type timed interface {
	due() time.Time
	place() *int
}

// schedule is a heap by time.
type schedule[T timed] []T

func (h *schedule[T]) add(x T) { heap.Push(h, x) }

func (h *schedule[T]) remove(x T) {
	if i := *x.place(); i != unscheduled {
		heap.Remove(h, i)
	}
}

// due calls each with everything whose time has come, in no order, without looking at the rest, and answers the next time
// after now, zero if there is none.
func (h schedule[T]) due(now time.Time, each func(T)) (next time.Time) {
	for ahead := []int{0}; len(ahead) > 0; {
		i := ahead[len(ahead)-1]
		ahead = ahead[:len(ahead)-1]
		switch {
		case i >= len(h):
		case h[i].due().After(now):
			next = earlier(next, h[i].due())
		default:
			each(h[i])
			ahead = append(ahead, 2*i+1, 2*i+2)
		}
	}
	return next
}

// earlier takes zero for never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Len is for package heap.
func (h schedule[T]) Len() int { return len(h) }

// Less is for package heap.
func (h schedule[T]) Less(i, j int) bool { return h[i].due().Before(h[j].due()) }

// Swap is for package heap.
func (h schedule[T]) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	*h[i].place(), *h[j].place() = i, j
}

// Push is for package heap.
func (h *schedule[T]) Push(x any) {
	*x.(T).place() = len(*h)
	*h = append(*h, x.(T))
}

// Pop is for package heap.
func (h *schedule[T]) Pop() any {
	last := len(*h) - 1
	x := (*h)[last]
	clear((*h)[last:])
	*h = (*h)[:last]
	*x.place() = unscheduled
	return x
}
