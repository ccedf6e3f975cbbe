package penstock_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/penstock-dev/penstock"
)

// Notify posts to a chat.
type Notify struct{ Token penstock.Secret }

func (Notify) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryInvoke, Provider: "AcmeNotify", Version: "2"}
}

// FormerTypes are the names that stored pipelines may still know it by.
func (Notify) FormerTypes() []penstock.ActionType {
	return []penstock.ActionType{{Category: penstock.CategoryInvoke, Provider: "AcmeChat", Version: "1"}}
}

// OnWorkerLost: nobody wants to read it twice.
func (Notify) OnWorkerLost() penstock.LostPolicy { return penstock.LostFail }

func ExampleRenamed() {
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, func(context.Context, *penstock.Call[Notify]) error { return nil })
	fmt.Println(actions.Types())
	// Output: [Invoke/Custom/AcmeChat/1 Invoke/Custom/AcmeNotify/2]
}

// Register is for start-up code and panics; whoever registers later wants the error.
func ExampleRegisterSafely() {
	var actions penstock.Actions
	notify := penstock.RunnerFunc[Notify](func(context.Context, *penstock.Call[Notify]) error { return nil })
	fmt.Println(penstock.RegisterSafely(&actions, notify))
	fmt.Println(errors.Is(penstock.RegisterSafely(&actions, notify), penstock.ErrAlreadyExists))
	// Output:
	// <nil>
	// true
}

// vault has the secrets by their names; a real one asks a secret manager.
type vault map[string]string

func (v vault) ResolveSecret(_ context.Context, name string) (string, error) { return v[name], nil }

// A pipeline holds a secret's name. Its value is looked up where the action runs, and struck out of what the run says.
func ExampleSecretResolver() {
	notify := func(ctx context.Context, call *penstock.Call[Notify]) error {
		token, err := call.Config.Token.Value(ctx, call)
		fmt.Fprintln(call.Log(), "Authorization: Bearer", token)
		return err
	}
	var actions penstock.Actions
	penstock.RegisterFunc(&actions, fetchBuild)
	penstock.RegisterFunc(&actions, notify)
	eng, err := penstock.NewEngine(penstock.Config{Actions: &actions, Secrets: vault{"chat-token": "correct-horse"}})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running := make(chan error, 1)
	go func() { running <- eng.Run(ctx) }()

	applied, err := eng.Apply(ctx, penstock.NewPipeline("website",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
		penstock.NewStage("Tell", penstock.NewAction("Chat", Notify{Token: penstock.Secret{Ref: "chat-token"}})),
	))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := eng.Wait(ctx, "website", applied.Execution); err != nil {
		log.Fatal(err)
	}
	state, err := eng.State(ctx, "website")
	if err != nil {
		log.Fatal(err)
	}
	chat := state.Stages[1].Actions[0]
	said, err := eng.Log(ctx, penstock.LogQuery{ActionExecution: chat.ID, Run: chat.Run})
	fmt.Printf("%s: %s", chat.Status, said.Data)
	stop()
	if err := errors.Join(err, <-running); err != nil {
		log.Fatal(err)
	}
	// Output: Succeeded: Authorization: Bearer ****
}
