package search

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/machine"
)

// TestWorldsThatLookAlikeGoOnAlike: each time that a world looks like one that is known, the same has to come of it as of that one. A digest that
// leaves out too much would hide ways, and nobody would know.
func TestWorldsThatLookAlikeGoOnAlike(t *testing.T) {
	for _, slice := range []Slice{
		{Name: machine.Queued, Budget: Budget{Starts: 2, Toggles: 1}},
		{Name: machine.Superseded, Budget: Budget{Starts: 1, Failures: 1, Retries: 1, Stops: 1, Leaps: 1}},
		{Name: machine.Superseded, Budget: Budget{Starts: 1, Crashes: 1, Zombies: 1, Leaps: 1}},
		{Name: machine.Parallel, Budget: Budget{Starts: 1, Silences: 1, Leaps: 1}},
	} {
		t.Run(fmt.Sprintf("%s %+v", slice.Name, slice.Budget), func(t *testing.T) {
			t.Parallel()
			s := &searcher{atlas: atlas{}, config: Config{Mode: slice.Name, Budget: slice.Budget}}
			s.root = newWorld(&s.clock, s.config)
			s.alike(t, 120, 3)
		})
	}
}

// alike looks at so many states, breadth first, and so many choices ahead.
func (s *searcher) alike(t *testing.T, states, ahead int) {
	known := map[digest][]choice{s.digest(s.root): nil}
	merged := 0
	for ways := [][]choice{nil}; len(ways) > 0 && len(known) < states; ways = ways[1:] {
		w := s.after(ways[0])
		for _, c := range w.choices() {
			then := s.fork(w)
			s.play(then, c)
			way := append(slices.Clone(ways[0]), c)
			d := s.digest(then)
			other, ok := known[d]
			if !ok {
				known[d] = way
				ways = append(ways, way)
				continue
			}
			merged++
			require.Equal(t, s.tells(s.after(other), ahead), s.tells(then, ahead), "these go on in other ways, and have the same digest:\n%s\nand\n%s",
				s.script(other), s.script(way))
		}
	}
	require.NotZero(t, merged)
}

func (s *searcher) after(way []choice) *world {
	w := s.fork(s.root)
	for _, c := range way {
		s.play(w, c)
	}
	s.clock.now = w.now
	return w
}

// story is all that may come of a world in so many choices, without the names of replicas.
type story [sha256.Size]byte

var replicas = regexp.MustCompile(" by r[0-9]+")

func (s *searcher) tells(w *world, choices int) story {
	if choices == 0 {
		return story{}
	}
	s.clock.now = w.now
	var all []string
	for _, c := range w.choices() {
		then := s.fork(w)
		before := then.cursor
		s.play(then, c)
		events := replicas.ReplaceAllString(strings.Join(then.since(before), "; "), "")
		all = append(all, fmt.Sprint(c.kind, then.broken, events, s.tells(then, choices-1)))
	}
	slices.Sort(all)
	return sha256.Sum256([]byte(strings.Join(slices.Compact(all), "\n")))
}
