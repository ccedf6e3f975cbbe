package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/simulation"
)

// enough histories reach what can be reached, so that what they do not is worth telling.
const enough = 50_000

// tellCounts tells how often each kind of input came to what.
func tellCounts(report *simulation.Report) {
	for _, what := range slices.Sorted(maps.Keys(report.Coverage)) {
		fmt.Printf("%8d %s\n", report.Coverage[what], what)
	}
}

// tellGrid tells of each situation which inputs met it, and how often in each mode; then which never did, and why.
func tellGrid(cells []simulation.Cell, strange []string, all bool) {
	reached, known, rare := 0, 0, 0
	var surprises, gaps []string
	why, seldom := map[string][]string{}, map[string][]string{}
	for i := range cells {
		c := &cells[i]
		switch {
		case c.Count > 0 && c.Why != "" && !c.Rare:
			surprises = append(surprises, fmt.Sprintf("%s: came %d times", c, c.Count))
		case c.Count > 0:
		case c.Rare:
			rare++
			seldom[c.Why] = append(seldom[c.Why], c.String())
		case c.Why != "":
			known++
			why[c.Why] = append(why[c.Why], c.String())
		default:
			gaps = append(gaps, c.String())
		}
		reached += min(c.Count, 1)
	}
	if all {
		tellRows(cells)
		tellReasons("never reached, for a reason:", why)
		tellReasons("not reached in this run, for they are rare:", seldom)
		tellList("never reached, for no reason that is known:", gaps)
	}
	tellList("reached, though there is a reason why not:", surprises)
	tellList("reached, though the grid does not know it:", strange)
	fmt.Printf("situations × inputs: %d  reached: %d  never, for a reason: %d  not, being rare: %d  never, unexplained: %d  unexpected: %d\n",
		len(cells), reached, known, rare, len(gaps), len(surprises)+len(strange))
}

// tellRows tells a line for each situation: its inputs, with the counts of each mode.
func tellRows(cells []simulation.Cell) {
	fmt.Println("situations and inputs; three counts are those of QUEUED/SUPERSEDED/PARALLEL:")
	area, state, input := "", "", ""
	for i := range cells {
		c := &cells[i]
		switch {
		case c.Area != area || c.State != state:
			fmt.Printf("\n  %s, %s:", c.Area, c.State)
			fallthrough
		case c.Input != input:
			fmt.Printf("  %s %d", c.Input, c.Count)
		default:
			fmt.Printf("/%d", c.Count)
		}
		area, state, input = c.Area, c.State, c.Input
	}
	fmt.Println()
}

// tellReasons tells of each reason how many cells it explains, and which.
func tellReasons(title string, why map[string][]string) {
	fmt.Println(title)
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		fmt.Printf("%6d  %s:\n\t%s\n", len(why[reason]), reason, strings.Join(why[reason], "; "))
	}
}

func tellList(title string, list []string) {
	if len(list) > 0 {
		fmt.Printf("%s\n\t%s\n", title, strings.Join(list, "\n\t"))
	}
}
