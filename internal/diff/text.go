package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

func join(names []string) string { return strings.Join(names, ", ") }

// summary is a member of a list in a few words: an action or a rule by its type, a stage by its actions, anything else by all that it says.
func summary(v any) string {
	o, _ := v.(object)
	for _, key := range []string{"actionTypeId", "ruleTypeId"} {
		if id, ok := o[key].(object); ok {
			return typeName(id)
		}
	}
	if actions, ok := o["actions"].([]any); ok && len(actions) > 0 {
		return join(names(actions))
	}
	if len(o) == 1 && nameOf(v) != "" {
		return nameOf(v)
	}
	return text(v)
}

// typeName is Category/Owner/Provider/Version.
func typeName(id object) string {
	return fmt.Sprintf("%v/%v/%v/%v", id["category"], id["owner"], id["provider"], id["version"])
}

// text is a value as people read it. Nothing is empty text.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("diff: " + err.Error()) // it was JSON
	}
	return strings.TrimSpace(b.String())
}

// group is Sequence(A, Parallel(B, C; 1 at once)).
func group(v any) string {
	o, _ := v.(object)
	if name, ok := o["action"].(string); ok {
		return name
	}
	for _, kind := range []struct{ key, word string }{{"sequence", "Sequence"}, {"parallel", "Parallel"}} {
		members, ok := o[kind.key].([]any)
		if !ok {
			continue
		}
		var inside []string
		for _, member := range members {
			inside = append(inside, group(member))
		}
		limit := ""
		if n, ok := o["limit"]; ok {
			limit = fmt.Sprintf("; %v at once", n)
		}
		return kind.word + "(" + join(inside) + limit + ")"
	}
	return text(v)
}
