package main

import (
	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/command"
	"github.com/penstock-dev/penstock/actions/deploy"
	"github.com/penstock-dev/penstock/actions/git"
)

var (
	code   = penstock.NewArtifact[penstock.Tree]("code")
	site   = penstock.NewArtifact[penstock.Tree]("site")
	commit = penstock.NewVariable[string]("source", "CommitId")
)

// Release checks a repository out, builds a site of it with a few lines of shell, and deploys that into a directory.
func Release(source git.Source) penstock.Pipeline {
	source.Code = code.Out()
	return penstock.NewPipeline("site",
		penstock.NewStage("Source", penstock.NewAction("Checkout", source).Namespace("source")),
		penstock.NewStage("Build", penstock.NewAction("Page", command.Run{
			Script: `
				sleep "${BUILD_TAKES:-0}"
				echo "<h1>$(cat title)</h1>" >index.html
			`,
			Inputs: []penstock.Input[penstock.Tree]{code.In()},
			Files:  []string{"index.html", "photo"},
			Output: site.Out(),
		})),
		penstock.NewStage("Deploy", penstock.NewAction("Site", deploy.Directory{
			To: "site", Release: commit.String(), Tree: site.In(), Check: []string{"grep", "-q", "<h1>", "index.html"},
		})),
	).Mode(penstock.Queued)
}
