package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// judge is TypeInfo.Whole: what is wrong between the keys of an action and its artifacts.
func (t Type) judge(a definition.Action) []definition.Fault {
	var faults []definition.Fault
	for _, n := range t.Needs {
		faults = append(faults, n.judge(a)...)
	}
	if len(t.Either) > 0 {
		faults = append(faults, judgeEither(t.Either, a)...)
	}
	for _, key := range t.Paths {
		faults = append(faults, judgePath(key, a)...)
	}
	return faults
}

func (n Need) judge(a definition.Action) []definition.Fault {
	if !n.When.holds(a) {
		return nil
	}
	var faults []definition.Fault
	for _, key := range n.Keys {
		text, ok := a.Configuration[key]
		switch {
		case !ok:
			faults = append(faults, lacks(a, key, n.When.String()))
		case n.Is != "" && !among(text, n.Is) && !definition.HasReference(text):
			faults = append(faults, definition.Fault{Key: key, Message: fmt.Sprintf("must be %s when %s, not %q", n.Is, n.When, text)})
		}
	}
	return faults
}

// lacks is the service's own text (spec A9) with the reason after it. A rule is judged as an action of its name.
func lacks(a definition.Action, key, when string) definition.Fault {
	text := definition.MissingKey("", a.Name, key).Message
	if a.ActionTypeID.Category == "Rule" {
		text = fmt.Sprintf("Rule configuration for rule '%s' is missing required configuration '%s'", a.Name, key)
	}
	return definition.Fault{Key: key, Message: text + ": it is required when " + when}
}

func (c Condition) holds(a definition.Action) bool {
	_, isGiven := a.Configuration[c.Given]
	_, isThere := a.Configuration[c.Missing]
	text, known := a.Configuration[c.Key]
	known = known && !definition.HasReference(text)
	switch {
	case c.Given != "":
		return isGiven
	case c.Missing != "":
		return !isThere
	case c.Inputs != nil:
		return within(len(a.InputArtifacts), *c.Inputs)
	case c.Outputs != nil:
		return within(len(a.OutputArtifacts), *c.Outputs)
	case c.NotIn != nil:
		return known && !among(text, c.NotIn...)
	default:
		return known && among(text, c.In...)
	}
}

// among finds a text in values; true and false are the same in any case.
func among(text string, values ...string) bool {
	if lower := strings.ToLower(text); lower == "true" || lower == "false" {
		text = lower
	}
	return slices.Contains(values, text)
}

func within(n int, b definition.Bounds) bool { return n >= b.Min && n <= b.Max }

// String completes "it is required when".
func (c Condition) String() string {
	switch {
	case c.Given != "":
		return c.Given + " is given"
	case c.Missing != "":
		return c.Missing + " is not given"
	case c.Inputs != nil:
		return "it has " + count(*c.Inputs, "input artifact")
	case c.Outputs != nil:
		return "it has " + count(*c.Outputs, "output artifact")
	case c.NotIn != nil:
		return c.Key + " is given and not " + strings.Join(c.NotIn, " or ")
	default:
		return c.Key + " is " + strings.Join(c.In, " or ")
	}
}

// count is a range in words: "no input artifact", "2 or more output artifacts".
func count(b definition.Bounds, what string) string {
	switch {
	case b.Max == 0:
		return "no " + what
	case b.Max == definition.Unbounded:
		return fmt.Sprintf("%d or more %ss", b.Min, what)
	case b.Min == b.Max && b.Max == 1:
		return "1 " + what
	default:
		return fmt.Sprintf("%d to %d %ss", b.Min, b.Max, what)
	}
}

func judgeEither(alternatives [][]string, a definition.Action) []definition.Fault {
	var begun [][]string
	for _, keys := range alternatives {
		if slices.ContainsFunc(keys, func(key string) bool { return a.Configuration[key] != "" }) {
			begun = append(begun, keys)
		}
	}
	if len(begun) != 1 {
		return []definition.Fault{{Message: fmt.Sprintf("Action configuration for action '%s' needs either %s", a.Name, inWords(alternatives))}}
	}
	var faults []definition.Fault
	for _, key := range begun[0] {
		if a.Configuration[key] == "" {
			faults = append(faults, lacks(a, key, strings.Join(slices.DeleteFunc(slices.Clone(begun[0]), func(k string) bool { return k == key }), " or ")+" is given"))
		}
	}
	return faults
}

// inWords is "A and B, or C".
func inWords(alternatives [][]string) string {
	var out []string
	for _, keys := range alternatives {
		out = append(out, strings.Join(keys, " and "))
	}
	return strings.Join(out, ", or ")
}

func judgePath(key string, a definition.Action) []definition.Fault {
	text := a.Configuration[key]
	if text == "" || definition.HasReference(text) {
		return nil
	}
	artifact, file, ok := strings.Cut(text, "::")
	switch {
	case !ok || artifact == "" || file == "":
		return []definition.Fault{{Key: key, Message: fmt.Sprintf("%q must be Artifact::file", text)}}
	case !slices.ContainsFunc(a.InputArtifacts, func(in definition.Artifact) bool { return in.Name == artifact }):
		return []definition.Fault{{Key: key, Message: fmt.Sprintf("artifact %q is not one of inputArtifacts", artifact)}}
	}
	return nil
}
