package store

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxName is the most bytes of one name. Five of them make the longest index entry, which Postgres bounds at 2,704 bytes.
const MaxName = 512

// Limits bound what one batch may carry, in bytes. They are a field of every state driver's options; 0 is the default.
type Limits struct {
	Events   int // kinds and data of a batch's events together; default 1 MiB
	Snapshot int // default 16 MiB
	Record   int // data of one record, or of a lease; default 1 MiB
}

// OrDefault is l with the default in place of each 0.
func (l Limits) OrDefault() Limits {
	if l.Events == 0 {
		l.Events = 1 << 20
	}
	if l.Snapshot == 0 {
		l.Snapshot = 16 << 20
	}
	if l.Record == 0 {
		l.Record = 1 << 20
	}
	return l
}

// Check judges a batch by itself: nil, *Invalid or *TooLarge. Every driver calls it first, so that all refuse the same. It does not know which lanes
// were given out; a driver answers a lane that never was with *Invalid.
func (b *Batch) Check(l Limits) error {
	if err := checkName(b.Stream, "stream of a batch", b.Stream, false); err != nil {
		return err
	}
	switch {
	case b.ID.IsZero():
		return b.invalid("a batch needs an ID, or it could not be offered again")
	case b.ID == b.Expect:
		return b.invalid("a batch has the ID that it expects; draw a new one")
	case len(b.Events) == 0:
		return b.invalid("a batch needs at least one event")
	case b.Lane < 0:
		return b.invalid("the lane of a batch is negative")
	}
	l = l.OrDefault()
	if err := b.checkEvents(l); err != nil {
		return err
	}
	if len(b.Snapshot) > l.Snapshot {
		return &TooLarge{Stream: b.Stream, What: "snapshot", Limit: l.Snapshot}
	}
	if err := b.checkConditions(); err != nil {
		return err
	}
	return b.checkRecords(l)
}

func (b *Batch) invalid(problem string) error { return &Invalid{Stream: b.Stream, Problem: problem} }

func (b *Batch) checkEvents(l Limits) error {
	size := 0
	for i := range b.Events {
		if b.Events[i].Kind == "" {
			return b.invalid(fmt.Sprintf("event %d of a batch has no kind", i))
		}
		size += len(b.Events[i].Kind) + len(b.Events[i].Data)
	}
	if size > l.Events {
		return &TooLarge{Stream: b.Stream, What: "events", Limit: l.Events}
	}
	return nil
}

func (b *Batch) checkConditions() error {
	if err := checkName(b.Stream, "owner of a batch", b.Owner, true); err != nil {
		return err
	}
	for _, r := range b.Reads {
		if err := checkName(b.Stream, "stream that a batch reads", r.Stream, false); err != nil {
			return err
		}
	}
	for _, lease := range b.Live {
		if err := checkName(b.Stream, "lease that must live", lease.Name, false); err != nil {
			return err
		}
		if lease.Fence == 0 {
			return b.invalid(fmt.Sprintf("lease %q must live, but with no fence: nobody holds it so", lease.Name))
		}
	}
	for _, lease := range b.Dead {
		if err := checkName(b.Stream, "lease that must be dead", lease.Name, false); err != nil {
			return err
		}
	}
	return nil
}

func (b *Batch) checkRecords(l Limits) error {
	for i := range b.Put {
		if err := b.checkRecord(&b.Put[i], l); err != nil {
			return err
		}
	}
	for _, ref := range b.Delete {
		if err := checkRef(b.Stream, ref); err != nil {
			return err
		}
	}
	if ref, twice := b.refTwice(); twice {
		return b.invalid(fmt.Sprintf("record %s/%s/%s is named twice in a batch", ref.Kind, ref.Group, ref.ID))
	}
	return nil
}

func (b *Batch) checkRecord(r *Record, l Limits) error {
	if err := checkRef(b.Stream, r.Ref); err != nil {
		return err
	}
	if len(r.Data) > l.Record {
		return &TooLarge{Stream: b.Stream, What: "record", Limit: l.Record}
	}
	for i, key := range r.Keys {
		if err := checkKey(b.Stream, key); err != nil {
			return err
		}
		if slices.Contains(r.Keys[:i], key) {
			return b.invalid(fmt.Sprintf("record %q has the key %q = %q twice", r.ID, key.Name, key.Value))
		}
	}
	return nil
}

// refTwice compares all pairs while they are few, as they nearly always are, and spares the map.
func (b *Batch) refTwice() (Ref, bool) {
	n := len(b.Put) + len(b.Delete)
	at := func(i int) *Ref {
		if i < len(b.Put) {
			return &b.Put[i].Ref
		}
		return &b.Delete[i-len(b.Put)]
	}
	if n <= 8 {
		for i := range n {
			for j := range i {
				if *at(i) == *at(j) {
					return *at(i), true
				}
			}
		}
		return Ref{}, false
	}
	seen := make(map[Ref]bool, n)
	for i := range n {
		if seen[*at(i)] {
			return *at(i), true
		}
		seen[*at(i)] = true
	}
	return Ref{}, false
}

// Check judges the arguments of StateStore.Lease: nil, *Invalid or *TooLarge.
func (l Lease) Check(ttl time.Duration, limits Limits) error {
	switch {
	case ttl < 0:
		return &Invalid{Problem: fmt.Sprintf("lease %q is asked for with a negative ttl", l.Name)}
	case ttl == 0 && l.Fence == 0:
		return &Invalid{Problem: fmt.Sprintf("lease %q cannot be ended without the fence it was taken with", l.Name)}
	}
	if limit := limits.OrDefault().Record; len(l.Data) > limit {
		return &TooLarge{What: "lease data", Limit: limit}
	}
	return checkName("", "name of a lease", l.Name, false)
}

func checkRef(stream string, ref Ref) error {
	if err := checkName(stream, "kind of a record", ref.Kind, false); err != nil {
		return err
	}
	if err := checkName(stream, "group of a record", ref.Group, true); err != nil {
		return err
	}
	return checkName(stream, "ID of a record", ref.ID, false)
}

func checkKey(stream string, key Key) error {
	if err := checkName(stream, "name of a key", key.Name, false); err != nil {
		return err
	}
	return checkName(stream, "value of a key", key.Value, true)
}

func checkName(stream, what, name string, empty bool) error {
	switch {
	case name == "" && !empty:
		return &Invalid{Stream: stream, Problem: "the " + what + " is empty"}
	case len(name) > MaxName:
		return &TooLarge{Stream: stream, What: "name", Limit: MaxName}
	case strings.IndexByte(name, 0) >= 0 || !utf8.ValidString(name):
		return &Invalid{Stream: stream, Problem: fmt.Sprintf("the %s is not UTF-8 without NUL: %q", what, name)}
	}
	return nil
}
