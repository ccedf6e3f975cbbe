package simulation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/internal/simulation/oracle"
)

// hand is a job in the hands of a worker, as far as that one knows.
type hand struct {
	stream       string
	claim        machine.JobClaim
	run          int
	outputs      []string
	acknowledged bool
	stored       map[string]bool
	asking       bool // it waits for an answer
}

// place is where a job was found.
type place struct {
	stream      string
	action, job machine.ID
}

// queues are what job workers poll, in a fixed order.
var queues = []string{
	"Source/Custom/Job/1", "Test/Custom/Job/1", "Source/ThirdParty/Party/1", "Test/ThirdParty/Party/1",
	"Source/Custom/Polled/1?Project=a", "Source/Custom/Polled/1?Project=b", "Test/Custom/Polled/1?Project=a", "Test/Custom/Polled/1?Project=b",
}

// pollJobs lets workers poll at some replica.
func (w *world) pollJobs() (found bool) {
	n := w.someNode()
	if n == nil {
		return false
	}
	for _, queue := range queues {
		if w.chance(0.6) {
			found = w.pollQueue(n, queue, 1+w.n(2)) || found
		}
	}
	if len(w.seen) > 0 && w.chance(0.1) { // it has looked a while ago
		late := pick(w, w.seen)
		w.take(n, late.stream, late.action, late.job)
	}
	return found
}

func (w *world) pollQueue(n *node, queue string, most int) bool {
	page, err := w.store.List(w.ctx, machine.QueuedJobs(queue))
	if err != nil {
		w.fail("store", "queue %s cannot be listed: %v", queue, err)
	}
	for i := range min(len(page.Records), most) {
		place, err := machine.ReadJob(&page.Records[i])
		job, wrong := machine.ParseID(page.Records[i].ID)
		if err != nil || wrong != nil {
			w.fail("record", "a job's record cannot be read: %v", err)
			return false
		}
		w.take(n, replica.PipelineStream(place.Pipeline), place.Action, job)
		w.see(replica.PipelineStream(place.Pipeline), place.Action, job)
	}
	return len(page.Records) > 0
}

// see remembers some of the jobs that were found, for a worker that takes one late.
func (w *world) see(stream string, action, job machine.ID) {
	if w.seen = append(w.seen, place{stream, action, job}); len(w.seen) > 6 {
		w.seen = w.seen[1:]
	}
}

func (w *world) take(n *node, stream string, action, job machine.ID) {
	t := w.ask(n, stream, "take", "the taking of job "+job.String(), &machine.TakeJob{Action: action, Job: job, By: "jan"})
	t.then = func(reply machine.Reply, err error) {
		view, lives := w.pipeline(stream).shadow.Job(action, job)
		if err != nil || !lives || view.Nonce != reply.Nonce || w.chance(w.profile.forgetful) {
			return
		}
		w.hands = append(w.hands, &hand{
			stream: stream, run: view.Task.Run, outputs: view.Task.Outputs, stored: map[string]bool{},
			claim: machine.JobClaim{Action: action, Job: job, Nonce: reply.Nonce, Client: view.Client},
		})
	}
}

// ask offers what a worker says at a replica.
func (w *world) ask(n *node, stream, kind, what string, in machine.Input) *tag {
	t := &tag{node: n, kind: kind, input: in, what: what, stream: stream}
	w.tagged(t)
	w.note("%s is asked for %s: %+v", n.name, what, in)
	n.replica.Offer(replica.Input{Stream: stream, Input: in, Seed: w.seed(), Tag: t})
	return t
}

// labours lets some workers do something.
func (w *world) labours() (done bool) {
	for range 1 + w.n(4) {
		done = w.labour() || done
	}
	return done
}

// labour lets a worker do something about a job: what comes next, or anything.
func (w *world) labour() bool {
	n := w.someNode()
	if n != nil && len(w.late) > 0 && w.chance(w.profile.forgetful/3) { // it does not know that it is over
		h := pick(w, w.late)
		switch {
		case !h.acknowledged:
			w.acknowledgeJob(n, h)
		case w.chance(0.3):
			w.storeJob(n, h, append(slices.Clone(h.outputs), "other")[0])
		default:
			w.answerJob(n, h)
		}
		return true
	}
	if n == nil || len(w.hands) == 0 {
		return false
	}
	from := 0
	if len(w.hands) > 5 && w.chance(0.7) {
		from = len(w.hands) - 5
	}
	h := pick(w, w.hands[from:])
	if w.chance(w.profile.forgetful / 4) {
		w.leave(h)
		return true
	}
	if w.chance(0.8) {
		return w.work(n, h)
	}
	switch w.n(4) {
	case 0:
		w.acknowledgeJob(n, h)
	case 1:
		w.storeJob(n, h, append(slices.Clone(h.outputs), "other")[w.n(len(h.outputs)+1)])
	default:
		w.answerJob(n, h)
	}
	return true
}

// work is what a good worker does next.
func (w *world) work(n *node, h *hand) bool {
	if h.asking {
		return false
	}
	h.asking = true
	missing := slices.IndexFunc(h.outputs, func(name string) bool { return !h.stored[name] })
	switch {
	case !h.acknowledged:
		w.acknowledgeJob(n, h)
	case missing >= 0 && !w.chance(w.profile.forgetful/3):
		w.storeJob(n, h, h.outputs[missing])
	default:
		w.answerJob(n, h)
	}
	return true
}

// claimOf is how a worker names its job: now and then wrongly, or without what its protocol does not ask for.
func (w *world) claimOf(h *hand, nonceless bool) machine.JobClaim {
	claim := h.claim
	switch dice := w.rng.Float64(); {
	case dice < w.profile.wrong:
		claim.Nonce += uint64(w.n(3)) - 1
	case dice < 2*w.profile.wrong:
		claim.Client = machine.ID{byte(w.n(2))}
	}
	if nonceless && w.chance(0.5) {
		claim.Nonce = 0
	}
	return claim
}

func (w *world) acknowledgeJob(n *node, h *hand) {
	claim := w.claimOf(h, false)
	if claim.Client == h.claim.Client {
		w.ledger.Acknowledged[oracle.Claim{Action: claim.Action, Fence: claim.Nonce}] = true
	}
	t := w.ask(n, h.stream, "acknowledge", "an acknowledgement of job "+claim.Job.String(), &machine.AcknowledgeJob{JobClaim: claim, By: "jan"})
	t.then = func(_ machine.Reply, err error) {
		h.asking = false
		h.acknowledged = h.acknowledged || err == nil
		w.drop(h, err)
	}
}

// drop forgets a job that a worker was told to leave alone, mostly.
func (w *world) drop(h *hand, err error) {
	if err != nil && !w.chance(w.profile.forgetful/2) {
		w.leave(h)
	}
}

// leave takes a job out of a worker's hands. It may come back to it late.
func (w *world) leave(h *hand) {
	w.hands = slices.DeleteFunc(w.hands, func(other *hand) bool { return other == h })
	if w.late = append(w.late, h); len(w.late) > 8 {
		w.late = w.late[1:]
	}
}

func (w *world) storeJob(n *node, h *hand, name string) {
	claim := w.claimOf(h, true)
	w.nonces++
	digest := fmt.Sprintf("sha256:%d", w.nonces)
	w.ledger.Deliveries[digest] = oracle.Delivery{Job: claim.Job, Fence: claim.Nonce}
	t := w.ask(n, h.stream, "store", "artifact "+name+" of job "+claim.Job.String(), &machine.StoreJob{JobClaim: claim, Artifact: machine.Artifact{Name: name, Digest: digest}})
	t.then = func(_ machine.Reply, err error) {
		h.asking = false
		h.stored[name] = h.stored[name] || err == nil
		if err != nil && !w.stillMay(err) {
			w.drop(h, err)
		}
	}
}

func (w *world) answerJob(n *node, h *hand) {
	claim, nonce := w.claimOf(h, true), w.nonce()
	out := executor.Outcome{Variables: map[string]string{"v": nonce}}
	switch dice := w.rng.Float64(); {
	case dice < w.profile.failing:
		out = executor.Outcome{Failure: &executor.Failure{Code: "Sim", Message: nonce, Retryable: w.chance(0.6)}}
	case dice < w.profile.failing+w.profile.pending:
		out = executor.Outcome{Pending: &executor.Pending{Resume: "ticket"}}
		if w.chance(0.5) {
			out.Pending.After = w.profile.leap(w.rng)
		}
	case w.chance(w.profile.large):
		out.Variables["large"] = strings.Repeat("x", tight)
	}
	out.Summary = nonce
	in := &machine.EndJob{JobClaim: claim, Outcome: out, By: "jan"}
	ref := machine.Ref{Action: claim.Action, Run: h.run, Fence: claim.Nonce}
	if w.chance(0.3) {
		in.Percent, in.ExternalID = w.n(100), w.nonce()
		w.ledger.Reports[in.ExternalID] = &oracle.Report{Ref: ref, Progress: true, Job: claim.Job, Client: claim.Client}
	}
	t := w.ask(n, h.stream, "answer", "the answer to job "+claim.Job.String(), in)
	t.report = &oracle.Report{Ref: ref, Outcome: out, Job: claim.Job, Client: claim.Client}
	w.ledger.Reports[nonce] = t.report
	t.then = func(_ machine.Reply, err error) {
		h.asking = false
		if err == nil && w.chance(w.profile.forgetful/2) {
			return // it will answer again
		}
		if err == nil || !w.stillMay(err) {
			w.leave(h)
		}
	}
}

// labourAll lets good workers do what there is to do.
func (w *world) labourAll() {
	n := w.nodes[0]
	for _, queue := range queues {
		w.pollQueue(n, queue, 100)
	}
	for _, h := range slices.Clone(w.hands) {
		h.asking = false
		w.work(n, h)
	}
}

// stillMay reports whether a refused worker may answer otherwise: what it said was wrong, not that it said it.
func (w *world) stillMay(err error) bool {
	refusal, ok := errors.AsType[*machine.Error](err)
	return ok && refusal.Code == machine.CodeInvalid || w.chance(w.profile.forgetful/2)
}
