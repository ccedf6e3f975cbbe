package simulation

import "slices"

// shrinkings is how many times a history is replayed at most to make it short.
const shrinkings = 1500

// sameInvariant asks whether a history breaks that promise.
func sameInvariant(invariant string) func(outcome) bool {
	return func(o outcome) bool { return o.broken != nil && o.broken.Invariant == invariant }
}

// shrink leaves moves out, long stretches first, as long as the history still shows what is wanted.
func shrink(o outcome, shows func(outcome) bool, replays int) outcome {
	for n := max(len(o.moves)/2, 1); n > 0 && replays > 0; {
		shorter := false
		for i := len(o.moves) - n; i >= 0 && replays > 0; i = min(i, len(o.moves)) - n {
			replays--
			if less := replay(o.seed, slices.Delete(slices.Clone(o.moves), i, i+n), nil); shows(less) {
				o, shorter = less, true
			}
		}
		if n > 1 {
			n /= 2
		} else if !shorter {
			break
		}
	}
	return o
}
