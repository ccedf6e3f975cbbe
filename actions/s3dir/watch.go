package s3dir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/penstock-dev/penstock"
)

// watch is a source action whose object is looked at.
type watch struct{ pipeline, action, bucket, key string }

// reading is what was read of a definition.
type reading struct {
	version int
	watches []watch
}

// watches are those of all pipelines. A definition is read once a version.
func (p *Poller) watches(ctx context.Context) (all []watch, err error) {
	before := p.read
	p.read = map[string]reading{}
	for q := (penstock.PipelineQuery{}); ; {
		page, err := p.Engine.Pipelines(ctx, q)
		if err != nil {
			p.read = before
			return nil, err
		}
		for _, info := range page.Pipelines {
			r := before[info.Name]
			if r.version != info.Version {
				if r, err = p.define(ctx, info); err != nil {
					p.read = before
					return nil, err
				}
			}
			p.read[info.Name] = r
			all = append(all, r.watches...)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return all, nil
		}
	}
}

// define reads a definition.
func (p *Poller) define(ctx context.Context, info penstock.PipelineInfo) (reading, error) {
	r := reading{version: info.Version}
	pipeline, _, err := p.Engine.Pipeline(ctx, info.Name, info.Version)
	if err != nil {
		return r, err
	}
	r.watches, err = watchesOf(pipeline)
	return r, err
}

// watchesOf are the sources of a pipeline that are polled. One whose place depends on variables is not.
func watchesOf(p penstock.Pipeline) ([]watch, error) {
	data, err := p.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var stored struct {
		Stages []struct {
			Actions []struct {
				Name          string
				ActionTypeID  struct{ Category, Owner, Provider string } `json:"actionTypeId"`
				Configuration map[string]string
			}
		}
	}
	if err := json.Unmarshal(data, &stored); err != nil {
		return nil, err
	}
	var out []watch
	for _, stage := range stored.Stages {
		for _, a := range stage.Actions {
			t, c := a.ActionTypeID, a.Configuration
			polled := t.Category == string(penstock.CategorySource) && t.Owner == string(penstock.OwnerAWS) && t.Provider == "S3" && !strings.EqualFold(c["PollForSourceChanges"], "false")
			if polled && !strings.Contains(c["S3Bucket"]+c["S3ObjectKey"], "#{") {
				out = append(out, watch{p.Name(), a.Name, c["S3Bucket"], c["S3ObjectKey"]})
			}
		}
	}
	return out, nil
}

// start starts an execution, unless the newest one has this version. settled says whether there is nothing left to do for it: while an execution has
// not looked at its source yet, it may still take this version.
func (p *Poller) start(ctx context.Context, w watch, found object) (settled bool, err error) {
	page, err := p.Engine.Executions(ctx, penstock.ExecutionQuery{Pipeline: w.pipeline})
	if err != nil {
		return false, err
	}
	newest := ""
	for _, x := range page.Executions {
		r := x.Revisions[w.action]
		switch {
		case x.Rollback != "":
			continue
		case r.ID == "" && !x.Status.Ended():
			return false, nil
		case r.ID == "":
			continue
		}
		if r.ID == found.version {
			return true, nil
		}
		newest = x.ID
		break
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{w.pipeline, w.action, found.version, newest}, "\n")))
	reply, err := p.Engine.Do(penstock.WithActor(ctx, "s3/"+w.bucket), penstock.StartExecution{
		ID: "s3-" + hex.EncodeToString(sum[:16]), Pipeline: w.pipeline,
		Trigger: penstock.ExecutionTrigger{Type: penstock.TriggerPolling, Detail: w.bucket + "/" + w.key},
	})
	if err != nil {
		return false, err
	}
	if p.Logger != nil {
		p.Logger.InfoContext(ctx, "an object has changed", "pipeline", w.pipeline, "action", w.action, "object", w.bucket+"/"+w.key, "version", found.version, "execution", reply.Execution)
	}
	return true, nil
}
