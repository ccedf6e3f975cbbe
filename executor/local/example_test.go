package local_test

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/executor/local"
)

func ExampleNew() {
	greet := func(_ context.Context, task *executor.Task, _ executor.Reporter) executor.Outcome {
		return executor.Outcome{Summary: "hello " + task.Config["Name"]}
	}
	e, err := local.New([]local.Type{{Name: "Invoke/Custom/Greet/1", Run: greet}}, local.Options{Slots: 4})
	if err != nil {
		panic(err)
	}
	task := executor.Task{
		Ref:    executor.Ref{ID: "0198", Run: 1, Fence: 1},
		Type:   "Invoke/Custom/Greet/1",
		Config: map[string]string{"Name": "Ana"},
	}
	outcome, err := e.Execute(context.Background(), task, nil)
	fmt.Println(outcome.Summary, err)
	fmt.Println(e.Close(context.Background()))
	// Output:
	// hello Ana <nil>
	// <nil>
}
