package replica

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// queued lists the jobs that a poll would find.
func (p *pump) queued() []store.Record {
	page, err := p.store.List(context.Background(), machine.QueuedJobs(actionType))
	require.NoError(p.t, err)
	return page.Records
}

func (p *pump) job(r store.Record) (action, job machine.ID) {
	is, err := machine.ReadJob(&r)
	require.NoError(p.t, err)
	require.Equal(p.t, "p", is.Pipeline)
	job, err = machine.ParseID(r.ID)
	require.NoError(p.t, err)
	return is.Action, job
}

// take offers a poll's wish for a job at this replica.
func (p *pump) take(tag string, action, job machine.ID) {
	in := &machine.TakeJob{Action: action, Job: job, By: tag}
	p.replica.Offer(Input{Stream: PipelineStream("p"), Input: in, Seed: p.seed(), Tag: tag})
	p.settle()
}

func TestAJobIsQueuedWithTheCommitThatStartsItAndTakenOnce(t *testing.T) {
	now := epoch()
	st := newStore(now)
	driver, other := newPump(t, st, now, "r1"), newPump(t, st, now, "r2")
	other.replica.Drive(false)
	driver.replica.Serve(map[string]Served{actionType: {Job: true}})
	driver.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	commits := 0
	for driver.replica.Busy() {
		driver.once(func(b []store.Batch) []error { commits += len(b); return driver.commit(b) })
	}
	require.Equal(t, 1, commits)
	require.Empty(t, driver.dispatched, "nothing runs here")
	require.Len(t, driver.queued(), 1)

	action, job := driver.job(driver.queued()[0])
	other.take("ana", action, job)
	require.NoError(t, other.ack("ana").Err)
	require.Empty(t, driver.queued(), "what is taken is in no queue")
	driver.take("bob", action, job)
	require.Error(t, driver.ack("bob").Err, "the driver's memory is old, and yet it is taken once")

	*now = now.Add(time.Minute)
	due, err := st.Due(context.Background(), 0)
	require.NoError(t, err)
	require.Equal(t, []string{PipelineStream("p")}, due.Streams, "an unacknowledged job wakes its stream")
	_, err = st.Lease(context.Background(), driver.lease, time.Minute)
	require.Error(t, err, "the driver is gone")
	third := newPump(t, st, now, "r3")
	third.replica.Serve(map[string]Served{actionType: {Job: true}})
	third.replica.Due(due)
	third.settle()
	require.Len(t, third.queued(), 1)
	third.take("eve", action, job)
	require.NoError(t, third.ack("eve").Err)
	require.Greater(t, third.ack("eve").Reply.Nonce, other.ack("ana").Reply.Nonce)
}

func TestAJobThatIsQueuedAndAbandonedInOneRoundHasOneRecord(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.replica.Serve(map[string]Served{actionType: {Job: true, Query: "Project"}})
	work := definition.TypeID{Category: "Test", Owner: "Custom", Provider: "T", Version: "1"}
	stored, err := json.Marshal(definition.Pipeline{Name: "p", Stages: []definition.Stage{
		{Name: "Source", Actions: []definition.Action{
			{Name: "Good", ActionTypeID: work, RunOrder: 1, Configuration: map[string]string{"Project": "shop"}},
			{Name: "Bad", ActionTypeID: work, RunOrder: 1, Configuration: map[string]string{"Project": "a/b"}},
		}},
		{Name: "Deploy", Actions: []definition.Action{{Name: "Roll", ActionTypeID: work, RunOrder: 1}}},
	}})
	require.NoError(t, err)
	p.command("define", "c1", &machine.Define{Definition: stored, Start: true})
	p.settle()
	require.NoError(t, p.ack("define").Err, "a batch that names a record twice would be refused")
	require.Equal(t, machine.Failed, p.state().Executions[0].Status)
	page, err := p.store.List(context.Background(), machine.QueuedJobs(actionType+"?Project=shop"))
	require.NoError(t, err)
	require.Empty(t, page.Records)
}

func TestAJobThatNobodyCanPollForFails(t *testing.T) {
	now := epoch()
	p := newPump(t, newStore(now), now, "r1")
	p.replica.Serve(map[string]Served{actionType: {Job: true, Query: "Project"}})
	p.command("define", "c1", &machine.Define{Definition: pipeline(t), Start: true})
	p.settle()
	require.Equal(t, machine.Failed, p.state().Executions[0].Status)
}
