package definition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// mostRefused is how many fields a text is refused for; the rest would say no more.
const mostRefused = 100

// checkFields compares JSON with the types of a definition, field by field: encoding/json by itself would match fields in any case,
// take the last of two, and refuse only the first unknown one without saying where. The JSON must be well-formed.
func checkFields(data []byte) Findings {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	c := &fieldCheck{decoder: d, way: []string{"pipeline"}}
	c.value(reflect.TypeFor[Pipeline](), true)
	return c.found
}

type fieldCheck struct {
	decoder *json.Decoder
	way     []string // to the value that is looked at; joined only for a report
	actions int      // so far
	found   Findings
}

func (c *fieldCheck) full() bool { return len(c.found) >= mostRefused || c.actions > maxActions }

func (c *fieldCheck) report(hint, format string, args ...any) {
	if !c.full() {
		c.found = append(c.found, Finding{ValidationError, Problem{Path: strings.Join(c.way, ""), Message: fmt.Sprintf(format, args...), Hint: hint}})
	}
}

func (c *fieldCheck) within(step string, check func()) {
	c.way = append(c.way, step)
	check()
	c.way = c.way[:len(c.way)-1]
}

func (c *fieldCheck) next() json.Token {
	token, err := c.decoder.Token()
	if err != nil {
		panic("definition: checked JSON ended early: " + err.Error())
	}
	return token
}

// value checks the next value of the input against a type. null is an absent value, where one may be absent.
func (c *fieldCheck) value(t reflect.Type, optional bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[Action]() {
		if c.actions == maxActions {
			c.report("", "there are more than %d actions", maxActions)
		}
		c.actions++
	}
	token := c.next()
	switch found := token.(type) {
	case nil:
		if !optional {
			c.report("remove it", "%s is wanted here, not null", kindName(t))
		}
	case json.Delim:
		c.composite(found, t)
	default:
		c.scalar(token, t)
	}
}

func (c *fieldCheck) scalar(token json.Token, t reflect.Type) {
	text := fmt.Sprint(token)
	switch want := kindName(t); {
	case want != tokenName(token):
		c.report("", "%s is wanted here, not %s", want, tokenName(token))
	case t.Kind() == reflect.Int:
		if _, err := strconv.ParseInt(text, 10, 32); err != nil {
			c.report("", "%s is not a whole number in range", clip(text))
		}
	case t.Kind() == reflect.Float64:
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			c.report("", "%s is not a number in range", clip(text))
		}
	case t == reflect.TypeFor[Duration]():
		if _, err := time.ParseDuration(text); err != nil {
			c.report(`write it as "1h30m"`, "%q is not a duration", clip(text))
		}
	}
}

func (c *fieldCheck) composite(open json.Delim, t reflect.Type) {
	switch {
	case open == '{' && t.Kind() == reflect.Struct:
		c.object(func(name string) {
			if f, ok := fieldNamed(t, name); ok {
				c.value(f, true)
				return
			}
			c.report(DidYouMean(name, fieldNames(t)), "unknown field")
			if _, ok := c.next().(json.Delim); ok {
				c.skip()
			}
		})
	case open == '{' && t.Kind() == reflect.Map:
		c.object(func(string) { c.value(t.Elem(), false) })
	case open == '[' && t.Kind() == reflect.Slice:
		for i := 0; !c.full() && c.decoder.More(); i++ {
			c.within("["+strconv.Itoa(i)+"]", func() { c.value(t.Elem(), false) })
		}
		c.end()
	default:
		c.report("", "%s is wanted here, not %s", kindName(t), tokenName(open))
		c.skip()
	}
}

// object visits the members of an object whose brace has been read.
func (c *fieldCheck) object(member func(name string)) {
	seen := map[string]bool{}
	for !c.full() && c.decoder.More() {
		name, _ := c.next().(string)
		c.within("."+clip(name), func() {
			if seen[name] {
				c.report("keep one of them", "is given twice")
			}
			seen[name] = true
			member(name)
		})
	}
	c.end()
}

// end reads the bracket that closes an object or a list, unless reading has stopped on the way.
func (c *fieldCheck) end() {
	if !c.full() {
		c.next()
	}
}

// skip reads to the end of an object or list that has been entered.
func (c *fieldCheck) skip() {
	for depth := 1; depth > 0 && !c.full(); {
		switch c.next() {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

func fieldNamed(t reflect.Type, name string) (reflect.Type, bool) {
	for f := range t.Fields() {
		if jsonName(f) == name {
			return f.Type, true
		}
	}
	return nil, false
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		names = append(names, jsonName(f))
	}
	return names
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.Int, reflect.Float64:
		return "a number"
	default: // text, and a Duration
		return "a string"
	}
}

func tokenName(token json.Token) string {
	switch token {
	case json.Delim('{'):
		return "an object"
	case json.Delim('['):
		return "a list"
	}
	switch token.(type) {
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	default:
		return "a string"
	}
}
