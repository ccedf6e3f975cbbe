package penstock

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Trigger starts executions on events of a source's repository. Any filter that matches will do. A source without a trigger starts
// them by itself, on every change of its branch (spec A4).
type Trigger struct {
	Source      string              // the source action's name; it can have one trigger
	Push        []PushFilter        // up to 3
	PullRequest []PullRequestFilter // up to 3
}

// PushFilter matches a push: by tags, by branches, or by branches and file paths, which must both match.
type PushFilter struct {
	Branches  Patterns
	FilePaths Patterns
	Tags      Patterns
}

// PullRequestFilter matches a pull request by its destination branch. All that is given must match.
type PullRequestFilter struct {
	Events    []string // of "OPEN", "UPDATED" and "CLOSED"; default all
	Branches  Patterns
	FilePaths Patterns
}

// Patterns are globs, up to 8 each: * stays within a path segment, ** does not. Excludes win over includes. The zero value is not there.
type Patterns struct {
	Includes []string
	Excludes []string
}

func (p Patterns) stored() *definition.Patterns {
	if len(p.Includes)+len(p.Excludes) == 0 {
		return nil
	}
	return &definition.Patterns{Includes: slices.Clone(p.Includes), Excludes: slices.Clone(p.Excludes)}
}

func (t Trigger) stored() definition.Trigger {
	git := definition.GitConfiguration{SourceActionName: t.Source}
	for _, f := range t.Push {
		git.Push = append(git.Push, definition.PushFilter{
			Branches: f.Branches.stored(), FilePaths: f.FilePaths.stored(), Tags: f.Tags.stored(),
		})
	}
	for _, f := range t.PullRequest {
		git.PullRequest = append(git.PullRequest, definition.PullRequest{
			Events: slices.Clone(f.Events), Branches: f.Branches.stored(), FilePaths: f.FilePaths.stored(),
		})
	}
	return definition.Trigger{ProviderType: "CodeStarSourceConnection", GitConfiguration: git}
}
