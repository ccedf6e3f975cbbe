package codec

import (
	"cmp"
	"reflect"
	"slices"
	"unsafe"
)

// mapCoder stores a map as one body of keys and values, by rising key.
type mapCoder struct {
	of           reflect.Type
	key, element coder
}

// span is one entry of a map that has been appended where the iteration happened to meet it.
type span struct {
	text       string
	signed     int64
	unsigned   uint64
	start, end int
}

func (m *mapCoder) wire() wireType { return wireLength }

// empty reads the number of entries through any map type: that is laid out alike.
func (m *mapCoder) empty(at unsafe.Pointer) bool { return len(*(*map[string]string)(at)) == 0 }

// put appends the entries as they come, then a sorted copy of them, and moves the copy over the first ones: no entry is
// looked up a second time.
func (m *mapCoder) put(dst []byte, at unsafe.Pointer, depth int) []byte {
	depth = deeper(depth)
	v := reflect.NewAt(m.of, at).Elem()
	dst, mark := open(dst)
	var few [8]span
	spans := few[:0]
	key, value := reflect.New(m.of.Key()), reflect.New(m.of.Elem())
	for entries := v.MapRange(); entries.Next(); {
		key.Elem().SetIterKey(entries)
		value.Elem().SetIterValue(entries)
		s := spanOf(key.Elem())
		s.start = len(dst)
		dst = m.key.put(dst, key.UnsafePointer(), depth)
		dst = m.element.put(dst, value.UnsafePointer(), depth)
		s.end = len(dst)
		spans = append(spans, s)
	}
	if len(spans) > 1 {
		slices.SortFunc(spans, compareSpans)
		body := len(dst)
		for _, s := range spans {
			dst = append(dst, dst[s.start:s.end]...)
		}
		dst = dst[:mark+copy(dst[mark:], dst[body:])]
	}
	return shut(dst, mark)
}

func spanOf(key reflect.Value) span {
	switch {
	case key.CanInt():
		return span{signed: key.Int()}
	case key.CanUint():
		return span{unsigned: key.Uint()}
	}
	return span{text: key.String()}
}

// compareSpans orders by key: a map's keys are all of one kind, so that two of the three are equal.
func compareSpans(a, b span) int {
	return cmp.Or(cmp.Compare(a.text, b.text), cmp.Compare(a.signed, b.signed), cmp.Compare(a.unsigned, b.unsigned))
}

func (m *mapCoder) get(data []byte, v reflect.Value, depth int) ([]byte, error) {
	if depth == 0 {
		return nil, errTooDeep
	}
	body, rest, err := getBody(data)
	if err != nil || len(body) == 0 {
		return rest, err
	}
	n, err := count(body, m.key.wire(), m.element.wire())
	if err != nil {
		return nil, err
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), n))
	key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
	var last span
	for i := range n {
		value.SetZero()
		if body, err = m.entry(body, key, value, depth-1); err != nil {
			return nil, err
		}
		s := spanOf(key)
		if i > 0 && compareSpans(last, s) >= 0 {
			return nil, &Error{Reason: "a map's keys do not rise"}
		}
		last = s
		v.SetMapIndex(key, value)
	}
	return rest, nil
}

func (m *mapCoder) entry(data []byte, key, value reflect.Value, depth int) ([]byte, error) {
	data, err := m.key.get(data, key, depth)
	if err != nil {
		return nil, err
	}
	return m.element.get(data, value, depth)
}
