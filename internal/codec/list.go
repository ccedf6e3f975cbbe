package codec

import (
	"reflect"
	"unsafe"
)

// listCoder stores a slice as one body with all its elements.
type listCoder struct {
	element coder
	size    uintptr // of an element
}

// header is how Go lays a slice out.
type header struct {
	first    unsafe.Pointer
	len, cap int
}

func (l *listCoder) wire() wireType               { return wireLength }
func (l *listCoder) empty(at unsafe.Pointer) bool { return (*header)(at).len == 0 }

func (l *listCoder) put(dst []byte, at unsafe.Pointer, depth int) []byte {
	depth = deeper(depth)
	dst, mark := open(dst)
	list := (*header)(at)
	for i := range list.len {
		dst = l.element.put(dst, unsafe.Add(list.first, uintptr(i)*l.size), depth)
	}
	return shut(dst, mark)
}

func (l *listCoder) get(data []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth == 0 {
		return nil, errTooDeep
	}
	body, rest, err := getBody(data)
	if err != nil || len(body) == 0 {
		return rest, err
	}
	n, err := count(body, l.element.wire())
	if err != nil {
		return nil, err
	}
	v.Grow(n)
	v.SetLen(n)
	for i := range n {
		if body, err = l.element.get(body, v.Index(i), depth-1); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// pointerCoder stores a field that points to a struct.
type pointerCoder struct{ target coder }

func (p pointerCoder) wire() wireType               { return p.target.wire() }
func (p pointerCoder) empty(at unsafe.Pointer) bool { return pointee(at) == nil }

func (p pointerCoder) put(dst []byte, at unsafe.Pointer, depth int) []byte {
	return p.target.put(dst, pointee(at), depth)
}

func pointee(at unsafe.Pointer) unsafe.Pointer { return *(*unsafe.Pointer)(at) }

func (p pointerCoder) get(data []byte, v reflect.Value, depth int) ([]byte, error) {
	v.Set(reflect.New(v.Type().Elem()))
	return p.target.get(data, v.Elem(), depth)
}

// nullableCoder stores an element that points to a struct, in a body of its own that is empty for nil.
type nullableCoder struct{ target coder }

func (n nullableCoder) wire() wireType               { return wireLength }
func (n nullableCoder) empty(at unsafe.Pointer) bool { return pointee(at) == nil }

func (n nullableCoder) put(dst []byte, at unsafe.Pointer, depth int) []byte {
	if pointee(at) == nil {
		return append(dst, 0)
	}
	dst, mark := open(dst)
	return shut(n.target.put(dst, pointee(at), depth), mark)
}

func (n nullableCoder) get(data []byte, v reflect.Value, depth int) ([]byte, error) {
	body, rest, err := getBody(data)
	if err != nil || len(body) == 0 {
		return rest, err
	}
	v.Set(reflect.New(v.Type().Elem()))
	tail, err := n.target.get(body, v.Elem(), depth)
	if err == nil && len(tail) > 0 {
		err = &Error{Reason: "bytes left over"}
	}
	return rest, err
}
