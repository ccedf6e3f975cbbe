package search

import (
	"reflect"
	"unsafe"

	"github.com/penstock-dev/penstock/internal/machine"
)

// Fields of replicas and stores are private and have no use for being copied outside of this package, so it goes through reflection.

// shared are types whose values never change once they are made: copies point to the same ones.
var shared = map[string]bool{
	"*machine.Plan": true, "*executor.Task": true, "*memory.segment": true, "*memory.record": true, "*store.Record": true,
	"[]uint8": true, "*time.Location": true, "*replica.Command": true, "*search.clock": true, "[]store.Event": true,
}

// scrap are fields that hold memory to be used again, and nothing else. They begin empty in a copy.
var scrap = map[string]bool{
	"machine.State.scratch": true, "machine.State.ready": true, "machine.State.running": true, "replica.stream.spare": true,
}

// shape is what is known of a type.
type shape struct {
	plain  bool // it points to nothing: an assignment copies it
	shared bool
	fields []field
}

type field struct {
	index int
	kind  reflect.Type
	scrap bool
	blind bool // no part of the digest
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
	s := &shape{shared: shared[t.String()] || t.Kind() == reflect.Pointer && (t.Implements(eventType) || t.Implements(inputType))}
	a[t] = s
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
	case reflect.Array:
		s.plain = a.shape(t.Elem()).plain
	case reflect.Struct:
		s.plain = true
		for i := range t.NumField() {
			f := t.Field(i)
			name := t.String() + "." + f.Name
			s.fields = append(s.fields, field{index: i, kind: f.Type, scrap: scrap[name], blind: scrap[name] || blind[name]})
			s.plain = s.plain && !scrap[name] && a.shape(f.Type).plain
		}
	default: // functions and channels belong to no world
		s.plain = true
	}
	return s
}

// forker copies one world.
type forker struct {
	atlas
	done map[pointer]reflect.Value
}

type pointer struct {
	at unsafe.Pointer
	of reflect.Type
}

func (a atlas) fork(w *world) *world {
	f := forker{a, make(map[pointer]reflect.Value, 64)}
	out := reflect.ValueOf(new(*world)).Elem()
	from := reflect.ValueOf(&w).Elem()
	f.copy(out, from)
	return out.Interface().(*world)
}

// open is a field, also a private one, that may be read and written.
func open(v reflect.Value, f field) reflect.Value {
	return reflect.NewAt(f.kind, v.Field(f.index).Addr().UnsafePointer()).Elem()
}

// copy makes to, which is zero, what from is. Both can be addressed.
func (f forker) copy(to, from reflect.Value) {
	s := f.shape(from.Type())
	if s.plain || s.shared {
		to.Set(from)
		return
	}
	switch from.Kind() {
	case reflect.Pointer:
		f.pointer(to, from)
	case reflect.Struct:
		for _, field := range s.fields {
			if !field.scrap {
				f.copy(open(to, field), open(from, field))
			}
		}
	case reflect.Array:
		for i := range from.Len() {
			f.copy(to.Index(i), from.Index(i))
		}
	case reflect.Slice:
		f.slice(to, from)
	case reflect.Map:
		f.table(to, from)
	case reflect.Interface:
		if !from.IsNil() {
			to.Set(f.loose(from.Elem()))
		}
	}
}

func (f forker) pointer(to, from reflect.Value) {
	if from.IsNil() {
		return
	}
	key := pointer{from.UnsafePointer(), from.Type()}
	made, known := f.done[key]
	if !known {
		made = reflect.New(from.Type().Elem())
		f.done[key] = made
		f.copy(made.Elem(), from.Elem())
	}
	to.Set(made)
}

func (f forker) slice(to, from reflect.Value) {
	if from.IsNil() {
		return
	}
	to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
	if f.shape(from.Type().Elem()).plain {
		reflect.Copy(to, from)
		return
	}
	for i := range from.Len() {
		f.copy(to.Index(i), from.Index(i))
	}
}

func (f forker) table(to, from reflect.Value) {
	if from.IsNil() {
		return
	}
	to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
	for entries := from.MapRange(); entries.Next(); {
		to.SetMapIndex(f.loose(entries.Key()), f.loose(entries.Value()))
	}
}

// loose copies a value that cannot be addressed.
func (f forker) loose(from reflect.Value) reflect.Value {
	if s := f.shape(from.Type()); s.plain || s.shared {
		return from
	}
	held, out := reflect.New(from.Type()).Elem(), reflect.New(from.Type()).Elem()
	held.Set(from)
	f.copy(out, held)
	return out
}
