package penstock

import (
	"context"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/replica"
)

// jobsOf are the types of the store whose work job workers do: those that were created, and published ones that no function runs.
func jobsOf(s *declare.State) map[string]*jobTraits {
	out := map[string]*jobTraits{}
	types := declared.New(declared.Layers{Custom: s.Custom})
	for _, t := range s.Custom {
		if !t.Deleted {
			info, _ := types.Lookup(t.ID())
			out[t.ID().String()] = traitsOf(info)
		}
	}
	types = declared.New(declared.Layers{Published: s.Published})
	for _, d := range s.Published {
		if info, ok := types.Lookup(d.ID); ok && d.Executor.Configuration.JobWorker != nil && d.ID.Owner != string(OwnerAWS) {
			out[d.ID.String()] = traitsOf(info)
		}
	}
	return out
}

func traitsOf(info definition.TypeInfo) *jobTraits {
	traits := &jobTraits{}
	for _, key := range info.Keys {
		if key.Secret {
			traits.secrets = append(traits.secrets, key.Name)
		}
		if key.Queryable {
			traits.query = key.Name
		}
	}
	return traits
}

// offerJobs adds the types of jobs in the store, as they were read last. What this process runs itself is no job.
func (c *catalogue) offerJobs(served map[string]replica.Served) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, traits := range c.jobs {
		if _, taken := served[name]; !taken {
			served[name] = replica.Served{Job: true, Query: traits.query}
		}
	}
}

// jobTraits say how jobs of a type are handed out; nil where job workers do not serve it. What this process registers is asked first.
func (e *Engine) jobTraits(ctx context.Context, t ActionType) (*jobTraits, error) {
	if entry := e.config.Actions.byName[t.String()]; entry != nil {
		return entry.job, nil
	}
	s, err := e.readCatalogue(ctx, string(VerbPoll))
	if err != nil {
		return nil, err
	}
	return jobsOf(s)[t.String()], nil
}
