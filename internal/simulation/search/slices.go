package search

import "github.com/penstock-dev/penstock/internal/machine"

// Slice is a part of the small world that is searched to its end: few things at once, in every interleaving.
type Slice struct {
	Name     string
	Budget   Budget
	RollBack bool
}

// Slices are those parts, the small ones first. Whole has everything at once, and more ways than anybody can go.
func Slices() []Slice {
	return []Slice{
		{Name: "two starts", Budget: Budget{Starts: 2}},
		{Name: "start, failure, retry", Budget: Budget{Starts: 1, Failures: 1, Retries: 1}},
		{Name: "start, stop", Budget: Budget{Starts: 1, Stops: 1, Leaps: 1}},
		{Name: "start, toggle", Budget: Budget{Starts: 1, Toggles: 1}},
		{Name: "three starts", Budget: Budget{Starts: 3}},
		{Name: "start, crash, zombie", Budget: Budget{Starts: 1, Crashes: 1, Zombies: 1, Leaps: 1}},
		{Name: "two starts, failure, rolled back", Budget: Budget{Starts: 2, Failures: 1}, RollBack: true},
		{Name: "two starts, failure, retry", Budget: Budget{Starts: 2, Failures: 1, Retries: 1}},
		{Name: "start, failure, stop, retry", Budget: Budget{Starts: 1, Failures: 1, Stops: 1, Retries: 1, Leaps: 1}},
		{Name: "start, silence", Budget: Budget{Starts: 1, Silences: 1, Leaps: 1}},
		{Name: "two starts, stop", Budget: Budget{Starts: 2, Stops: 1, Leaps: 1}},
		{Name: "two starts, toggle", Budget: Budget{Starts: 2, Toggles: 1}},
		{Name: "start, crash, stop", Budget: Budget{Starts: 1, Crashes: 1, Stops: 1, Leaps: 1}},
		{Name: "two starts, crash", Budget: Budget{Starts: 2, Crashes: 1, Leaps: 1}},
		{Name: "start, failure, toggle, retry", Budget: Budget{Starts: 1, Failures: 1, Toggles: 1, Retries: 1}},
		{Name: "three starts, failure, retry", Budget: Budget{Starts: 3, Failures: 1, Retries: 1}},
		{Name: "start, failure, crash, retry", Budget: Budget{Starts: 1, Failures: 1, Crashes: 1, Retries: 1, Leaps: 1}},
		{Name: "start, stop, toggle", Budget: Budget{Starts: 1, Stops: 1, Toggles: 1, Leaps: 1}},
	}
}

// Modes are the execution modes.
func Modes() []string { return []string{machine.Superseded, machine.Queued, machine.Parallel} }
