package penstock_test

import (
	"fmt"
	"log"
	"time"

	"github.com/penstock-dev/penstock"
)

// What would happen? A definition and a start say it, without an engine.
func ExamplePlan() {
	version := penstock.NewPipelineVariable[string]("Channel").Default("stable")
	release := penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Fetch", Fetch{Branch: "main", Build: website.Out()})),
		penstock.NewStage("SignOff", penstock.NewApproval("Release").Note("of "+version.String()).Expires(24*time.Hour)),
		penstock.NewStage("Production",
			penstock.NewAction("Canary", Ship{To: "eu-1", Build: website.In()}).Retry(2),
			penstock.Parallel(
				penstock.NewAction("Europe", Ship{To: "eu", Build: website.In()}),
				penstock.NewAction("America", Ship{To: "us", Build: website.In()}),
			).Limit(1),
		).OnFailure(penstock.RollBack()),
	).Mode(penstock.Queued).Variables(version)

	forecast, err := penstock.Plan(release, penstock.StartExecution{Revisions: map[string]string{"Fetch": "a1b2c3"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(forecast)
	fmt.Println(len(forecast.Approvals()), "question")

	_, err = penstock.Plan(release, penstock.StartExecution{Variables: map[string]string{"Chanel": "beta"}})
	fmt.Println(err)
	// Output:
	// shop QUEUED, by StartPipelineExecution
	// variable Channel = stable
	// stage Source
	//   Fetch (Source/Custom/Fetch/1) takes a1b2c3
	// stage SignOff
	//   Release asks for approval, for 24h0m0s: of #{variables.Channel}
	// stage Production
	//   Canary (Deploy/Custom/Ship/1), up to 3 tries
	//   1 at once:
	//     Europe (Deploy/Custom/Ship/1)
	//     America (Deploy/Custom/Ship/1)
	//   on failure: ROLLBACK
	// 1 question
	// penstock: plan shop: pipeline shop declares no variable Chanel
}
