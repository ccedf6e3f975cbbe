package main

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
)

// around is how many lines are shown around a change.
const around = 3

// change says that lines from to end of the old text became others of the new one.
type change struct{ from, end, newFrom, newEnd int }

// unified is what makes the new text of the old one, as diff -u says it.
func unified(name string, before, after []byte) []byte {
	a, b := lines(before), lines(after)
	var out bytes.Buffer
	fmt.Fprintf(&out, "--- %s\n+++ %s (formatted)\n", name, name)
	all := changes(a, b)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].from-all[n-1].end <= 2*around {
			n++
		}
		hunk(&out, a, b, all[:n])
		all = all[n:]
	}
	return out.Bytes()
}

func lines(text []byte) []string {
	all := strings.SplitAfter(string(text), "\n")
	if all[len(all)-1] == "" {
		all = all[:len(all)-1]
	}
	return all
}

// hunk writes neighbouring changes with the lines around them.
func hunk(out *bytes.Buffer, a, b []string, near []change) {
	first, last := near[0], near[len(near)-1]
	before := min(around, first.from)
	after := min(around, len(a)-last.end)
	fmt.Fprintf(out, "@@ -%s +%s @@\n",
		span(first.from-before, last.end+after), span(first.newFrom-before, last.newEnd+after))
	at := first.from - before
	for _, c := range near {
		put(out, ' ', a[at:c.from])
		put(out, '-', a[c.from:c.end])
		put(out, '+', b[c.newFrom:c.newEnd])
		at = c.end
	}
	put(out, ' ', a[at:last.end+after])
}

// span is lines from to end, counted from 0, as diff counts them.
func span(from, end int) string {
	switch end - from {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	default:
		return fmt.Sprintf("%d,%d", from+1, end-from)
	}
}

func put(out *bytes.Buffer, mark byte, text []string) {
	for _, line := range text {
		out.WriteByte(mark)
		out.WriteString(line)
		if !strings.HasSuffix(line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// pair is a line of the old text and the same line of the new one.
type pair struct{ a, b int }

// changes holds fast to lines that are unique in both texts, in an order that both have, and to what is equal next to them. That is not
// always the shortest way, but never takes long.
func changes(a, b []string) []change {
	var out []change
	from := pair{}
	for _, to := range append(inOrder(uniquePairs(a, b)), pair{len(a), len(b)}) {
		for from.a < to.a && from.b < to.b && a[from.a] == b[from.b] {
			from = pair{from.a + 1, from.b + 1}
		}
		end := to
		for end.a > from.a && end.b > from.b && a[end.a-1] == b[end.b-1] {
			end = pair{end.a - 1, end.b - 1}
		}
		if end != from {
			out = append(out, change{from.a, end.a, from.b, end.b})
		}
		from = to
	}
	return out
}

// uniquePairs are the lines that each text has once, in the order of the old one.
func uniquePairs(a, b []string) []pair {
	timesA, timesB, at := map[string]int{}, map[string]int{}, map[string]int{}
	for _, line := range a {
		timesA[line]++
	}
	for i, line := range b {
		timesB[line]++
		at[line] = i
	}
	var out []pair
	for i, line := range a {
		if timesA[line] == 1 && timesB[line] == 1 {
			out = append(out, pair{i, at[line]})
		}
	}
	return out
}

// inOrder is a longest part of pairs in which the new lines rise too.
func inOrder(pairs []pair) []pair {
	var ends []int // ends[n] is the pair with the lowest b that ends a run of n+1
	before := make([]int, len(pairs))
	for i, p := range pairs {
		n := sort.Search(len(ends), func(n int) bool { return pairs[ends[n]].b >= p.b })
		before[i] = -1
		if n > 0 {
			before[i] = ends[n-1]
		}
		if n == len(ends) {
			ends = append(ends, i)
		} else {
			ends[n] = i
		}
	}
	if len(ends) == 0 {
		return nil
	}
	out := make([]pair, len(ends))
	for n, i := len(ends)-1, ends[len(ends)-1]; n >= 0; n, i = n-1, before[i] {
		out[n] = pairs[i]
	}
	return out
}
