package sqlite_test

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// BenchmarkOpen is what a tool pays that issues one command.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		s, err := sqlite.Open(b.Context(), dir, nil)
		require.NoError(b, err)
		require.NoError(b, s.Close())
	}
}

// BenchmarkCommit is the hot path: a round of some streams, each with two events and one record, with or without a key. What counts is the CPU
// time a batch.
func BenchmarkCommit(b *testing.B) {
	for _, streams := range []int{1, 100} {
		for _, keys := range []int{0, 1} {
			b.Run(fmt.Sprintf("streams=%d/keys=%d", streams, keys), func(b *testing.B) { commitRounds(b, streams, keys) })
		}
	}
}

func commitRounds(b *testing.B, streams, keys int) {
	s := open(b, b.TempDir(), nil)
	lease, err := s.Lease(b.Context(), store.Lease{Name: "replica"}, time.Hour)
	require.NoError(b, err)
	events := []store.Event{{Kind: "action.ended", Data: make([]byte, 120)}, {Kind: "action.started", Data: make([]byte, 80)}}
	batches := make([]store.Batch, streams)
	for i := range batches {
		batches[i] = store.Batch{
			Stream: fmt.Sprintf("pipeline/number-%03d", i), Owner: "replica", Lane: lease.Lane, Live: []store.Lease{lease},
			Wake: time.Now().Add(time.Hour), Events: events, Reads: []store.Read{{Stream: "line"}},
			Put: []store.Record{{Ref: store.Ref{Kind: "action", Group: fmt.Sprintf("number-%03d", i)}, Data: make([]byte, 200)}},
		}
		for range keys {
			batches[i].Put[0].Keys = []store.Key{{Name: "execution", Value: "1"}}
		}
	}
	n := uint64(0)
	b.ReportAllocs()
	began := cpuTime()
	for b.Loop() {
		n++
		for i := range batches {
			batches[i].Expect = batches[i].ID
			binary.BigEndian.PutUint64(batches[i].ID[:], n)
			batches[i].ID[15] = byte(i)
			batches[i].Put[0].ID = fmt.Sprintf("%016x", n)
		}
		for _, err := range s.Commit(b.Context(), batches) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64((cpuTime()-began).Nanoseconds())/float64(b.N*streams), "ns-cpu/batch")
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
