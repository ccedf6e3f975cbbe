package penstock

import (
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/diff"
)

// Change is one thing in which two definitions of a pipeline differ.
type Change struct {
	Path  string // what it is about: storefront, storefront/Build, storefront/Build/Image
	Field string // the field of it, such as configuration.ProjectName; empty when the stage or action itself came or went
	Old   string // empty for what came
	New   string // empty for what went
}

// longestShown is how much of a value a line shows.
const longestShown = 120

// String is the change on one line.
func (c Change) String() string {
	where := c.Path
	if c.Field != "" {
		where += " (" + c.Field + ")"
	}
	switch {
	case c.Old == "":
		return where + ": added " + shortened(c.New)
	case c.New == "":
		return where + ": removed " + shortened(c.Old)
	case shortened(c.Old) == shortened(c.New):
		return where + ": changed"
	default:
		return where + ": " + shortened(c.Old) + " → " + shortened(c.New)
	}
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > longestShown {
		return string(runes[:longestShown]) + "…"
	}
	return text
}

// Diff lists what differs between two definitions, always in the same order; nothing where both mean the same. A stage, an action, a
// rule, a variable or an artifact that came or went is one change; of what has moved the order is told.
func Diff(before, after Pipeline) []Change { return diffOf(before.stored, after.stored) }

func diffOf(before, after definition.Pipeline) []Change {
	var out []Change
	for _, c := range diff.Pipelines(before, after) {
		out = append(out, Change(c))
	}
	return out
}

// maskedDiff is Diff for eyes that may not see secrets: one that changed is told of, but not what it was or is.
func maskedDiff(before, after definition.Pipeline, secrets definition.Catalogue) []Change {
	type place struct{ path, field string }
	shown := map[place]Change{}
	for _, c := range diffOf(definition.Mask(before, secrets), definition.Mask(after, secrets)) {
		shown[place{c.Path, c.Field}] = c
	}
	all := diffOf(before, after)
	for i, c := range all {
		masked, ok := shown[place{c.Path, c.Field}]
		if !ok {
			masked = Change{Path: c.Path, Field: c.Field, Old: SecretMask, New: SecretMask}
		}
		all[i] = masked
	}
	return all
}
