package codec

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// Version is the format's version, the first byte of every encoding.
const Version = 1

// MaxDepth is how many structs, slices and maps may be nested in a value, the value itself included. It keeps a recursive
// type from exhausting the stack: Marshal panics beyond it (a cycle of pointers), Unmarshal answers an error.
const MaxDepth = 1000

// pooledLimit is the largest scratch buffer in bytes that is kept for the next Marshal.
const pooledLimit = 64 << 10

// Error says which input could not be decoded and where. The value decoded into is zero then.
type Error struct {
	Path   string // Go field path from the outermost type: "State.Stages.Name"
	Reason string
}

// Error implements error.
func (e *Error) Error() string { return "codec: " + e.Path + ": " + e.Reason }

var scratch = sync.Pool{New: func() any { return new(make([]byte, 0, 1024)) }}

// Marshal encodes v, a struct or (cheaper) a pointer to one. The result has no spare capacity. It panics on a programmer's
// error only: a type that Check refuses, a nil pointer, or a value nested deeper than MaxDepth.
func Marshal(v any) []byte {
	buf := scratch.Get().(*[]byte)
	out := Append((*buf)[:0], v)
	data := make([]byte, len(out))
	copy(data, out)
	if cap(out) <= pooledLimit {
		*buf = out
		scratch.Put(buf)
	}
	return data
}

// Append appends the encoding of v to dst and returns the longer slice; see Marshal.
func Append(dst []byte, v any) []byte {
	value := reflect.ValueOf(v)
	if !value.IsValid() {
		panic("codec: cannot encode nil; pass a struct or a pointer to one")
	}
	if value.Kind() == reflect.Pointer {
		if value.IsNil() {
			panic(fmt.Sprintf("codec: cannot encode a nil %T", v))
		}
	} else {
		addressable := reflect.New(value.Type())
		addressable.Elem().Set(value)
		value = addressable
	}
	plan := mustPlan(value.Type().Elem())
	return plan.putFields(append(dst, Version), value.UnsafePointer(), MaxDepth)
}

// Unmarshal decodes data into the struct that into points to. The struct is overwritten whole: what data lacks, untagged
// fields included, is zero afterwards. It answers an *Error for bytes that are not an encoding of that type, and leaves the
// struct zero then. It panics as Marshal does when into is not a non-nil pointer to a supported struct.
func Unmarshal(data []byte, into any) error {
	value := reflect.ValueOf(into)
	if value.Kind() != reflect.Pointer || value.IsNil() {
		panic(fmt.Sprintf("codec: cannot decode into %T; pass a non-nil pointer to a struct", into))
	}
	value = value.Elem()
	plan := mustPlan(value.Type())
	value.SetZero()
	err := decode(plan, data, value)
	if err != nil {
		value.SetZero()
		return within(plan.name, err)
	}
	return nil
}

func decode(plan *structCoder, data []byte, value reflect.Value) error {
	if len(data) == 0 {
		return errTruncated
	}
	if data[0] != Version {
		return &Error{Reason: fmt.Sprintf("format version %d, this program reads version %d", data[0], Version)}
	}
	return plan.getFields(data[1:], value, MaxDepth)
}

// Check says whether v, a struct or a pointer to one (nil will do), can be stored, and if not, which field is in the way.
// Call it in a test for every type that is stored.
func Check(v any) error {
	t := reflect.TypeOf(v)
	if t == nil {
		return fmt.Errorf("codec: nil has no type; pass a struct or a pointer to one")
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	_, err := planFor(t)
	return err
}

// within puts an outer name in front of a decoding error's path.
func within(name string, err error) error {
	inner := &Error{Reason: err.Error()}
	errors.As(err, &inner)
	path := name
	if inner.Path != "" {
		path += "." + inner.Path
	}
	return &Error{Path: path, Reason: inner.Reason}
}
