package penstock

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/internal/definition"
)

// wiring is an action's stored half exactly as CodePipeline stores it, and where its artifacts are.
type wiring struct {
	configuration   map[string]string
	inputs, outputs []string
	artifacts       []wiredArtifact
}

// wiredArtifact is an artifact in a field.
type wiredArtifact struct {
	key, name string
	of        reflect.Type // what the author says it holds
}

// encodeConfig writes each exported field as one entry under its name or tag. Zero values are absent, for the service refuses empty
// text. An artifact is an entry with its name and a member of inputs or outputs: those lists alone could not say which field a name
// belongs to. What would not come back as it was is a problem.
func encodeConfig(action string, v reflect.Value) (wiring, definition.Problems) {
	plan := planOf(v.Type())
	w := wiring{configuration: map[string]string{}}
	problems := slices.Clone(plan.problems)
	for _, f := range plan.fields {
		field := v.FieldByIndex(f.index)
		if field.IsZero() || f.list && field.Len() == 0 {
			if f.required() {
				problems = append(problems, definition.MissingKey("", action, f.key))
			}
			continue
		}
		text, err := f.encodeField(field)
		if err != nil {
			problems = append(problems, definition.Problem{Field: "configuration." + f.key, Message: fmt.Sprintf("a %s cannot be stored: %v", field.Type(), err)})
			continue
		}
		w.configuration[f.key] = text
		w.wire(f, field)
	}
	return w, problems
}

// encodeField encodes, and makes sure that decoding gives the same.
func (f configField) encodeField(v reflect.Value) (string, error) {
	text, err := f.encode(v)
	switch {
	case err != nil:
		return "", err
	case text == "":
		return "", errors.New("its text is empty, which is the same as absent")
	case !utf8.ValidString(text):
		return "", errors.New("its text is not valid UTF-8")
	case isReference(v):
		return text, nil
	}
	again := reflect.New(v.Type()).Elem()
	if err := f.decode(again, text); err != nil {
		return "", fmt.Errorf("it cannot be read back: %w", err)
	}
	if !reflect.DeepEqual(again.Interface(), v.Interface()) {
		return "", errors.New("it would not come back as it is")
	}
	return text, nil
}

func isReference(v reflect.Value) bool {
	s, ok := addressed(v).(settable)
	if !ok {
		return false
	}
	_, ref := s.parts()
	return *ref != ""
}

// wire notes the artifacts of a field.
func (w *wiring) wire(f configField, v reflect.Value) {
	if f.role == definition.Setting {
		return
	}
	items := []reflect.Value{v}
	if f.list {
		items = nil
		for i := range v.Len() {
			items = append(items, v.Index(i))
		}
	}
	for _, item := range items {
		name, role, of := item.Interface().(artifactField).artifact()
		w.artifacts = append(w.artifacts, wiredArtifact{f.key, name, of})
		to := &w.inputs
		if role == definition.Output {
			to = &w.outputs
		}
		if !slices.Contains(*to, name) {
			*to = append(*to, name)
		}
	}
}

// addressed is a pointer to a copy of v, as an interface.
func addressed(v reflect.Value) any {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Interface()
}

var artifactCodec = textCodec{
	encode: func(v reflect.Value) (string, error) {
		name, _, _ := v.Interface().(artifactField).artifact()
		return name, nil
	},
	decode: func(v reflect.Value, text string) error {
		v.Addr().Interface().(artifactSetter).setArtifact(text)
		return nil
	},
}

var inputListCodec = textCodec{
	encode: func(v reflect.Value) (string, error) {
		names := make([]string, v.Len())
		for i := range names {
			name, _, _ := v.Index(i).Interface().(artifactField).artifact()
			if name == "" {
				return "", fmt.Errorf("member %d is not wired", i)
			}
			names[i] = name
		}
		return strings.Join(names, ","), nil // no artifact's name holds a comma
	},
	decode: func(v reflect.Value, text string) error {
		names := strings.Split(text, ",")
		v.Set(reflect.MakeSlice(v.Type(), len(names), len(names)))
		for i, name := range names {
			v.Index(i).Addr().Interface().(artifactSetter).setArtifact(name)
		}
		return nil
	},
}

// valueCodec writes a Value[T] as its T or as its reference. It reads a T: references are resolved before.
func valueCodec(t reflect.Type) (textCodec, error) {
	literal, _ := reflect.New(t).Interface().(settable).parts()
	if _, ok := literal.(settable); ok {
		return textCodec{}, errors.New("a Value holds no Value")
	}
	if _, ok := artifactRole(reflect.TypeOf(literal).Elem()); ok {
		return textCodec{}, errors.New("a Value holds no artifact")
	}
	inner, err := codecOf(reflect.TypeOf(literal).Elem())
	return textCodec{
		encode: func(v reflect.Value) (string, error) {
			literal, ref := addressed(v).(settable).parts()
			if *ref != "" {
				return *ref, nil
			}
			text, err := inner.encode(reflect.ValueOf(literal).Elem())
			if err == nil && definition.HasReference(text) {
				err = fmt.Errorf("the literal %q would be taken for a reference; use the Value of a Variable", text)
			}
			return text, err
		},
		decode: func(v reflect.Value, text string) error {
			literal, _ := v.Addr().Interface().(settable).parts()
			return inner.decode(reflect.ValueOf(literal).Elem(), text)
		},
	}, err
}

var marshalerCodec = textCodec{
	encode: func(v reflect.Value) (string, error) {
		text, err := addressed(v).(encoding.TextMarshaler).MarshalText()
		return string(text), err
	},
	decode: func(v reflect.Value, text string) error {
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	},
}

func pointerCodec(t reflect.Type) (textCodec, error) {
	if _, ok := artifactRole(t.Elem()); ok {
		return textCodec{}, errors.New("tag an artifact optional instead of using a pointer")
	}
	inner, err := codecOf(t.Elem())
	return textCodec{
		encode: func(v reflect.Value) (string, error) { return inner.encode(v.Elem()) },
		decode: func(v reflect.Value, text string) error {
			p := reflect.New(t.Elem())
			v.Set(p)
			return inner.decode(p.Elem(), text)
		},
	}, err
}

var (
	stringCodec = textCodec{
		encode: func(v reflect.Value) (string, error) { return v.String(), nil },
		decode: func(v reflect.Value, text string) error { v.SetString(text); return nil },
	}
	boolCodec = textCodec{
		encode: func(v reflect.Value) (string, error) { return strconv.FormatBool(v.Bool()), nil },
		decode: decodeBool,
	}
	intCodec = textCodec{
		encode: func(v reflect.Value) (string, error) { return strconv.FormatInt(v.Int(), 10), nil },
		decode: decodeInt,
	}
	uintCodec = textCodec{
		encode: func(v reflect.Value) (string, error) { return strconv.FormatUint(v.Uint(), 10), nil },
		decode: decodeUint,
	}
	floatCodec = textCodec{
		encode: func(v reflect.Value) (string, error) {
			return strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()), nil
		},
		decode: decodeFloat,
	}
	durationCodec = textCodec{
		encode: func(v reflect.Value) (string, error) { return time.Duration(v.Int()).String(), nil },
		decode: decodeDuration,
	}
	jsonCodec = textCodec{
		encode: func(v reflect.Value) (string, error) {
			text, err := json.Marshal(v.Interface())
			return string(text), err
		},
		decode: decodeJSON,
	}
)
