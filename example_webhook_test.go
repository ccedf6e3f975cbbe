package penstock_test

import (
	"context"
	"fmt"

	"github.com/penstock-dev/penstock"
)

const siteOnAWS = `{"name": "site", "stages": [
		{"name": "Source", "actions": [{"name": "Checkout", "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
			"configuration": {"RepositoryName": "site", "BranchName": "main"}, "outputArtifacts": [{"name": "code"}]}]},
		{"name": "SignOff", "actions": [{"name": "Release", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}}]}]}`

// A webhook starts a pipeline when what is sent to its URL passes its filters. Package webhook has the http.Handler for the URLs.
func ExamplePutWebhook() {
	ctx := context.Background()
	eng, err := penstock.NewEngine(penstock.Config{})
	if err != nil {
		panic(err)
	}
	site, err := penstock.ParsePipeline([]byte(siteOnAWS))
	if err != nil {
		panic(err)
	}
	if _, err := eng.Do(ctx, penstock.ApplyPipeline{Pipeline: site, NoStart: true}); err != nil {
		panic(err)
	}
	_, err = eng.Do(ctx, penstock.PutWebhook{Webhook: penstock.Webhook{
		Name: "push", Pipeline: "site", Action: "Checkout", Authentication: penstock.Unauthenticated,
		Filters: []penstock.WebhookFilter{{JSONPath: "$.ref", MatchEquals: "refs/heads/{BranchName}"}},
	}})
	if err != nil {
		panic(err)
	}
	hook, err := eng.Webhook(ctx, "push")
	if err != nil {
		panic(err)
	}
	for _, branch := range []string{"main", "main", "topic"} { // the second is a repetition
		receipt, err := eng.ReceiveWebhook(ctx, penstock.WebhookDelivery{Key: hook.Key, ID: "of " + branch, Body: []byte(`{"ref": "refs/heads/` + branch + `"}`)})
		if err != nil {
			panic(err)
		}
		fmt.Println(branch, receipt.Execution != "")
	}
	page, err := eng.Executions(ctx, penstock.ExecutionQuery{Pipeline: "site"})
	if err != nil {
		panic(err)
	}
	fmt.Println(len(page.Executions), "execution by", page.Executions[0].Trigger)
	// Output:
	// main true
	// main true
	// topic false
	// 1 execution by Webhook
}

// A subscription is told of everything once it has happened, also of what happened while nobody listened.
func ExampleEngine_Subscribe() {
	ctx, stop := context.WithCancel(penstock.WithActor(context.Background(), "ana"))
	eng, err := penstock.NewEngine(penstock.Config{})
	if err != nil {
		panic(err)
	}
	site, err := penstock.ParsePipeline([]byte(siteOnAWS))
	if err != nil {
		panic(err)
	}
	if _, err := eng.Apply(ctx, site); err != nil {
		panic(err)
	}
	err = eng.Subscribe(ctx, penstock.Subscription{Name: "chat", FromStart: true}, func(_ context.Context, notices []penstock.Notice) error {
		for _, n := range notices {
			if n.Kind == penstock.NoticeCommand {
				fmt.Println(n.Command.Actor, n.Command.Verb, n.Pipeline)
			} else {
				fmt.Println(n.Kind, n.Stage, n.State)
			}
		}
		stop()
		return nil // they are not told again
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// execution  STARTED
	// stage Source STARTED
	// action Source STARTED
	// ana apply site
}
