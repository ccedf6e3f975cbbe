package penstock

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// configPlan is how one type of configuration is stored. It is worked out once a type.
type configPlan struct {
	fields   []configField
	problems definition.Problems // with fields, without a path
}

// configField is one exported field: one configuration entry.
type configField struct {
	key      string
	index    []int
	optional bool // says the tag
	list     bool // of inputs
	role     definition.Role
	textCodec
}

// textCodec turns values of one type into text and back. The zero value of a decode target is what it was before.
type textCodec struct {
	encode func(v reflect.Value) (string, error)
	decode func(v reflect.Value, text string) error
}

func (f configField) required() bool { return f.role != definition.Setting && !f.optional && !f.list }

var configPlans sync.Map // reflect.Type to *configPlan

func planOf(t reflect.Type) *configPlan {
	if plan, ok := configPlans.Load(t); ok {
		return plan.(*configPlan)
	}
	plan, _ := configPlans.LoadOrStore(t, newConfigPlan(t))
	return plan.(*configPlan)
}

func newConfigPlan(t reflect.Type) *configPlan {
	p := &configPlan{}
	if t.Kind() != reflect.Struct {
		p.problem("configuration", "type %s is no struct, whose fields could be stored", t)
		return p
	}
	for _, f := range reflect.VisibleFields(t) {
		p.add(t, f)
	}
	return p
}

func (p *configPlan) problem(field, format string, args ...any) {
	p.problems = append(p.problems, definition.Problem{Field: field, Message: fmt.Sprintf(format, args...)})
}

// add plans one field. The fields of an embedded struct count as if they were the configuration's own.
func (p *configPlan) add(t reflect.Type, f reflect.StructField) {
	key, optional, err := fieldTag(f)
	isField := f.IsExported() || f.Anonymous
	switch {
	case key == "-" || !isField || behindPointer(t, f.Index):
		return
	case f.Anonymous && f.Type.Kind() == reflect.Struct && !isLeaf(f.Type):
		return // its fields are visible by themselves
	case f.Anonymous && !f.IsExported():
		return
	case err != nil:
		p.problem("configuration."+key, "field %s.%s: %v", t, f.Name, err)
		return
	}
	field := configField{key: key, index: f.Index, optional: optional}
	if err := field.plan(f.Type); err != nil {
		p.problem("configuration."+key, "field %s.%s of type %s: %v", t, f.Name, f.Type, err)
		return
	}
	if slices.ContainsFunc(p.fields, func(o configField) bool { return o.key == key }) {
		p.problem("configuration."+key, "two fields of %s are stored as %s", t, key)
		return
	}
	p.fields = append(p.fields, field)
}

// behindPointer: what an embedded pointer leads to may not be there.
func behindPointer(t reflect.Type, index []int) bool {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// fieldTag reads `penstock:"Name,optional"`.
func fieldTag(f reflect.StructField) (key string, optional bool, err error) {
	key, rest, more := strings.Cut(f.Tag.Get("penstock"), ",")
	if key == "" {
		key = f.Name
	}
	if more && rest != "optional" {
		err = fmt.Errorf("the tag says %q, where only optional is known", rest)
	}
	return key, more, err
}

// plan finds out what the field is.
func (f *configField) plan(t reflect.Type) (err error) {
	if t.Kind() == reflect.Slice {
		if role, ok := artifactRole(t.Elem()); ok {
			if role != definition.Input {
				return errors.New("only inputs come in lists")
			}
			f.role, f.list, f.textCodec = role, true, inputListCodec
			return nil
		}
	}
	if role, ok := artifactRole(t); ok {
		f.role, f.textCodec = role, artifactCodec
		return nil
	}
	f.textCodec, err = codecOf(t)
	return err
}

func artifactRole(t reflect.Type) (definition.Role, bool) {
	if t.Kind() != reflect.Struct {
		return definition.Setting, false
	}
	a, ok := reflect.TypeAssert[artifactField](reflect.Zero(t))
	if !ok {
		return definition.Setting, false
	}
	_, role, _ := a.artifact()
	return role, true
}

// codecOf finds how values of a type are written as text: what design decisions say first, then what the type says, then its kind.
func codecOf(t reflect.Type) (textCodec, error) {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return durationCodec, nil
	case isValue(t):
		return valueCodec(t)
	case isText(t):
		return marshalerCodec, nil
	}
	switch t.Kind() {
	case reflect.String:
		return stringCodec, nil
	case reflect.Bool:
		return boolCodec, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intCodec, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintCodec, nil
	case reflect.Float32, reflect.Float64:
		return floatCodec, nil
	case reflect.Pointer:
		return pointerCodec(t)
	default:
		return jsonCodec, checkJSON(t, map[reflect.Type]bool{})
	}
}

// isLeaf says whether a struct is one value by itself.
func isLeaf(t reflect.Type) bool {
	_, isArtifact := artifactRole(t)
	return isArtifact || isText(t) || isValue(t)
}

func isValue(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[settable]())
}

// isText says whether a type has a text form of its own, both ways.
func isText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.TextMarshaler]()) && p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// checkJSON says why a type cannot be stored as one JSON text.
func checkJSON(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] {
		return nil
	}
	seen[t] = true
	if _, ok := artifactRole(t); ok {
		return errors.New("an input or output must be a field of the configuration itself")
	}
	if isValue(t) {
		return errors.New("a Value must be a field of the configuration itself")
	}
	if isText(t) {
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return checkJSON(t.Elem(), seen)
	case reflect.Map:
		return errors.Join(checkJSON(t.Key(), seen), checkJSON(t.Elem(), seen))
	case reflect.Struct:
		for f := range t.Fields() {
			if err := checkJSON(f.Type, seen); f.IsExported() && err != nil {
				return fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
		return nil
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer, reflect.Uintptr:
		return fmt.Errorf("a %s cannot be stored", t.Kind())
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return errors.New("an interface cannot be read back")
		}
		return nil
	default:
		return nil
	}
}
