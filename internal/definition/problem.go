package definition

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a definition.
type Problem struct {
	Path    string // what it is about: storefront, storefront/Build, storefront/Build/Image
	Field   string // the field or configuration key of it; empty when the thing itself is wrong
	Message string // what is wrong
	Hint    string // what to do; may be empty
}

// String is the problem on one line.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.Path)
	if p.Field != "" {
		b.WriteString(" (" + p.Field + ")")
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString("; " + p.Hint)
	}
	return b.String()
}

// Error makes a Problem an error by itself.
func (p Problem) Error() string { return p.String() }

// Problems is everything that is wrong with a definition, in the order of the definition.
type Problems []Problem

// Error lists the problems, one a line.
func (p Problems) Error() string {
	if len(p) == 1 {
		return p[0].String()
	}
	lines := []string{fmt.Sprintf("%d problems:", len(p))}
	for _, problem := range p {
		lines = append(lines, "  "+problem.String())
	}
	return strings.Join(lines, "\n")
}

// MissingKey is the problem of an action whose configuration lacks a key that its type requires.
func MissingKey(path, action, key string) Problem {
	return Problem{
		Path: path, Field: "configuration." + key,
		Message: fmt.Sprintf("Action configuration for action '%s' is missing required configuration '%s'", action, key),
		Hint:    "set " + key,
	}
}

// DidYouMean is a hint that names the candidate nearest to a misspelt name; empty when none is near.
func DidYouMean(name string, candidates []string) string {
	if len(name) > 50 { // nobody misspells that; and the search would take long
		return ""
	}
	candidates = candidates[:min(len(candidates), 200)]
	best, least := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		if len(c) > len(name)+least {
			continue
		}
		if d := distance(strings.ToLower(name), strings.ToLower(c)); d < least || d == least && best != "" && c < best {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is how many single bytes must be put in, taken out, changed or swapped with their neighbour to turn a into b.
func distance(a, b string) int {
	var before, last []int // the rows above
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
