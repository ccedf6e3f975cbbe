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

// checkFields compares JSON with the types of a definition, field by field: encoding/json by itself would match fields in any case,
// take the last of two, and refuse only the first unknown one without saying where. The JSON must be well-formed.
func checkFields(data []byte) Problems {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	c := &fieldCheck{decoder: d}
	c.value(reflect.TypeFor[Pipeline](), "pipeline")
	return c.problems
}

type fieldCheck struct {
	decoder  *json.Decoder
	problems Problems
}

func (c *fieldCheck) report(path, hint, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (c *fieldCheck) next() json.Token {
	token, err := c.decoder.Token()
	if err != nil {
		panic("definition: checked JSON ended early: " + err.Error())
	}
	return token
}

// value checks the next value of the input against a type. null is an absent value.
func (c *fieldCheck) value(t reflect.Type, path string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	token := c.next()
	switch found := token.(type) {
	case nil:
	case json.Delim:
		c.composite(found, t, path)
	default:
		c.scalar(token, t, path)
	}
}

func (c *fieldCheck) scalar(token json.Token, t reflect.Type, path string) {
	text := fmt.Sprint(token)
	switch want := kindName(t); {
	case want != tokenName(token):
		c.report(path, "", "%s is wanted here, not %s", want, tokenName(token))
	case t.Kind() == reflect.Int:
		if _, err := strconv.ParseInt(text, 10, 32); err != nil {
			c.report(path, "", "%s is not a whole number in range", text)
		}
	case t == reflect.TypeFor[Duration]():
		if _, err := time.ParseDuration(text); err != nil {
			c.report(path, `write it as "1h30m"`, "%q is not a duration", text)
		}
	}
}

func (c *fieldCheck) composite(open json.Delim, t reflect.Type, path string) {
	switch {
	case open == '{' && t.Kind() == reflect.Struct:
		c.object(path, func(name, at string) {
			if f, ok := fieldNamed(t, name); ok {
				c.value(f, at)
				return
			}
			c.report(at, DidYouMean(name, fieldNames(t)), "unknown field")
			if _, ok := c.next().(json.Delim); ok {
				c.skip()
			}
		})
	case open == '{' && t.Kind() == reflect.Map:
		c.object(path, func(_, at string) { c.value(t.Elem(), at) })
	case open == '[' && t.Kind() == reflect.Slice:
		for i := 0; c.decoder.More(); i++ {
			c.value(t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
		c.next()
	default:
		c.report(path, "", "%s is wanted here, not %s", kindName(t), tokenName(open))
		c.skip()
	}
}

// object visits the members of an object whose brace has been read.
func (c *fieldCheck) object(path string, member func(name, at string)) {
	seen := map[string]bool{}
	for c.decoder.More() {
		name := c.next().(string)
		at := path + "." + name
		if seen[name] {
			c.report(at, "", "is given twice")
		}
		seen[name] = true
		member(name, at)
	}
	c.next()
}

// skip reads to the end of an object or list that has been entered.
func (c *fieldCheck) skip() {
	for depth := 1; depth > 0; {
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
