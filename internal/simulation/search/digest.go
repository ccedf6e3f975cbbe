package search

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// digest tells worlds apart: two that have the same may go on in the same ways.
type digest [16]byte

// blind are fields that no decision depends on (how it came to be, texts for people, counters that only name things) or that follow from
// others.
var blind = map[string]bool{
	"machine.State.Seq": true, "machine.State.Definitions": true, "machine.State.Audit": true, "machine.State.plans": true,
	"machine.State.compiled": true, "machine.State.actions": true,
	"machine.Execution.Past": true, "machine.Execution.Summary": true, "machine.Execution.Attempt": true,
	"machine.Halt.Reason": true, "machine.Execution.Trigger": true, "machine.StageRun.Retries": true,
	"machine.ActionExecution.Summary": true,
	"replica.stream.plans":            true, "replica.stream.version": true, "replica.stream.snapped": true,
	"replica.Replica.seed": true, "replica.Replica.drawn": true, "replica.Replica.free": true, "replica.Replica.now": true,
	"replica.Replica.dirty": true, "replica.Replica.starving": true, "replica.Replica.served": true,
	"replica.Input.Seed": true, "replica.Options.Lane": true, "replica.flight.batch": true,
	"store.Lease.Fence": true, "store.Lease.Lane": true, "store.Lease.Now": true, "store.Lease.Data": true,
	"machine.CommandNoted.Head": true, "machine.ExecutionStarted.Trigger": true, "machine.ExecutionEnded.Summary": true,
	"store.Record.Data": true, "search.world.clock": true, "search.world.store": true, "search.world.now": true,
	"search.world.nodes": true, "search.world.cursor": true, "search.world.drawn": true, "search.world.named": true,
	"search.work.task": true, "search.group.batches": true, "search.judge.begun": true, "search.judge.noted": true, "search.node.lease": true,
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
		n = byte(len(w.names) + 1)
		w.names[key] = n
	}
	w.text = append(w.text, n)
}

var (
	idType    = reflect.TypeFor[machine.ID]()
	tokenType = reflect.TypeFor[store.ID]()
	timeType  = reflect.TypeFor[time.Time]()
)

func (w *walker) walk(v reflect.Value) {
	t := v.Type()
	switch t {
	case idType, tokenType:
		if v.IsZero() {
			w.text = append(w.text, 0)
			return
		}
		w.name(string(v.Bytes()))
		return
	case timeType:
		w.time(v.Interface().(time.Time))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			w.text = append(w.text, 1)
			return
		}
		w.text = append(w.text, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		w.text = binary.AppendVarint(w.text, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.number(v.Uint())
	case reflect.String:
		w.string(v.String())
	case reflect.Pointer, reflect.Interface:
		w.indirect(v)
	case reflect.Struct:
		for _, f := range w.shape(t).fields {
			if !f.blind {
				w.walk(open(v, f))
			}
		}
	case reflect.Slice, reflect.Array:
		w.number(uint64(v.Len()))
		for i := range v.Len() {
			w.walk(v.Index(i))
		}
	case reflect.Map:
		w.table(v)
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

func (w *walker) indirect(v reflect.Value) {
	if v.IsNil() {
		w.text = append(w.text, 0)
		return
	}
	w.text = append(w.text, 1)
	in := v.Elem()
	if v.Kind() == reflect.Interface {
		w.text = append(w.text, in.Type().String()...)
		if in.Kind() != reflect.Pointer {
			held := reflect.New(in.Type()).Elem()
			held.Set(in)
			in = held
		}
	}
	w.walk(in)
}

// table writes the entries of a map in the order of their keys. IDs sort by the sequence of their stream, replicas by their start.
func (w *walker) table(v reflect.Value) {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch a.Kind() {
		case reflect.String:
			return cmp.Compare(a.String(), b.String())
		case reflect.Uint64:
			return cmp.Compare(a.Uint(), b.Uint())
		case reflect.Struct:
			return cmp.Compare(fmt.Sprint(a.Interface()), fmt.Sprint(b.Interface()))
		default:
			return slices.Compare(held(a).Bytes(), held(b).Bytes())
		}
	})
	w.number(uint64(len(keys)))
	for _, key := range keys {
		w.walk(held(key))
		w.walk(held(v.MapIndex(key)))
	}
}

// held is a value that can be addressed.
func held(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	return out
}

// digest looks at the world from either replica, and keeps the smaller text: which of them is called the first makes no difference.
func (a atlas) digest(w *world) digest {
	one, other := a.view(w, w.nodes[0], w.nodes[1]), a.view(w, w.nodes[1], w.nodes[0])
	if slices.Compare(other, one) < 0 {
		one = other
	}
	sum := sha256.Sum256(one)
	return digest(sum[:16])
}

// view writes the world with the replicas in an order.
func (a atlas) view(w *world, nodes ...*node) []byte {
	v := walker{atlas: a, now: w.now, text: make([]byte, 0, 4<<10), names: make(map[string]byte, 32)}
	v.walk(reflect.ValueOf(w).Elem())
	for _, n := range nodes {
		v.walk(reflect.ValueOf(n).Elem())
		v.time(n.lease.Expires)
	}
	return v.text
}
