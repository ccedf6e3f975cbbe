// Test your release shows how the logic of a release is tested: see main_test.go, and run go test -v ./examples/03_test_your_release. The
// program itself only prints the release as an engine stores it, which is the JSON of AWS CodePipeline.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/penstock-dev/penstock"
)

// Checkout fetches the code.
type Checkout struct{ Code penstock.Output[string] }

// ActionType is the name that stored pipelines know it by.
func (Checkout) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "AcmeGit", Version: "1"}
}

// Build makes an image of the code.
type Build struct {
	Code  penstock.Input[string]
	Image penstock.Output[string]
}

// ActionType is the name that stored pipelines know it by.
func (Build) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "AcmeBuild", Version: "1"}
}

// Deploy brings an image into a region.
type Deploy struct {
	Region string
	Image  penstock.Input[string]
}

// ActionType is the name that stored pipelines know it by.
func (Deploy) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "AcmeDeploy", Version: "1"}
}

// Storefront is the release under test: nothing in it knows of tests.
func Storefront(regions ...string) penstock.Pipeline {
	code, image := penstock.NewArtifact[string]("code"), penstock.NewArtifact[string]("image")
	var deploys []penstock.Node
	for _, region := range regions {
		deploys = append(deploys, penstock.NewAction(region, Deploy{Region: region, Image: image.In()}))
	}
	return penstock.NewPipeline("storefront",
		penstock.NewStage("Source", penstock.NewAction("Checkout", Checkout{Code: code.Out()})),
		penstock.NewStage("Build", penstock.NewAction("Image", Build{Code: code.In(), Image: image.Out()}).Retry(1)),
		penstock.NewStage("SignOff", penstock.NewApproval("Release").Expires(24*time.Hour)),
		penstock.NewStage("Production", penstock.Parallel(deploys...)).OnFailure(penstock.RollBack()),
	).Mode(penstock.Queued)
}

func main() {
	release := Storefront("eu", "us")
	if err := release.Validate(nil); err != nil {
		log.Fatal(err)
	}
	stored, err := json.MarshalIndent(release, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(stored))
}
