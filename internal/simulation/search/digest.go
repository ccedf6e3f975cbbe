package search

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// digest tells worlds apart: two that have the same may go on in the same ways.
type digest [16]byte

// blind are fields that no decision depends on (how it came to be, texts for people, counters that only name things) or that follow from
// others.
var blind = map[string]bool{
	"machine.State.Seq": true, "machine.State.Definitions": true, "machine.State.Audit": true, "machine.State.Noted": true, "machine.State.plans": true,
	"machine.State.compiled": true, "machine.State.actions": true,
	"machine.Execution.Past": true, "machine.Execution.weight": true, "machine.Execution.Summary": true, "machine.Execution.Attempt": true,
	"machine.Halt.Reason": true, "machine.Execution.Trigger": true, "machine.StageRun.Retries": true,
	"machine.ActionExecution.Summary": true,
	"replica.stream.plans":            true, "replica.stream.version": true, "replica.stream.snapped": true,
	"replica.Replica.seed": true, "replica.Replica.drawn": true, "replica.Replica.free": true, "replica.Replica.now": true,
	"replica.Replica.dirty": true, "replica.Replica.claimed": true, "replica.Replica.starving": true, "replica.Replica.served": true,
	"replica.Input.Seed": true, "replica.Options.Lane": true, "replica.flight.batch": true,
	"store.Lease.Fence": true, "store.Lease.Lane": true, "store.Lease.Now": true, "store.Lease.Data": true,
	"machine.CommandNoted.Head": true, "machine.CommandNoted.Request": true, "machine.CommandNoted.Reply": true,
	"machine.CommandNoted.First": true, "machine.CommandNoted.Last": true, "machine.CommandNoted.Paged": true, "machine.CommandNoted.Alone": true,
	"machine.ExecutionStarted.Trigger": true, "machine.ExecutionEnded.Summary": true,
	"store.Record.Data": true, "search.world.clock": true, "search.world.store": true, "search.world.now": true,
	"search.world.nodes": true, "search.world.cursor": true, "search.world.drawn": true, "search.world.named": true,
	"search.work.task": true, "search.group.batches": true, "search.course.stopped": true, "search.judge.noted": true, "search.node.lease": true,
}

// walker writes what it sees into a text in which names stand in the order in which they come up.
type walker struct {
	atlas
	now   time.Time
	text  []byte
	names map[string]byte // IDs, tokens and replicas
}

func (w *walker) number(n uint64) { w.text = binary.AppendUvarint(w.text, n) }

// name writes the number of an ID, a token, a replica or a command.
func (w *walker) name(key string) {
	n, known := w.names[key]
	if !known {
		if len(w.names) == 255 {
			panic("search: more names than a digest can tell apart")
		}
		n = byte(len(w.names) + 1)
		w.names[strings.Clone(key)] = n
	}
	w.text = append(w.text, n)
}

var (
	idType    = reflect.TypeFor[machine.ID]()
	tokenType = reflect.TypeFor[store.ID]()
	timeType  = reflect.TypeFor[time.Time]()
)

func (w *walker) walk(p unsafe.Pointer, s *shape) {
	switch s.of {
	case idType, tokenType:
		if id := (*[16]byte)(p); *id != [16]byte{} {
			w.name(unsafe.String(&id[0], len(id)))
			return
		}
		w.text = append(w.text, 0)
		return
	case timeType:
		w.time(*(*time.Time)(p))
		return
	}
	switch s.kind {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		w.text = append(w.text, *(*byte)(p))
	case reflect.String:
		w.string(*(*string)(p))
	case reflect.Pointer:
		if in := *(*unsafe.Pointer)(p); in != nil {
			w.text = append(w.text, 1)
			w.walk(in, s.elem)
			return
		}
		w.text = append(w.text, 0)
	case reflect.Struct:
		for i := range s.told {
			w.walk(unsafe.Add(p, s.told[i].offset), s.told[i].shape)
		}
	case reflect.Array:
		w.row(p, s.len, s.elem)
	default:
		w.value(s.at(p), s)
	}
}

// value writes what is not read from memory as it lies.
func (w *walker) value(v reflect.Value, s *shape) {
	switch s.kind {
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		w.text = binary.AppendVarint(w.text, v.Int())
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.number(v.Uint())
	case reflect.Slice:
		w.number(uint64(v.Len()))
		w.row(v.UnsafePointer(), v.Len(), s.elem)
	case reflect.Map:
		w.table(v, s)
	case reflect.Interface:
		w.held(v)
	}
}

func (w *walker) row(p unsafe.Pointer, n int, s *shape) {
	for i := range n {
		w.walk(unsafe.Add(p, uintptr(i)*s.size), s)
	}
}

func (w *walker) time(at time.Time) {
	switch {
	case at.IsZero():
		w.number(0)
	case !at.After(w.now):
		w.number(1)
	case at.Sub(w.now) > horizon:
		w.number(2)
	default:
		w.number(uint64(at.Sub(w.now)))
	}
}

// string writes a name by its number, everything else as it is.
func (w *walker) string(text string) {
	if strings.HasPrefix(text, named) {
		w.name(text)
		return
	}
	w.number(uint64(len(text)) + 256)
	w.text = append(w.text, text...)
}

// held writes the type of what an interface holds, and what it holds.
func (w *walker) held(v reflect.Value) {
	if v.IsNil() {
		w.text = append(w.text, 0)
		return
	}
	in := v.Elem()
	s := w.shape(in.Type())
	w.text = append(w.text, s.of.String()...)
	w.walk(copied(in), s)
}

// copied is where a value that has no address was put.
func copied(v reflect.Value) unsafe.Pointer {
	out := reflect.New(v.Type())
	out.Elem().Set(v)
	return out.UnsafePointer()
}

// table writes the entries of a map in the order of their keys. IDs sort by the sequence of their stream, replicas by their start.
func (w *walker) table(v reflect.Value, s *shape) {
	w.number(uint64(v.Len()))
	if v.Len() == 0 {
		return
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch s.key.kind {
		case reflect.String:
			return cmp.Compare(a.String(), b.String())
		case reflect.Uint64:
			return cmp.Compare(a.Uint(), b.Uint())
		case reflect.Array:
			return bytes.Compare((*machine.ID)(copied(a))[:], (*machine.ID)(copied(b))[:])
		default:
			return cmp.Compare(fmt.Sprint(a.Interface()), fmt.Sprint(b.Interface()))
		}
	})
	for _, key := range keys {
		w.walk(copied(key), s.key)
		w.walk(copied(v.MapIndex(key)), s.elem)
	}
}

// digest looks at the replicas in the order in which the world has named them: which of them is called the first makes no difference. When
// it names neither, it looks at them in both orders, and keeps the smaller text.
func (a atlas) digest(w *world) digest {
	v := walker{atlas: a, now: w.now, text: make([]byte, 0, 4<<10), names: make(map[string]byte, 32)}
	v.walk(unsafe.Pointer(w), a.shape(reflect.TypeFor[world]()))
	one, other := w.nodes[0], w.nodes[1]
	switch first, second := v.names[one.name], v.names[other.name]; {
	case first == 0 && second == 0:
		then := walker{atlas: a, now: w.now, text: slices.Clone(v.text), names: maps.Clone(v.names)}
		then.replicas(other, one)
		v.replicas(one, other)
		if bytes.Compare(then.text, v.text) < 0 {
			v.text = then.text
		}
	case first == 0 || second != 0 && second < first:
		v.replicas(other, one)
	default:
		v.replicas(one, other)
	}
	sum := sha256.Sum256(v.text)
	return digest(sum[:16])
}

// replicas writes them in an order.
func (w *walker) replicas(nodes ...*node) {
	for _, n := range nodes {
		w.walk(unsafe.Pointer(n), w.shape(reflect.TypeFor[node]()))
		w.time(n.lease.Expires)
	}
}
