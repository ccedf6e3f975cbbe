package machine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

// describeCondition reads "condition STAGE/GATE RESULT", and "rule STAGE/GATE NAME PROVIDER@minutes<-artifact Key=Value; Key=Value" for a rule of it.
func describeCondition(t *testing.T, p *definition.Pipeline, line string) {
	words := strings.Fields(line)
	stage, gate, _ := strings.Cut(words[1], "/")
	i := slices.IndexFunc(p.Stages, func(s definition.Stage) bool { return s.Name == stage })
	require.GreaterOrEqual(t, i, 0, line)
	s := &p.Stages[i]
	if words[0] == "rule" {
		c := &conditionsAt(s, Gate(gate))[0]
		c.Rules = append(c.Rules, describeRule(t, line))
		return
	}
	conditions := []definition.Condition{{Result: words[2]}}
	switch Gate(gate) {
	case BeforeEntry:
		s.BeforeEntry = &definition.Conditions{Conditions: conditions}
	case OnSuccess:
		s.OnSuccess = &definition.Conditions{Conditions: conditions}
	default:
		s.OnFailure = &definition.OnFailure{Conditions: conditions}
	}
}

func conditionsAt(s *definition.Stage, gate Gate) []definition.Condition {
	switch gate {
	case BeforeEntry:
		return s.BeforeEntry.Conditions
	case OnSuccess:
		return s.OnSuccess.Conditions
	default:
		return s.OnFailure.Conditions
	}
}

func describeRule(t *testing.T, line string) definition.Rule {
	words := strings.SplitN(line, " ", 5)[1:]
	provider, artifact, _ := strings.Cut(words[2], "<-")
	provider, minutes, _ := strings.Cut(provider, "@")
	r := definition.Rule{Name: words[1], RuleTypeID: definition.TypeID{Category: "Rule", Owner: "AWS", Provider: provider, Version: "1"}}
	if minutes != "" {
		var err error
		r.TimeoutInMinutes, err = strconv.Atoi(minutes)
		require.NoError(t, err)
	}
	if artifact != "" {
		r.InputArtifacts = []definition.Artifact{{Name: artifact}}
	}
	if len(words) == 4 {
		r.Configuration = map[string]string{}
		for entry := range strings.SplitSeq(words[3], "; ") {
			key, value, _ := strings.Cut(entry, "=")
			r.Configuration[key] = value
		}
	}
	return r
}

// describeRuleEvent is one line about an event of a condition or a rule.
func (tr *transcript) describeRuleEvent(e Event) string {
	switch e := e.(type) {
	case *ConditionStarted:
		return fmt.Sprintf("%s %s of %s, else %s", e.Stage, e.Gate, tr.names[e.Execution], e.Result)
	case *ConditionEnded:
		return fmt.Sprintf("%s %s of %s %s %s", e.Stage, e.Gate, tr.names[e.Execution], e.Status, e.Summary)
	case *ConditionOverridden:
		return fmt.Sprintf("%s %s of %s by %s", e.Stage, e.Gate, tr.names[e.Execution], e.By)
	case *RuleStarted:
		return tr.names[e.ID]
	case *RuleWaiting:
		if e.Until.IsZero() {
			return tr.names[e.ID] + " for nothing that comes in time"
		}
		return fmt.Sprintf("%s until %s", tr.names[e.ID], e.Until.Format("2006-01-02T15:04:05Z"))
	case *RuleEnded:
		text := fmt.Sprintf("%s %s %s", tr.names[e.ID], e.Status, e.Summary)
		if e.Failure != nil {
			text = fmt.Sprintf("%s %s %s: %s", tr.names[e.ID], e.Status, e.Failure.Code, e.Failure.Message)
		}
		if e.Linger != nil {
			text += " lingers"
		}
		return text
	}
	return ""
}

// showConditions shows what the conditions of a stage's latest run have come to.
func (tr *transcript) showConditions(v StageView) {
	for _, c := range v.Conditions {
		fmt.Fprintf(&tr.out, "|   %s %s", c.Gate, c.Status)
		for _, r := range c.Rules {
			fmt.Fprintf(&tr.out, ", %s %s", r.Name, r.Action.Status)
		}
		tr.out.WriteString("\n")
	}
}
