package codec

import (
	"fmt"
	"reflect"
	"sync"
	"time"
	"unsafe"
)

// coder stores the values of one type. Encoding is the engine's hottest loop, so it reads a value where it lies, at a pointer that
// the plan computed from the type; decoding goes through reflection, which checks. depth is how many levels may still be nested.
type coder interface {
	wire() wireType
	// empty says that a field of this value is left out.
	empty(at unsafe.Pointer) bool
	// put appends the value, without a key.
	put(dst []byte, at unsafe.Pointer, depth int) []byte
	// get reads the value, which is zero before, from the front of data and returns what follows it.
	get(data []byte, v reflect.Value, depth int) (rest []byte, err error)
}

var (
	plans    sync.Map // reflect.Type of a struct → compiled
	timeType = reflect.TypeFor[time.Time]()
)

type compiled struct {
	plan *structCoder
	err  error
}

func mustPlan(t reflect.Type) *structCoder {
	plan, err := planFor(t)
	if err != nil {
		panic(err.Error())
	}
	return plan
}

// planFor compiles a struct type once; two goroutines that come first at once both do it, with equal results.
func planFor(t reflect.Type) (*structCoder, error) {
	if known, ok := plans.Load(t); ok {
		c := known.(compiled)
		return c.plan, c.err
	}
	var c compiled
	if t.Kind() != reflect.Struct || t == timeType {
		c.err = fmt.Errorf("codec: %s is not a struct with wire tags", t)
	} else if root, err := (compiler{}).coder(t); err != nil {
		c.err = fmt.Errorf("codec: %w", err)
	} else {
		c.plan = root.(*structCoder)
	}
	plans.Store(t, c)
	return c.plan, c.err
}

// compiler holds the coders of the types on the way, so that a recursive type finds itself.
type compiler map[reflect.Type]coder

func (c compiler) coder(t reflect.Type) (coder, error) {
	if known, ok := c[t]; ok {
		return known, nil
	}
	if t == timeType {
		return timeCoder{}, nil
	}
	switch t.Kind() {
	case reflect.Bool:
		return boolCoder{}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intCoder{t.Size()}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintCoder{t.Size()}, nil
	case reflect.Float64:
		return floatCoder{}, nil
	case reflect.String:
		return stringCoder{}, nil
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return arrayCoder{t.Len()}, nil
		}
	case reflect.Slice:
		return c.slice(t)
	case reflect.Map:
		return c.mapping(t)
	case reflect.Struct:
		return c.structure(t)
	}
	return nil, fmt.Errorf("%s is not supported", t)
}

func (c compiler) slice(t reflect.Type) (coder, error) {
	if t.Elem().Kind() == reflect.Uint8 {
		return bytesCoder{}, nil
	}
	list := &listCoder{size: t.Elem().Size()}
	c[t] = list
	element, err := c.element(t.Elem())
	list.element = element
	return list, err
}

func (c compiler) mapping(t reflect.Type) (coder, error) {
	m := &mapCoder{of: t}
	c[t] = m
	var err error
	switch t.Key().Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		m.key, err = c.coder(t.Key())
	default:
		err = fmt.Errorf("%s: a map's key has to be a string or an integer", t)
	}
	if err != nil {
		return nil, err
	}
	m.element, err = c.element(t.Elem())
	return m, err
}

// element is the coder of a slice's or a map's element: it has no key that could be absent.
func (c compiler) element(t reflect.Type) (coder, error) {
	if t.Kind() != reflect.Pointer {
		return c.coder(t)
	}
	target, err := c.target(t)
	return nullableCoder{target}, err
}

// field is the coder of a struct's field, which is absent where it is nil.
func (c compiler) field(t reflect.Type) (coder, error) {
	if t.Kind() != reflect.Pointer {
		return c.coder(t)
	}
	target, err := c.target(t)
	return pointerCoder{target}, err
}

func (c compiler) target(t reflect.Type) (coder, error) {
	if t.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("%s is not supported: a pointer has to be one to a struct", t)
	}
	return c.coder(t.Elem())
}
