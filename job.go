package penstock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
)

// What job workers do, and the operations of the service's API that it stands for. Those of third parties are the same with a client token.
const (
	VerbPoll        Verb = "poll"        // PollForJobs
	VerbAcknowledge Verb = "acknowledge" // AcknowledgeJob
	VerbDetails     Verb = "details"     // GetJobDetails, and to read a job's artifacts
	VerbStore       Verb = "store"       // an artifact of a job
	VerbSucceed     Verb = "succeed"     // PutJobSuccessResult
	VerbFail        Verb = "fail"        // PutJobFailureResult
)

// What job workers are told.
const (
	ErrJobNotFound         Code = "JobNotFound"                 // there was no such job, or it is long over
	ErrInvalidJobState     Code = "InvalidJobState"             // the job has ended, or is not in progress: drop the work
	ErrInvalidNonce        Code = "InvalidNonce"                // the job was handed out anew: drop the work
	ErrInvalidClientToken  Code = "InvalidClientToken"          // not the token of the job's third party
	ErrOutputVariablesSize Code = "OutputVariablesSizeExceeded" // the output variables are too large: give fewer
)

// Job is a run of an action that a job worker does, wherever it is: it polls, acknowledges, works, and answers.
type Job struct {
	ID    string
	Nonce string // of this handing out; whoever was handed the job later has another one
	Type  ActionType
	// ClientToken is what a third party's worker proves itself with; empty for the owner Custom.
	ClientToken string

	Pipeline        string
	Execution       string // empty for a third party
	Stage           string
	Action          string
	ActionExecution string
	Configuration   map[string]string // references resolved, and secrets: keep it to yourself
	Inputs          []ArtifactInfo    // see Engine.LoadArtifact
	Outputs         []string          // names of the artifacts that it has to store before it succeeds
	Continuation    string            // what the result before this job carried; empty: it begins
	Revision        string            // a source action: the revision asked for; empty is the newest
	Try             int               // 1 at first; a further try under the action's own retry policy is 2, 3 …
	Rollback        bool              // the execution is a rollback
	Deadline        time.Time         // of the action, later answers are refused; zero until its first job is acknowledged, when its timeout begins
}

// Ref names the job, as this worker was handed it.
func (j Job) Ref() JobRef { return JobRef{ID: j.ID, Nonce: j.Nonce, ClientToken: j.ClientToken} }

// JobRef names a job to the engine.
type JobRef struct {
	ID          string
	Nonce       string // needed to acknowledge; elsewhere it may be empty, as on the wire, and then it is not checked
	ClientToken string // of a third party
}

// PollJobs asks for jobs.
type PollJobs struct {
	Type  ActionType
	Max   int               // default 1
	Query map[string]string // the one configuration key that workers of the type poll by, with its value; else empty
	Wait  time.Duration     // how long to wait for the first job; default not at all
}

// PollJobs hands out queued jobs, oldest first, or none. Each is the caller's for a minute: AcknowledgeJob makes it stay so, else it is
// handed out again. Errors: ErrActionTypeNotFound, ErrInvalid for a query that the type does not have (CodePipeline API, PollForJobs).
func (e *Engine) PollJobs(ctx context.Context, q PollJobs) ([]Job, error) {
	traits, err := e.jobTraits(ctx, q.Type)
	if err != nil {
		return nil, err
	}
	key, value, err := queueOf(q.Type, traits, q.Query)
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	if err := e.authorize(ctx, Access{Actor: actor, Verb: VerbPoll, ActionType: q.Type.String()}); err != nil {
		return nil, err
	}
	queue := machine.QueueOf(q.Type.String(), key, value)
	patience, stop := context.WithTimeout(ctx, q.Wait)
	defer stop()
	for again := true; again; {
		var jobs []Job
		jobs, again, err = e.hearJobs(ctx, patience, queue, max(q.Max, 1), actor)
		if err != nil || len(jobs) > 0 {
			return jobs, err
		}
	}
	if ctx.Err() != nil {
		return nil, asError(string(VerbPoll), q.Type.String(), ctx.Err())
	}
	return nil, nil
}

// hearJobs takes jobs, or waits until there may be some again.
func (e *Engine) hearJobs(ctx, patience context.Context, queue string, most int, actor string) (jobs []Job, again bool, err error) {
	news := e.watchers.watch(jobNews + queue)
	defer e.watchers.leave(news)
	jobs, err = e.takeJobs(ctx, queue, most, actor)
	if err != nil || len(jobs) > 0 {
		return jobs, false, err
	}
	return nil, e.await(patience, news.come) == nil, nil
}

// takeJobs takes what it can of what is queued. Others may be faster.
func (e *Engine) takeJobs(ctx context.Context, queue string, most int, actor string) (jobs []Job, err error) {
	page, err := e.config.State.List(ctx, machine.QueuedJobs(queue))
	if err != nil {
		return nil, asError(string(VerbPoll), queue, err)
	}
	places := make([]jobPlace, len(page.Records))
	for i := range page.Records {
		if places[i], err = placeOf(&page.Records[i]); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(places, func(a, b jobPlace) int {
		return cmp.Or(a.Queued.Compare(b.Queued), strings.Compare(a.job.String(), b.job.String()))
	})
	for _, p := range places {
		if len(jobs) == most {
			break
		}
		job, taken, problem := e.takeJob(ctx, p, actor)
		if problem != nil {
			err = problem // what was taken before is the caller's all the same; what was not handed on comes back
			break
		}
		if taken {
			jobs = append(jobs, job)
		}
	}
	if len(jobs) > 0 {
		return jobs, nil
	}
	return nil, err
}

func (e *Engine) takeJob(ctx context.Context, p jobPlace, actor string) (job Job, taken bool, err error) {
	in := &machine.TakeJob{Action: p.JobRecord.Action, Job: p.job, By: actor}
	reply, err := e.ask(ctx, replica.PipelineStream(p.Pipeline), in, nil)
	if _, refused := errors.AsType[*machine.Error](err); refused {
		return Job{}, false, nil
	}
	if err != nil {
		return Job{}, false, asError(string(VerbPoll), p.job.String(), err)
	}
	view, err := e.jobView(ctx, VerbPoll, p)
	if CodeOf(err) == ErrInvalidJobState || err == nil && view.Nonce != reply.Nonce {
		return Job{}, false, nil // it has ended or gone to somebody else meanwhile
	}
	if err == nil {
		job, err = e.jobOf(ctx, p, view)
		job.Nonce = strconv.FormatUint(reply.Nonce, 10)
	}
	return job, err == nil, err
}

// jobPlace is where a job is found.
type jobPlace struct {
	machine.JobRecord
	job machine.ID
}

// placeJob finds a job by its ID.
func (e *Engine) placeJob(ctx context.Context, verb Verb, id string) (jobPlace, error) {
	missing := &Error{Code: ErrJobNotFound, Op: string(verb), Path: "job " + id, Err: errors.New("there is no such job")}
	job, err := machine.ParseID(id)
	if err != nil {
		return jobPlace{}, missing
	}
	records, err := e.config.State.Get(ctx, machine.JobRef(job))
	switch {
	case err != nil:
		return jobPlace{}, asError(string(verb), "job "+id, err)
	case records[0] == nil:
		return jobPlace{}, missing
	}
	return placeOf(records[0])
}

func (p jobPlace) access(verb Verb) Access {
	return Access{
		Verb: verb, Pipeline: p.Pipeline, Stage: p.Stage, Action: p.Name, Execution: p.Execution.String(), ActionType: p.Type, Job: p.job.String(),
	}
}

// jobView reads a job from its pipeline.
func (e *Engine) jobView(ctx context.Context, verb Verb, p jobPlace) (machine.JobView, error) {
	s, err := e.fold(ctx, string(verb), p.Pipeline)
	if err != nil {
		return machine.JobView{}, err
	}
	view, ok := s.Job(p.JobRecord.Action, p.job)
	if !ok {
		err := fmt.Errorf("job %s has ended", p.job)
		return view, &Error{Code: ErrInvalidJobState, Op: string(verb), Path: p.access(verb).path(), Err: err, Hint: "drop the work"}
	}
	return view, nil
}

// jobOf gives a job its public form: only here secrets become what they stand for.
func (e *Engine) jobOf(ctx context.Context, p jobPlace, view machine.JobView) (Job, error) {
	t := view.Task
	out := Job{
		ID: view.ID.String(), Type: jobType(t.Type), ClientToken: view.Client.String(), Pipeline: t.Pipeline, Execution: t.Execution, Stage: t.Stage, Action: t.Action,
		ActionExecution: t.ID, Configuration: maps.Clone(t.Config), Outputs: t.Outputs, Continuation: t.Resume, Revision: t.Revision,
		Try: t.Try, Rollback: t.Rollback, Deadline: t.Deadline,
	}
	if p.Client {
		out.Execution = ""
	}
	for _, in := range t.Inputs {
		out.Inputs = append(out.Inputs, ArtifactInfo{Name: in.Name, Digest: in.Digest, MediaType: in.MediaType, Size: in.Size})
	}
	return out, e.jobSecrets(ctx, t.Type, out.Configuration)
}

// jobSecrets resolves the secrets of a configuration in place.
func (e *Engine) jobSecrets(ctx context.Context, actionType string, configuration map[string]string) error {
	traits, err := e.jobTraits(ctx, jobType(actionType))
	if err != nil || traits == nil {
		return err
	}
	for _, key := range traits.secrets {
		ref, ok := strings.CutPrefix(configuration[key], secretPrefix)
		if !ok {
			continue
		}
		if e.config.Secrets == nil {
			return &Error{Code: ErrFailedPrecondition, Op: "resolve", Path: key, Err: errors.New("the engine has no SecretResolver"), Hint: "set Config.Secrets"}
		}
		value, err := e.config.Secrets.ResolveSecret(ctx, ref)
		if err != nil {
			return &Error{Code: ErrUnavailable, Op: "resolve", Path: key, Err: err}
		}
		configuration[key] = value
	}
	return nil
}

func jobType(name string) ActionType {
	id := parseTypeName(name)
	return ActionType{Category: Category(id.Category), Owner: Owner(id.Owner), Provider: id.Provider, Version: id.Version}
}
