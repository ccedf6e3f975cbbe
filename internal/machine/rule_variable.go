package machine

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// configured is a rule's configuration with what was resolved when it started.
func (leaf *Leaf) configured(resolved map[string]string) map[string]string {
	if len(resolved) == 0 {
		return leaf.Configuration
	}
	out := maps.Clone(leaf.Configuration)
	for _, t := range leaf.refs {
		if value, ok := resolved[t.key]; ok && t.of == ofConfiguration {
			out[t.key] = value
		}
	}
	return out
}

// compare is the outcome of a VariableCheck (spec C12). MATCHES is about the whole text.
func compare(config map[string]string) *ActionEnded {
	variable, value, operator := config["Variable"], config["Value"], config["Operator"]
	var holds bool
	switch operator {
	case "EQ":
		holds = variable == value
	case "NE":
		holds = variable != value
	case "CONTAINS":
		holds = strings.Contains(variable, value)
	case "MATCHES":
		if _, err := regexp.Compile(value); err != nil {
			return misconfigured("the value is no regular expression that is known here: " + err.Error())
		}
		holds = regexp.MustCompile(`\A(?:` + value + `)\z`).MatchString(variable)
	default:
		return misconfigured(fmt.Sprintf("%q is no operator: it is EQ, NE, CONTAINS or MATCHES", operator))
	}
	said := fmt.Sprintf("%q %s %q", cut(variable, 500), operator, cut(value, 500))
	if !holds {
		return &ActionEnded{Status: Failed, Failure: &Failure{Code: "ConditionNotMet", Message: said + " does not hold"}}
	}
	return &ActionEnded{Status: Succeeded, Summary: said + " holds"}
}

func misconfigured(message string) *ActionEnded {
	return &ActionEnded{Status: Failed, Failure: &Failure{Code: codeConfiguration, Message: message}}
}
