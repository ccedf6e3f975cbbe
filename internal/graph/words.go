package graph

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/penstock-dev/penstock/internal/definition"
)

// clean is a text on one line: white space is a space, and characters that change what stands beside them are gone.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case unicode.IsControl(r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// ruleNames lists the rules of a condition, or says that there is none.
func ruleNames(rules []definition.Rule) string {
	if len(rules) == 0 {
		return "(no rule)"
	}
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = named(r.Name, "(rule)")
	}
	return strings.Join(names, ", ")
}

// resultWords is a result as a verb.
func resultWords(result string) string {
	switch result {
	case "ROLLBACK":
		return "roll back"
	case "":
		return "(no result)"
	default:
		return strings.ToLower(clean(result))
	}
}

// conditionWords says what happens at a gate of a stage.
func conditionWords(conditions []definition.Condition) string {
	words := make([]string, len(conditions))
	for i, c := range conditions {
		words[i] = resultWords(c.Result) + " unless " + ruleNames(c.Rules)
	}
	return strings.Join(words, "; ")
}

// successWords tells conditions that stop an execution from those that lead back.
func successWords(conditions []definition.Condition) (stop string, back []string) {
	var stops []definition.Condition
	for _, c := range conditions {
		if c.Result == "ROLLBACK" {
			back = append(back, "roll back after success unless "+ruleNames(c.Rules))
		} else {
			stops = append(stops, c)
		}
	}
	return conditionWords(stops), back
}

func failureWords(f definition.OnFailure) []string {
	var words []string
	if f.Result != "" {
		mode := ""
		if f.RetryConfiguration != nil {
			mode = f.RetryConfiguration.RetryMode
		}
		words = append(words, onFailure(f.Result, mode))
	}
	for _, c := range f.Conditions {
		words = append(words, onFailure(c.Result, "")+" if "+ruleNames(c.Rules))
	}
	return words
}

func onFailure(result, mode string) string {
	switch {
	case result == "RETRY" && mode == "ALL_ACTIONS":
		return "retry all actions on failure"
	case result == "RETRY":
		return "retry failed actions on failure"
	default:
		return resultWords(result) + " on failure"
	}
}

// limitWords says how many members of a group run at once.
func limitWords(limit int) string { return fmt.Sprintf("%d at once", limit) }

// typeWords is an action type for the eye: what it is for, and who does it.
func (a *action) typeWords() string {
	return named(a.of.Category, "(category)") + " · " + named(a.of.Provider, "(provider)")
}

// summary counts what is in a pipeline.
func (d drawing) summary() string {
	words := count(len(d.stages), "stage") + ", " + count(d.actions(), "action")
	if d.mode != "" {
		words += ", " + strings.ToLower(d.mode)
	}
	return words
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// describe tells the whole drawing to those who do not see it.
func (d drawing) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Pipeline %s: %s.", d.name, d.summary())
	for _, s := range d.stages {
		fmt.Fprintf(&b, " Stage %s: ", s.name)
		if s.entry != "" {
			b.WriteString("at entry " + s.entry + "; ")
		}
		b.WriteString(s.root.words())
		for _, more := range append([]string{s.success}, s.back...) {
			if more != "" {
				b.WriteString("; " + more)
			}
		}
		b.WriteString(".")
	}
	return b.String()
}

func (n *node) words() string {
	switch {
	case n == nil:
		return "no actions"
	case n.action != nil && n.action.approval:
		return n.action.name + " (approval)"
	case n.action != nil:
		return n.action.name
	}
	words := make([]string, len(n.members))
	for i, m := range n.members {
		words[i] = m.words()
		if m.parallel || len(m.members) > 0 && n.parallel {
			words[i] = "(" + words[i] + ")"
		}
	}
	switch {
	case !n.parallel:
		return strings.Join(words, ", then ")
	case n.limit > 0:
		return limitWords(n.limit) + " of " + strings.Join(words, ", ")
	default:
		return "at once " + strings.Join(words, ", ")
	}
}
