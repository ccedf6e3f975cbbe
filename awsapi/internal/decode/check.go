package decode

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// checker finds what breaks a constraint.
type checker struct{ found Invalid }

func (c *checker) refuse(shown, at, constraint string) {
	if len(c.found) < mostTold {
		c.found = append(c.found, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", shown, at, constraint))
	}
}

func (c *checker) value(of *wire.Shape, value any, at string) {
	switch v := value.(type) {
	case nil:
		c.refuse("null", at, "Member must not be null")
	case string:
		for _, constraint := range text(of, v) {
			c.refuse(shown(of, v), at, constraint)
		}
	case json.Number:
		c.number(of, v, at)
	case []any:
		c.count(of, len(v), "[…]", at)
		for i, element := range v {
			c.value(of.Value, element, item(at, i))
		}
	case map[string]any:
		if of.Kind == wire.Structure {
			c.structure(of, v, at)
		} else {
			c.table(of, v, at)
		}
	}
}

func (c *checker) structure(of *wire.Shape, v map[string]any, at string) {
	for _, member := range of.Members {
		value, ok := v[member.Name]
		if ok || member.Required {
			c.value(member.Shape, value, join(at, member.Name))
		}
	}
}

// table checks a map. Keys and texts are told of the map itself; the value that is shown names the key.
func (c *checker) table(of *wire.Shape, v map[string]any, at string) {
	c.count(of, len(v), "{…}", at)
	for _, key := range slices.Sorted(maps.Keys(v)) {
		entry := "{" + clip(key) + "=…}"
		if len(text(of.Key, key)) > 0 {
			c.refuse(entry, at, "Map keys must satisfy constraint: ["+strings.Join(constraints(of.Key), ", ")+"]")
		}
		switch value := v[key].(type) {
		case nil:
			c.refuse("{"+clip(key)+"=null}", at, "Map value must satisfy constraint: [Member must not be null]")
		case string:
			if len(text(of.Value, value)) > 0 {
				c.refuse(entry, at, "Map value must satisfy constraint: ["+strings.Join(constraints(of.Value), ", ")+"]")
			}
		default:
			c.value(of.Value, value, join(at, clip(key))+".member")
		}
	}
}

func (c *checker) count(of *wire.Shape, n int, shown, at string) {
	if n == 0 {
		shown = shown[:1] + shown[len(shown)-1:]
	}
	if of.HasMax && n > of.Max {
		c.refuse("'"+shown+"'", at, mostLength(of))
	}
	if of.HasMin && n < of.Min {
		c.refuse("'"+shown+"'", at, leastLength(of))
	}
}

func (c *checker) number(of *wire.Shape, v json.Number, at string) {
	n, err := v.Int64()
	if err != nil || of.Kind != wire.Integer {
		return // a timestamp has no bounds
	}
	if of.HasMax && n > int64(of.Max) {
		c.refuse("'"+v.String()+"'", at, fmt.Sprintf("Member must have value less than or equal to %d", of.Max))
	}
	if of.HasMin && n < int64(of.Min) {
		c.refuse("'"+v.String()+"'", at, fmt.Sprintf("Member must have value greater than or equal to %d", of.Min))
	}
}

// text answers the constraints that a string breaks.
func text(of *wire.Shape, v string) (broken []string) {
	n := utf8.RuneCountInString(v)
	if of.HasMax && n > of.Max {
		broken = append(broken, mostLength(of))
	}
	if of.HasMin && n < of.Min {
		broken = append(broken, leastLength(of))
	}
	if of.Pattern != "" && !expression(of.Pattern).MatchString(v) {
		broken = append(broken, pattern(of))
	}
	if len(of.Enum) > 0 && !slices.Contains(of.Enum, v) {
		broken = append(broken, enumeration(of))
	}
	return broken
}

// constraints are all that a string has to satisfy.
func constraints(of *wire.Shape) (all []string) {
	if of.HasMax {
		all = append(all, mostLength(of))
	}
	if of.HasMin {
		all = append(all, leastLength(of))
	}
	if of.Pattern != "" {
		all = append(all, pattern(of))
	}
	if len(of.Enum) > 0 {
		all = append(all, enumeration(of))
	}
	return all
}

func mostLength(of *wire.Shape) string {
	return fmt.Sprintf("Member must have length less than or equal to %d", of.Max)
}

func leastLength(of *wire.Shape) string {
	return fmt.Sprintf("Member must have length greater than or equal to %d", of.Min)
}

func pattern(of *wire.Shape) string {
	return "Member must satisfy regular expression pattern: " + of.Pattern
}

func enumeration(of *wire.Shape) string {
	return "Member must satisfy enum value set: [" + strings.Join(of.Enum, ", ") + "]"
}

// shown is a string as messages repeat it: only what is a name or a word; other text may be secret.
func shown(of *wire.Shape, v string) string {
	if v != "" && (of.Sensitive || len(of.Enum) == 0 && (of.Pattern == "" || of.Pattern == ".*")) {
		return "'…'"
	}
	return "'" + clip(v) + "'"
}

// clip bounds how much of somebody's text a message repeats.
func clip(text string) string {
	const most = 120
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

var expressions sync.Map // of *regexp.Regexp by pattern: the model has some thirty

func expression(pattern string) *regexp.Regexp {
	if found, ok := expressions.Load(pattern); ok {
		return found.(*regexp.Regexp)
	}
	compiled := regexp.MustCompile(`^(?:` + pattern + `)$`)
	expressions.Store(pattern, compiled)
	return compiled
}
