// Package encoding answers one question: how do events and keys become the bytes of a row?
package encoding

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/penstock-dev/penstock/store"
)

// eventsFormat is the first byte of what a segment holds.
const eventsFormat = 1

// ErrEvents is what ReadEvents answers where it cannot read.
var ErrEvents = errors.New("a segment's events cannot be read: the database is damaged")

// AppendEvents appends the events' form to bytes.
func AppendEvents(to []byte, events []store.Event) []byte {
	to = append(to, eventsFormat)
	for i := range events {
		to = binary.AppendUvarint(to, uint64(len(events[i].Kind)))
		to = append(to, events[i].Kind...)
		to = binary.AppendUvarint(to, uint64(len(events[i].Data)))
		to = append(to, events[i].Data...)
	}
	return to
}

// ReadEvents answers n events that share the memory of body.
func ReadEvents(body []byte, n int) ([]store.Event, error) {
	if len(body) == 0 || body[0] != eventsFormat || n < 1 || n > len(body) {
		return nil, ErrEvents
	}
	rest := body[1:]
	events := make([]store.Event, n)
	for i := range events {
		kind, after, ok := readPart(rest)
		data, behind, more := readPart(after)
		if !ok || !more {
			return nil, ErrEvents
		}
		events[i] = store.Event{Kind: string(kind), Data: data}
		rest = behind
	}
	if len(rest) > 0 {
		return nil, ErrEvents
	}
	return events, nil
}

// readPart has no room behind it, so that appending to one part leaves the next alone.
func readPart(from []byte) (part, rest []byte, ok bool) {
	size, n := binary.Uvarint(from)
	if n <= 0 || size > uint64(len(from)-n) {
		return nil, nil, false
	}
	end := n + int(size)
	return from[n:end:end], from[end:], true
}

// JoinKeys answers nil for no keys. Names hold no NUL.
func JoinKeys(keys []store.Key) []byte {
	var out []byte
	for i, key := range keys {
		if i > 0 {
			out = append(out, 0)
		}
		out = append(out, key.Name...)
		out = append(out, 0)
		out = append(out, key.Value...)
	}
	return out
}

// SplitKeys reads what JoinKeys made.
func SplitKeys(joined []byte) []store.Key {
	if len(joined) == 0 {
		return nil
	}
	parts := strings.Split(string(joined), "\x00")
	keys := make([]store.Key, len(parts)/2)
	for i := range keys {
		keys[i] = store.Key{Name: parts[2*i], Value: parts[2*i+1]}
	}
	return keys
}
