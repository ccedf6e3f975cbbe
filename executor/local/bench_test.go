package local

import (
	"context"
	"strconv"
	"testing"

	"github.com/penstock-dev/penstock/executor"
)

func noop(context.Context, *executor.Task, executor.Reporter) executor.Outcome {
	return executor.Outcome{}
}

func BenchmarkExecute(b *testing.B) {
	e, err := New([]Type{{Name: "Test/Penstock/Noop/1", Run: noop}}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]string, 4096)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	task := executor.Task{Type: "Test/Penstock/Noop/1"}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		task.ID, task.Run, task.Fence = ids[n%len(ids)], n, uint64(n)
		if _, err := e.Execute(b.Context(), task, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTypes(b *testing.B) {
	e, err := New([]Type{{Name: "Test/Penstock/Noop/1", Run: noop}}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		e.Types()
	}
}
