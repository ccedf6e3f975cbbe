package codec

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"unsafe"
)

// structCoder stores a struct as its numbered fields.
type structCoder struct {
	name   string
	fields []field // by number
}

type field struct {
	number uint64
	index  int
	offset uintptr
	key    uint64
	name   string
	coder  coder
}

func (c compiler) structure(t reflect.Type) (coder, error) {
	s := &structCoder{name: cmp.Or(t.Name(), t.String())}
	c[t] = s
	for i := range t.NumField() {
		f, stored, err := c.fieldOf(t.Field(i), i)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t, t.Field(i).Name, err)
		}
		if stored {
			s.fields = append(s.fields, f)
		}
	}
	if len(s.fields) == 0 && t.NumField() > 0 {
		return nil, fmt.Errorf("%s has no wire tags, so nothing of it would be stored", t)
	}
	slices.SortFunc(s.fields, func(a, b field) int { return int(a.number) - int(b.number) })
	for i := 1; i < len(s.fields); i++ {
		if a, b := s.fields[i-1], s.fields[i]; a.number == b.number {
			return nil, fmt.Errorf("%s: %s and %s both have wire number %d", t, a.name, b.name, a.number)
		}
	}
	return s, nil
}

func (c compiler) fieldOf(sf reflect.StructField, index int) (f field, stored bool, err error) {
	tag, tagged := sf.Tag.Lookup("wire")
	if !tagged {
		return f, false, forgotten(sf)
	}
	number, err := strconv.ParseUint(tag, 10, 29)
	if err != nil || number == 0 {
		return f, false, fmt.Errorf("wire number %q is not one from 1 to 2^29-1", tag)
	}
	if !sf.IsExported() {
		return f, false, fmt.Errorf("a stored field has to be exported")
	}
	coder, err := c.field(sf.Type)
	if err != nil {
		return f, false, err
	}
	key := number<<3 | uint64(coder.wire())
	return field{number: number, index: index, offset: sf.Offset, key: key, name: sf.Name, coder: coder}, true, nil
}

// forgotten refuses an embedded struct that has wire tags itself and no number: its fields look stored and would not be.
func forgotten(sf reflect.StructField) error {
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if !sf.Anonymous || t.Kind() != reflect.Struct {
		return nil
	}
	for field := range t.Fields() {
		if _, tagged := field.Tag.Lookup("wire"); tagged {
			return fmt.Errorf("the embedded struct has wire tags but no number of its own")
		}
	}
	return nil
}

func (s *structCoder) wire() wireType { return wireLength }

func (s *structCoder) empty(at unsafe.Pointer) bool {
	for i := range s.fields {
		if f := &s.fields[i]; !f.coder.empty(unsafe.Add(at, f.offset)) {
			return false
		}
	}
	return true
}

func (s *structCoder) put(dst []byte, at unsafe.Pointer, depth int) []byte {
	dst, mark := open(dst)
	return shut(s.putFields(dst, at, depth), mark)
}

func (s *structCoder) putFields(dst []byte, at unsafe.Pointer, depth int) []byte {
	depth = deeper(depth)
	for i := range s.fields {
		f := &s.fields[i]
		value := unsafe.Add(at, f.offset)
		if f.coder.empty(value) {
			continue
		}
		dst = binary.AppendUvarint(dst, f.key)
		dst = f.coder.put(dst, value, depth)
	}
	return dst
}

// deeper counts one level down. What is nested too deep cannot be stored because it could not be read again.
func deeper(depth int) int {
	if depth == 0 {
		panic(fmt.Sprintf("codec: the value is nested deeper than %d; does it hold itself?", MaxDepth))
	}
	return depth - 1
}

func (s *structCoder) get(data []byte, v reflect.Value, depth int) ([]byte, error) {
	body, rest, err := getBody(data)
	if err != nil {
		return nil, err
	}
	return rest, s.getFields(body, v, depth)
}

func (s *structCoder) getFields(data []byte, v reflect.Value, depth int) error {
	if depth == 0 {
		return errTooDeep
	}
	var last uint64
	fields := s.fields
	for len(data) > 0 {
		key, rest, err := getVarint(data)
		if err != nil {
			return err
		}
		number := key >> 3
		if number <= last {
			return &Error{Reason: fmt.Sprintf("field %d follows field %d", number, last)}
		}
		last = number
		for len(fields) > 0 && fields[0].number < number {
			fields = fields[1:]
		}
		if len(fields) == 0 || fields[0].number != number {
			data, err = skip(wireType(key&7), rest)
			if err != nil {
				return within(strconv.FormatUint(number, 10), err)
			}
			continue
		}
		data, err = fields[0].get(rest, key, v, depth-1)
		if err != nil {
			return within(fields[0].name, err)
		}
	}
	return nil
}

func (f *field) get(data []byte, key uint64, v reflect.Value, depth int) ([]byte, error) {
	if key != f.key {
		return nil, &Error{Reason: fmt.Sprintf("wire type %d, want %d", key&7, f.key&7)}
	}
	return f.coder.get(data, v.Field(f.index), depth)
}
