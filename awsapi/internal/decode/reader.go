package decode

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// deepest is how deep values nest: the model's own deepest is 15.
const deepest = 32

// reader reads values of known shapes.
type reader struct {
	decoder *json.Decoder
	ignore  bool
	unknown Invalid
	depth   int
}

// value reads a value; null is nil.
func (r *reader) value(of *wire.Shape, at string) (any, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	if r.depth++; r.depth > deepest {
		return nil, &Malformed{fmt.Sprintf("the body is nested deeper than %d levels", deepest)}
	}
	defer func() { r.depth-- }()
	switch {
	case token == nil:
		return nil, nil
	case token == json.Delim('{') && of.Kind == wire.Structure:
		return r.structure(of, at)
	case token == json.Delim('{') && of.Kind == wire.Map:
		return r.table(of, at)
	case token == json.Delim('[') && of.Kind == wire.List:
		return r.list(of, at)
	default:
		return scalar(token, of, at)
	}
}

func scalar(token json.Token, of *wire.Shape, at string) (any, error) {
	switch v := token.(type) {
	case string:
		if of.Kind == wire.String {
			return v, nil
		}
	case bool:
		if of.Kind == wire.Boolean {
			return v, nil
		}
	case json.Number:
		if number(v, of.Kind) {
			return v, nil
		}
	}
	return nil, mistyped(token, of, at)
}

func number(n json.Number, kind wire.Kind) bool {
	switch kind {
	case wire.Integer:
		_, err := strconv.ParseInt(n.String(), 10, 32)
		return err == nil
	case wire.Instant:
		seconds, err := n.Float64()
		return err == nil && wire.InRange(seconds)
	default:
		return false
	}
}

var kindNames = [...]string{"an object", "a string", "an integer", "a boolean", "a number of seconds since 1970", "a list", "an object"}

func mistyped(token json.Token, of *wire.Shape, at string) error {
	found := "something else"
	switch v := token.(type) {
	case string:
		found = "a string"
	case bool:
		found = "a boolean"
	case json.Number:
		found = clip(v.String())
	case json.Delim:
		found = "an object or a list"
	}
	return &Malformed{fmt.Sprintf("%s must be %s, not %s", place(at), kindNames[of.Kind], found)}
}

func place(at string) string {
	if at == "" {
		return "the body"
	}
	return "'" + at + "'"
}

func (r *reader) structure(of *wire.Shape, at string) (any, error) {
	out := map[string]any{}
	seen := map[string]bool{}
	for r.decoder.More() {
		name, inside, err := r.name(at, seen)
		if err != nil {
			return nil, err
		}
		known := of.Member(name)
		if known == nil {
			if err := r.skip(inside); err != nil {
				return nil, err
			}
			continue
		}
		value, err := r.value(known.Shape, inside)
		if err != nil {
			return nil, err
		}
		if value != nil {
			out[name] = value
		}
	}
	_, err := r.decoder.Token()
	return out, err
}

// name reads the next member's name; a name may come once.
func (r *reader) name(at string, seen map[string]bool) (name, inside string, err error) {
	token, err := r.decoder.Token()
	if err != nil {
		return "", "", err
	}
	name = token.(string) // encoding/json takes nothing else there
	if inside = join(at, clip(name)); seen[name] {
		return "", "", &Malformed{place(inside) + " is given twice"}
	}
	seen[name] = true
	return name, inside, nil
}

// skip passes over what the model does not know.
func (r *reader) skip(at string) error {
	if !r.ignore && len(r.unknown) < mostTold {
		r.unknown = append(r.unknown, fmt.Sprintf("Value at '%s' failed to satisfy constraint: Member must be one that the operation knows", at))
	}
	for depth := 0; ; {
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func (r *reader) table(of *wire.Shape, at string) (any, error) {
	out := map[string]any{}
	seen := map[string]bool{}
	for r.decoder.More() {
		name, inside, err := r.name(at, seen)
		if err != nil {
			return nil, err
		}
		value, err := r.value(of.Value, inside)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	_, err := r.decoder.Token()
	return out, err
}

func (r *reader) list(of *wire.Shape, at string) (any, error) {
	out := []any{}
	for r.decoder.More() {
		value, err := r.value(of.Value, item(at, len(out)))
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	_, err := r.decoder.Token()
	return out, err
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// item is a place in a list, counted from 1 as the service does.
func item(at string, i int) string { return at + "." + strconv.Itoa(i+1) + ".member" }
