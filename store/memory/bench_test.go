package memory_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// BenchmarkCommit is the hot path: a round of 100 streams, each with two events and one record with a key. ns/batch is what counts.
func BenchmarkCommit(b *testing.B) {
	const streams = 100
	s := memory.New(nil)
	lease, err := s.Lease(b.Context(), store.Lease{Name: "replica"}, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	events := []store.Event{{Kind: "action.ended", Data: make([]byte, 120)}, {Kind: "action.started", Data: make([]byte, 80)}}
	wake := time.Now().Add(time.Hour)
	batches := make([]store.Batch, streams)
	var ids [streams]string
	for i := range batches {
		batches[i] = store.Batch{
			Stream: fmt.Sprintf("pipeline/number-%03d", i), Owner: "replica", Lane: lease.Lane, Live: []store.Lease{lease}, Wake: wake, Events: events,
			Reads: []store.Read{{Stream: "line"}},
			Put: []store.Record{{
				Ref:  store.Ref{Kind: "action", Group: fmt.Sprintf("number-%03d", i)},
				Keys: []store.Key{{Name: "execution", Value: "1"}}, Data: make([]byte, 200),
			}},
		}
	}
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		n++
		for i := range batches {
			ids[i] = fmt.Sprintf("%016x", n)
			batches[i].Expect = batches[i].ID
			binary.BigEndian.PutUint64(batches[i].ID[:], n)
			batches[i].ID[15] = byte(i)
			batches[i].Put[0].ID = ids[i]
		}
		b.StartTimer()
		for i, err := range s.Commit(b.Context(), batches) {
			if err != nil {
				b.Fatalf("batch %d: %v", i, err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*streams), "ns/batch")
}
