package search

import (
	"reflect"
	"unsafe"

	"github.com/penstock-dev/penstock/internal/machine"
)

// Fields of replicas and stores are private and have no use for being copied outside of this package, so it goes through reflection: what there
// is to know of a type is found out once, and then worlds are walked by offsets.

// shared are types whose values never change once they are made: copies point to the same ones.
var shared = map[string]bool{
	"*machine.Plan": true, "*executor.Task": true, "*memory.segment": true, "*memory.record": true, "*store.Record": true,
	"[]uint8": true, "*time.Location": true, "*replica.Command": true, "*search.clock": true, "[]store.Event": true,
}

// scrap are fields that hold memory to be used again, and nothing else. They begin empty in a copy.
var scrap = map[string]bool{
	"machine.State.scratch": true, "machine.State.shelf": true, "machine.State.ready": true, "machine.State.running": true, "replica.stream.spare": true,
	"replica.Replica.scratch": true,
}

// shape is what is known of a type.
type shape struct {
	of    reflect.Type
	kind  reflect.Kind
	word  unsafe.Pointer // stands for a pointer to the type in an interface
	plain bool           // it points to nothing that ever changes: an assignment copies it
	size  uintptr
	len   int    // of an array
	key   *shape // of a map
	elem  *shape
	deep  []field // those that an assignment does not copy
	told  []field // those that the digest is made of
}

type field struct {
	*shape
	offset uintptr
	scrap  bool
}

// at is the value that p points to.
func (s *shape) at(p unsafe.Pointer) reflect.Value {
	var held any
	*(*[2]unsafe.Pointer)(unsafe.Pointer(&held)) = [2]unsafe.Pointer{s.word, p}
	return reflect.ValueOf(held).Elem()
}

// atlas are the shapes that one search has met.
type atlas map[reflect.Type]*shape

var (
	eventType = reflect.TypeFor[machine.Event]()
	inputType = reflect.TypeFor[machine.Input]()
)

func (a atlas) shape(t reflect.Type) *shape {
	if s := a[t]; s != nil {
		return s
	}
	pointer := reflect.Zero(reflect.PointerTo(t)).Interface()
	s := &shape{of: t, kind: t.Kind(), size: t.Size(), word: (*[2]unsafe.Pointer)(unsafe.Pointer(&pointer))[0]}
	a[t] = s
	s.plain = shared[t.String()] || t.Kind() == reflect.Pointer && (t.Implements(eventType) || t.Implements(inputType))
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		s.elem = a.shape(t.Elem())
	case reflect.Map:
		s.key, s.elem = a.shape(t.Key()), a.shape(t.Elem())
	case reflect.Array:
		s.elem, s.len = a.shape(t.Elem()), t.Len()
		s.plain = s.elem.plain
	case reflect.Struct:
		a.fields(s)
	case reflect.Interface:
	default: // functions and channels belong to no world
		s.plain = true
	}
	return s
}

func (a atlas) fields(s *shape) {
	for f := range s.of.Fields() {
		name := s.of.String() + "." + f.Name
		it := field{shape: a.shape(f.Type), offset: f.Offset, scrap: scrap[name]}
		if it.scrap || !it.plain {
			s.deep = append(s.deep, it)
		}
		if !it.scrap && !blind[name] {
			s.told = append(s.told, it)
		}
	}
	s.plain = len(s.deep) == 0
}

// forker copies one world.
type forker struct {
	atlas
	done map[pointer]unsafe.Pointer
}

type pointer struct {
	at unsafe.Pointer
	of *shape
}

func (a atlas) fork(w *world) *world {
	f := forker{a, make(map[pointer]unsafe.Pointer, 64)}
	return (*world)(f.pointer(unsafe.Pointer(w), a.shape(reflect.TypeFor[world]())))
}

// pointer copies what a pointer points to, once.
func (f forker) pointer(from unsafe.Pointer, s *shape) unsafe.Pointer {
	key := pointer{from, s}
	to, known := f.done[key]
	if !known {
		to = f.assigned(from, s)
		f.done[key] = to
		f.part(to, s)
	}
	return to
}

// assigned is new memory with the value at from.
func (f forker) assigned(from unsafe.Pointer, s *shape) unsafe.Pointer {
	to := reflect.New(s.of)
	to.Elem().Set(s.at(from))
	return to.UnsafePointer()
}

// part makes a value that was assigned from another one independent of it.
func (f forker) part(p unsafe.Pointer, s *shape) {
	if s.plain {
		return
	}
	switch s.kind {
	case reflect.Pointer:
		if to := (*unsafe.Pointer)(p); *to != nil {
			*to = f.pointer(*to, s.elem)
		}
	case reflect.Struct:
		for i := range s.deep {
			field := &s.deep[i]
			at := unsafe.Add(p, field.offset)
			if field.scrap {
				field.at(at).SetZero()
				continue
			}
			f.part(at, field.shape)
		}
	case reflect.Array:
		for i := range s.len {
			f.part(unsafe.Add(p, uintptr(i)*s.elem.size), s.elem)
		}
	case reflect.Slice:
		f.slice(s.at(p), s)
	case reflect.Map:
		f.table(s.at(p), s)
	case reflect.Interface:
		f.held(s.at(p))
	}
}

func (f forker) slice(v reflect.Value, s *shape) {
	if v.IsNil() {
		return
	}
	to := reflect.MakeSlice(s.of, v.Len(), v.Len())
	reflect.Copy(to, v)
	v.Set(to)
	if s.elem.plain {
		return
	}
	for i := range v.Len() {
		f.part(unsafe.Add(v.UnsafePointer(), uintptr(i)*s.elem.size), s.elem)
	}
}

func (f forker) table(v reflect.Value, s *shape) {
	if v.IsNil() {
		return
	}
	to := reflect.MakeMapWithSize(s.of, v.Len())
	key, value := reflect.New(s.key.of).Elem(), reflect.New(s.elem.of).Elem()
	for entries := v.MapRange(); entries.Next(); {
		key.SetIterKey(entries)
		value.SetIterValue(entries)
		f.part(key.Addr().UnsafePointer(), s.key)
		f.part(value.Addr().UnsafePointer(), s.elem)
		to.SetMapIndex(key, value)
	}
	v.Set(to)
}

// held copies what an interface holds.
func (f forker) held(v reflect.Value) {
	if v.IsNil() {
		return
	}
	s := f.shape(v.Elem().Type())
	if s.plain {
		return
	}
	to := reflect.New(s.of).Elem()
	to.Set(v.Elem())
	f.part(to.Addr().UnsafePointer(), s)
	v.Set(to)
}
