package git

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/penstock-dev/penstock"
)

// ForEngine has a Poller start executions in an engine. It is a History too.
//
// A change starts one execution, whoever notices it how often: the command's id is made of the pipeline, the action, the revision, and the
// newest execution that had a revision of the action. So a branch that goes back to an older commit starts an execution again, while
// one that failed before it had its revision is not started over and over.
func ForEngine(engine *penstock.Engine) Starter { return engineStarter{engine} }

type engineStarter struct{ engine *penstock.Engine }

// revisions are what the latest executions had, newest first. Rollbacks have what is older.
func (s engineStarter) revisions(ctx context.Context, pipeline, action string) (ids, executions []string, err error) {
	page, err := s.engine.Executions(ctx, penstock.ExecutionQuery{Pipeline: pipeline})
	if err != nil {
		return nil, nil, err
	}
	for _, x := range page.Executions {
		if r := x.Revisions[action]; r.ID != "" && x.Rollback == "" {
			ids, executions = append(ids, r.ID), append(executions, x.ID)
		}
	}
	return ids, executions, nil
}

// Known implements History.
func (s engineStarter) Known(ctx context.Context, pipeline, action string) ([]string, error) {
	ids, _, err := s.revisions(ctx, pipeline, action)
	return ids, err
}

// Start implements Starter.
func (s engineStarter) Start(ctx context.Context, pipeline, action, revision string) error {
	ids, executions, err := s.revisions(ctx, pipeline, action)
	if err != nil {
		return err
	}
	newest := ""
	if len(ids) > 0 {
		if ids[0] == revision {
			return nil
		}
		newest = executions[0]
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{pipeline, action, revision, newest}, "\n")))
	_, err = s.engine.Do(ctx, penstock.StartExecution{
		ID: "git-" + hex.EncodeToString(sum[:16]), Pipeline: pipeline, Revisions: map[string]string{action: revision},
		Trigger: penstock.ExecutionTrigger{Type: penstock.TriggerPolling},
	})
	return err
}
