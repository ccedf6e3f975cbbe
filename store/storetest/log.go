package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/penstock-dev/penstock/store"
)

// logs is a LogStore under test.
type logs struct {
	*testing.T
	store store.LogStore
}

func logRules() []rule[*logs] {
	return []rule[*logs]{
		{"append and read", "what was appended comes back byte for byte, from every offset, and the size with it", (*logs).appendAndRead},
		{"absent", "an absent log is empty", (*logs).absent},
		{"apart", "each run of each action execution has a log of its own", (*logs).apart},
		{"fence", "a fence lower than one this log has seen is refused with ErrFenced and writes nothing; an equal or greater one is taken", (*logs).fence},
		{"tail", "whoever reads on from where it stands gets every byte once, while others append", (*logs).tail},
		{"limits", "a read is 64 KiB where no limit is given and 1 MiB at most", (*logs).limits},
		{"full", "a log is bounded: what fits is kept, the rest is refused with ErrFull, and it stays readable", (*logs).full},
		{"memory", "a log keeps nothing of what it was given and hands out nothing that it keeps", (*logs).ownership},
		{"nonsense", "no ID, a negative run and a negative offset are *Invalid", (*logs).nonsense},
		{"cancelled", "with a context that has ended a call answers its error and does nothing", (*logs).cancelled},
	}
}

func at(id string, run int, fence uint64) store.LogRef {
	return store.LogRef{ID: id, Run: run, Fence: fence}
}

func (l *logs) append(ref store.LogRef, p []byte) {
	l.Helper()
	if err := l.store.Append(context.Background(), ref, p); err != nil {
		l.Fatalf("Append of %d bytes: %v", len(p), err)
	}
}

func (l *logs) read(id string, run int, offset int64, limit int) ([]byte, int64) {
	l.Helper()
	p, size, err := l.store.Read(context.Background(), id, run, offset, limit)
	if err != nil || len(p) > store.ReadLimit(limit) {
		l.Fatalf("Read with limit %d answered %d bytes, %v", limit, len(p), err)
	}
	return p, size
}

func (l *logs) same(want, got []byte) {
	l.Helper()
	if !bytes.Equal(want, got) {
		l.Fatalf("want %d bytes %.60q, got %d bytes %.60q", len(want), want, len(got), got)
	}
}

func (l *logs) appendAndRead() {
	var want []byte
	for _, piece := range []string{"one\n", "", "zwei – 日本\n", "\x00\xff", "three"} {
		l.append(at("x", 0, 1), []byte(piece))
		want = append(want, piece...)
	}
	for offset := 0; offset <= len(want)+2; offset++ {
		for limit := 1; limit <= len(want)+1; limit++ {
			p, size := l.read("x", 0, int64(offset), limit)
			from := min(offset, len(want))
			l.same(want[from:min(from+limit, len(want))], p)
			if size != int64(len(want)) {
				l.Fatalf("want size %d, got %d", len(want), size)
			}
		}
	}
	if p, _ := l.read("x", 0, math.MaxInt64, 1); len(p) != 0 {
		l.Fatalf("%d bytes came from far behind the end", len(p))
	}
}

func (l *logs) absent() {
	if p, size := l.read("absent", 3, 0, 10); len(p) != 0 || size != 0 {
		l.Fatalf("an absent log has %d bytes and size %d", len(p), size)
	}
}

func (l *logs) apart() {
	names := []string{"x", "y", "x/1", "x-1", "X", "../x", "größe\U0001f680", "a\\b", "."}
	for i, id := range names {
		for run := range 3 {
			l.append(at(id, run, 1), fmt.Appendf(nil, "%d of %d", run, i))
		}
	}
	for i, id := range names {
		for run := range 3 {
			p, _ := l.read(id, run, 0, 0)
			l.same(fmt.Appendf(nil, "%d of %d", run, i), p)
		}
	}
}

func (l *logs) fence() {
	l.append(at("x", 0, 3), []byte("a"))
	l.append(at("x", 0, 3), []byte("b"))
	refused := func(fence uint64) {
		l.Helper()
		if err := l.store.Append(context.Background(), at("x", 0, fence), []byte("late")); !errors.Is(err, store.ErrFenced) {
			l.Fatalf("fence %d: want ErrFenced, got %v", fence, err)
		}
	}
	refused(2)
	l.append(at("x", 0, 5), nil)
	refused(3)
	refused(4)
	l.append(at("x", 0, 5), []byte("c"))
	l.append(at("x", 1, 1), []byte("another run"))
	p, _ := l.read("x", 0, 0, 0)
	l.same([]byte("abc"), p)
}

func (l *logs) tail() {
	const each = 50
	done := make(chan []error, 1)
	go func() {
		done <- together(func(i int, _ *subject) error {
			for range each {
				if err := l.store.Append(context.Background(), at("x", 0, 1), []byte{byte('a' + i), '\n'}); err != nil {
					return err
				}
			}
			return nil
		}, nil)
	}()
	var got []byte
	for ended := false; !ended; {
		select {
		case errs := <-done:
			ended = true
			if err := errors.Join(errs...); err != nil {
				l.Fatalf("Append: %v", err)
			}
		default:
		}
		for {
			p, _ := l.read("x", 0, int64(len(got)), 7)
			if len(p) == 0 {
				break
			}
			got = append(got, p...)
		}
	}
	for i := range racers {
		if n := bytes.Count(got, []byte{byte('a' + i), '\n'}); n != each {
			l.Fatalf("writer %d appended %d pieces, %d came", i, each, n)
		}
	}
	if len(got) != racers*each*2 {
		l.Fatalf("want %d bytes, got %d", racers*each*2, len(got))
	}
}

func (l *logs) limits() {
	want := sized(store.MaxRead)
	l.append(at("x", 0, 1), want)
	for limit, n := range map[int]int{-1: store.DefaultRead, 0: store.DefaultRead, 5: 5, store.MaxRead + 1: store.MaxRead} {
		p, _ := l.read("x", 0, 0, limit)
		l.same(want[:n], p)
	}
}

// full appends until the log takes no more; a store that never says so is not bounded.
func (l *logs) full() {
	const most = 1 << 30
	piece := sized(1<<20 - 7) // so that the last one hardly ever fits exactly
	var err error
	appended := 0
	for ; err == nil && appended < most; appended += len(piece) {
		err = l.store.Append(context.Background(), at("x", 0, 1), piece)
	}
	if !errors.Is(err, store.ErrFull) {
		l.Fatalf("want ErrFull after %d bytes, got %v", appended, err)
	}
	p, size := l.read("x", 0, int64(appended-2*len(piece)), len(piece))
	l.same(piece, p)
	if size < int64(appended-len(piece)) || size >= int64(appended) {
		l.Fatalf("%d bytes were appended, the last %d in vain, and the size is %d", appended, len(piece), size)
	}
	if err := l.store.Append(context.Background(), at("x", 0, 1), []byte("more")); !errors.Is(err, store.ErrFull) {
		l.Fatalf("want ErrFull again, got %v", err)
	}
	l.append(at("y", 0, 1), []byte("another"))
}

func (l *logs) ownership() {
	p := []byte("one")
	l.append(at("x", 0, 1), p)
	spoil(&p)
	for range 2 {
		got, _ := l.read("x", 0, 0, 0)
		l.same([]byte("one"), got)
		spoil(&got)
	}
	l.append(at("x", 0, 1), []byte("two"))
	got, _ := l.read("x", 0, 0, 3)
	spoil(&got)
	got, _ = l.read("x", 0, 0, 0)
	l.same([]byte("onetwo"), got)
}

func (l *logs) nonsense() {
	ctx := context.Background()
	_, _, noID := l.store.Read(ctx, "", 0, 0, 0)
	_, _, negativeRun := l.store.Read(ctx, "x", -1, 0, 0)
	_, _, negativeOffset := l.store.Read(ctx, "x", 0, -1, 0)
	for i, err := range []error{noID, negativeRun, negativeOffset, l.store.Append(ctx, at("", 0, 1), nil), l.store.Append(ctx, at("x", -1, 1), nil)} {
		if invalid := (*store.Invalid)(nil); !errors.As(err, &invalid) {
			l.Fatalf("call %d: want *Invalid, got %v", i, err)
		}
	}
}

func (l *logs) cancelled() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.store.Append(ctx, at("x", 0, 1), []byte("one")); !errors.Is(err, context.Canceled) {
		l.Fatalf("Append: want context.Canceled, got %v", err)
	}
	if _, _, err := l.store.Read(ctx, "x", 0, 0, 0); !errors.Is(err, context.Canceled) {
		l.Fatalf("Read: want context.Canceled, got %v", err)
	}
	if _, size := l.read("x", 0, 0, 0); size != 0 {
		l.Fatalf("a cancelled Append wrote %d bytes", size)
	}
}
