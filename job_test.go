package penstock_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
)

// jenkins is an action type that job workers serve, who poll for one project.
type jenkins struct {
	ProjectName string
	Token       penstock.Secret
	Code        penstock.Input[string]
	Report      penstock.Output[string]
}

func (jenkins) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Jenkins", Version: "1"}
}

func (jenkins) PolledBy() string { return "ProjectName" }

// scan is a third party's.
type scan struct{}

func (scan) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryInvoke, Owner: penstock.OwnerThirdParty, Provider: "Scan", Version: "1"}
}

type jobSecrets map[string]string

// ResolveSecret answers what is in the jobSecrets.
func (v jobSecrets) ResolveSecret(_ context.Context, ref string) (string, error) {
	if value, ok := v[ref]; ok {
		return value, nil
	}
	return "", errors.New("there is no such secret")
}

var report = penstock.NewArtifact[string]("report")

func built(project string) penstock.Pipeline {
	version := penstock.NewVariable[string]("Jenkins", "version")
	return penstock.NewPipeline("built",
		penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{Out: text.Out()})),
		penstock.NewStage("Build", penstock.NewAction("Jenkins", jenkins{
			ProjectName: project, Token: penstock.Secret{Ref: "jenkins"}, Code: text.In(), Report: report.Out(),
		}).Namespace("Jenkins")),
		penstock.NewStage("Work", penstock.NewAction("Job", job{Do: "use", Note: version.String(), In: report.In()})),
	).Mode(penstock.Queued)
}

func newJobBench(t *testing.T, config penstock.Config) *bench {
	config.Secrets = jobSecrets{"jenkins": "s3cret"}
	return newBench(t, config, penstock.RegisterJob[jenkins], penstock.RegisterJob[scan])
}

func shop() penstock.PollJobs {
	return penstock.PollJobs{Type: jenkins{}.ActionType(), Query: map[string]string{"ProjectName": "shop"}, Wait: time.Hour}
}

// poll waits for the one job that there is.
func (b *bench) poll(q penstock.PollJobs) penstock.Job {
	b.t.Helper()
	jobs, err := b.PollJobs(penstock.WithActor(context.Background(), "worker-1"), q)
	require.NoError(b.t, err)
	require.Len(b.t, jobs, 1)
	return jobs[0]
}

func TestAJobIsPolledAcknowledgedAndAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newJobBench(t, penstock.Config{})
		var used string
		b.behave["use"] = func(ctx context.Context, call *penstock.Call[job]) error {
			content, err := call.Config.In.Load(ctx, call)
			used = call.Config.Note + " " + content
			return err
		}
		ctx := penstock.WithActor(t.Context(), "worker-1")
		b.run()
		applied, err := b.Apply(ctx, built("shop"))
		require.NoError(t, err)

		j := b.poll(shop())
		require.Equal(t, map[string]string{"ProjectName": "shop", "Token": "s3cret", "Code": "text", "Report": "report"}, j.Configuration)
		require.Equal(t, []string{"built", applied.Execution, "Build", "Jenkins"}, []string{j.Pipeline, j.Execution, j.Stage, j.Action})
		require.Equal(t, jenkins{}.ActionType().String(), j.Type.String())
		require.Equal(t, []string{"report"}, j.Outputs)
		none, err := b.PollJobs(ctx, penstock.PollJobs{Type: j.Type, Query: map[string]string{"ProjectName": "shop"}})
		require.NoError(t, err)
		require.Empty(t, none, "it is handed out once")
		require.ErrorIs(t, b.SucceedJob(ctx, penstock.JobSuccess{Job: j.Ref()}), penstock.ErrInvalidJobState)
		require.NoError(t, b.AcknowledgeJob(ctx, j.Ref()))
		require.NoError(t, b.AcknowledgeJob(ctx, j.Ref()))

		var code string
		require.NoError(t, b.LoadArtifact(ctx, j.Ref(), "text", &code))
		require.NoError(t, b.StoreArtifact(ctx, j.Ref(), "report", "wrong"))
		require.NoError(t, b.StoreArtifact(ctx, j.Ref(), "report", "report of "+code+strings.Repeat("!", 5000)))
		require.ErrorIs(t, b.StoreArtifact(ctx, j.Ref(), "other", "x"), penstock.ErrInvalid)
		require.NoError(t, b.SucceedJob(ctx, penstock.JobSuccess{
			ID: "answer", Job: j.Ref(), Variables: map[string]string{"version": "1.7"}, Summary: "built", ExternalID: "#42",
		}))
		require.NoError(t, b.SucceedJob(ctx, penstock.JobSuccess{ID: "answer", Job: j.Ref()}), "the same answer acts once")
		require.ErrorIs(t, b.SucceedJob(ctx, penstock.JobSuccess{Job: j.Ref()}), penstock.ErrInvalidJobState)

		x, err := b.Wait(ctx, "built", applied.Execution)
		require.NoError(t, err)
		require.Equal(t, penstock.StatusSucceeded, x.Status)
		require.Equal(t, "1.7 report of content"+strings.Repeat("!", 5000), used)
		done, err := b.ActionExecution(ctx, "built", j.Execution, j.ActionExecution)
		require.NoError(t, err)
		require.Equal(t, []string{"built", "#42", "worker-1"}, []string{done.Summary, done.ExternalID, done.UpdatedBy})
		require.NotContains(t, done.Configuration["Token"], "s3cret", "secrets are for workers only")
		_, err = b.VerifyAudit(ctx, "built")
		require.NoError(t, err)
		var verbs []string
		audit, err := b.Audit(ctx, penstock.AuditQuery{Pipeline: "built"})
		require.NoError(t, err)
		for _, note := range audit.Entries {
			verbs = append(verbs, string(note.Verb))
		}
		require.ElementsMatch(t, []string{"apply", "succeed"}, verbs, "what changes how a release goes")
	})
}

func TestJobsOutliveTheirEngines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(nil)
		config := penstock.Config{State: shared, Artifacts: memory.NewArtifacts(nil)}
		a, b := newJobBench(t, config), newJobBench(t, config)
		ctx := penstock.WithActor(t.Context(), "worker-1")
		a.run()
		_, err := a.Apply(ctx, built("shop"))
		require.NoError(t, err)
		synctest.Wait()
		stale := b.poll(shop())
		a.end()
		b.run()
		j := b.poll(shop())
		require.Equal(t, stale.ID, j.ID, "nobody acknowledged it")
		require.ErrorIs(t, b.AcknowledgeJob(ctx, stale.Ref()), penstock.ErrInvalidNonce)
		require.NoError(t, a.AcknowledgeJob(ctx, j.Ref()), "any engine will do")
		require.NoError(t, a.SucceedJob(ctx, penstock.JobSuccess{Job: j.Ref(), Continuation: "ticket", After: time.Minute, Percent: 20}))
		again := b.poll(shop())
		require.NotEqual(t, j.ID, again.ID)
		require.Equal(t, "ticket", again.Continuation)
		require.Equal(t, j.ActionExecution, again.ActionExecution)
		require.NoError(t, b.AcknowledgeJob(ctx, again.Ref()))
		require.NoError(t, a.FailJob(ctx, penstock.JobFailure{Job: again.Ref(), Type: penstock.FailurePermission, Message: "no way"}))
		done, err := b.ActionExecution(ctx, "built", j.Execution, j.ActionExecution)
		require.NoError(t, err)
		require.Equal(t, &penstock.Failure{Code: "PermissionError", Message: "no way"}, done.Failure)
	})
}

func TestAThirdPartysJobNeedsItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newJobBench(t, penstock.Config{})
		ctx := t.Context()
		b.run()
		_, err := b.Apply(ctx, penstock.NewPipeline("scanned",
			penstock.NewStage("Source", penstock.NewAction("Fetch", fetch{})),
			penstock.NewStage("Scan", penstock.NewAction("Scan", scan{})),
		))
		require.NoError(t, err)
		j := b.poll(penstock.PollJobs{Type: scan{}.ActionType(), Wait: time.Hour})
		require.NotEmpty(t, j.ClientToken)
		require.Empty(t, j.Execution)
		bare := penstock.JobRef{ID: j.ID}
		_, err = b.JobDetails(ctx, bare)
		require.ErrorIs(t, err, penstock.ErrInvalidClientToken)
		require.ErrorIs(t, b.AcknowledgeJob(ctx, penstock.JobRef{ID: j.ID, Nonce: j.Nonce}), penstock.ErrInvalidClientToken)
		found, err := b.JobDetails(ctx, penstock.JobRef{ID: j.ID, ClientToken: j.ClientToken})
		require.NoError(t, err)
		require.Equal(t, j, found)
		require.NoError(t, b.AcknowledgeJob(ctx, found.Ref()))
		require.NoError(t, b.SucceedJob(ctx, penstock.JobSuccess{Job: penstock.JobRef{ID: j.ID, ClientToken: j.ClientToken}}))
		_, err = b.JobDetails(ctx, found.Ref())
		require.ErrorIs(t, err, penstock.ErrInvalidJobState)
	})
}

func TestWhatJobWorkersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newJobBench(t, penstock.Config{})
		ctx := t.Context()
		b.run()
		_, err := b.Apply(ctx, built("shop"))
		require.NoError(t, err)
		j := b.poll(shop())
		require.NoError(t, b.AcknowledgeJob(ctx, j.Ref()))
		never := penstock.JobRef{ID: "01234567-89ab-8cde-8f01-23456789abcd", Nonce: "1"}
		poll := func(q penstock.PollJobs) error { _, err := b.PollJobs(ctx, q); return err }
		for name, refused := range map[string]struct {
			err  error
			code penstock.Code
		}{
			"no such job":            {b.AcknowledgeJob(ctx, never), penstock.ErrJobNotFound},
			"no ID":                  {b.SucceedJob(ctx, penstock.JobSuccess{}), penstock.ErrJobNotFound},
			"no nonce":               {b.AcknowledgeJob(ctx, penstock.JobRef{ID: j.ID}), penstock.ErrInvalidNonce},
			"never a nonce":          {b.AcknowledgeJob(ctx, penstock.JobRef{ID: j.ID, Nonce: "x"}), penstock.ErrInvalidNonce},
			"a token without need":   {b.AcknowledgeJob(ctx, penstock.JobRef{ID: j.ID, Nonce: j.Nonce, ClientToken: never.ID}), penstock.ErrInvalidClientToken},
			"never a token":          {b.AcknowledgeJob(ctx, penstock.JobRef{ID: j.ID, Nonce: j.Nonce, ClientToken: "x"}), penstock.ErrInvalidClientToken},
			"no message":             {b.FailJob(ctx, penstock.JobFailure{Job: j.Ref()}), penstock.ErrInvalid},
			"no such failure":        {b.FailJob(ctx, penstock.JobFailure{Job: j.Ref(), Type: "Bored", Message: "x"}), penstock.ErrInvalid},
			"a variable's name":      {b.SucceedJob(ctx, penstock.JobSuccess{Job: j.Ref(), Variables: map[string]string{"a b": ""}}), penstock.ErrInvalid},
			"variables with a token": {b.SucceedJob(ctx, penstock.JobSuccess{Job: j.Ref(), Variables: map[string]string{"a": "b"}, Continuation: "t"}), penstock.ErrInvalid},
			"large variables": {b.SucceedJob(ctx, penstock.JobSuccess{
				Job: j.Ref(), Variables: map[string]string{"a": strings.Repeat("b", 122880)},
			}), penstock.ErrOutputVariablesSize},
			"an unknown type":   {poll(penstock.PollJobs{Type: job{}.ActionType()}), penstock.ErrActionTypeNotFound},
			"no query":          {poll(penstock.PollJobs{Type: j.Type}), penstock.ErrInvalid},
			"another query":     {poll(penstock.PollJobs{Type: j.Type, Query: map[string]string{"Other": "shop"}}), penstock.ErrInvalid},
			"a query's value":   {poll(penstock.PollJobs{Type: j.Type, Query: map[string]string{"ProjectName": "a/b"}}), penstock.ErrInvalid},
			"an unneeded query": {poll(penstock.PollJobs{Type: scan{}.ActionType(), Query: map[string]string{"a": "b"}}), penstock.ErrInvalid},
		} {
			require.ErrorIs(t, refused.err, refused.code, name)
		}
		other, err := b.PollJobs(ctx, penstock.PollJobs{Type: j.Type, Query: map[string]string{"ProjectName": "bank"}, Wait: time.Minute})
		require.NoError(t, err)
		require.Empty(t, other, "patience has an end")
		require.NoError(t, b.SucceedJob(ctx, penstock.JobSuccess{Job: j.Ref()}))
		failed, err := b.ActionExecution(ctx, "built", j.Execution, j.ActionExecution)
		require.NoError(t, err)
		require.Equal(t, "ConfigurationError", failed.Failure.Code, "its output was never stored")
	})
}

func TestTheAuthorizerDecidesAboutJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []penstock.Access
		b := newJobBench(t, penstock.Config{Authorizer: penstock.AuthorizerFunc(func(_ context.Context, a penstock.Access) error {
			asked = append(asked, a)
			if a.Actor == "mallory" {
				return errors.New("mallory may not")
			}
			return nil
		})})
		ctx, mallory := t.Context(), penstock.WithActor(t.Context(), "mallory")
		b.run()
		_, err := b.Apply(ctx, built("shop"))
		require.NoError(t, err)
		_, err = b.PollJobs(mallory, shop())
		require.ErrorIs(t, err, penstock.ErrDenied)
		j := b.poll(shop())
		require.Equal(t, penstock.Access{Actor: "worker-1", Verb: penstock.VerbPoll, ActionType: j.Type.String()}, asked[len(asked)-1])
		_, err = b.JobDetails(mallory, j.Ref())
		var text string
		for name, err := range map[string]error{
			"details": err, "acknowledge": b.AcknowledgeJob(mallory, j.Ref()), "succeed": b.SucceedJob(mallory, penstock.JobSuccess{Job: j.Ref()}),
			"fail":  b.FailJob(mallory, penstock.JobFailure{Job: j.Ref(), Message: "x"}),
			"store": b.StoreArtifact(mallory, j.Ref(), "report", "x"), "load": b.LoadArtifact(mallory, j.Ref(), "text", &text),
		} {
			require.ErrorIs(t, err, penstock.ErrDenied, name)
		}
		require.NoError(t, b.AcknowledgeJob(ctx, j.Ref()))
		require.Equal(t, penstock.Access{
			Verb: penstock.VerbAcknowledge, Pipeline: "built", Stage: "Build", Action: "Jenkins", Execution: j.Execution,
			ActionType: j.Type.String(), Job: j.ID,
		}, asked[len(asked)-1])
	})
}

func TestJobTypesAreDeclared(t *testing.T) {
	var actions penstock.Actions
	jenkinsType := penstock.ActionType{Category: penstock.CategoryBuild, Provider: "Jenkins", Version: "1"}
	described := func(change func(t *penstock.CustomActionType)) penstock.CustomActionType {
		t := penstock.CustomActionType{
			Category: penstock.CategoryBuild, Provider: "Jenkins", Version: "1", Inputs: penstock.ArtifactCount{Max: 5}, Outputs: penstock.ArtifactCount{Max: 5},
			Properties: []penstock.ActionTypeProperty{{Name: "ProjectName", Required: true, Queryable: true}, {Name: "Token", Secret: true}},
			Links:      penstock.ActionTypeLinks{Entity: "https://jenkins.example.com/{Config:ProjectName}"},
		}
		change(&t)
		return t
	}
	require.NoError(t, penstock.RegisterJobType(&actions, described(func(*penstock.CustomActionType) {})))
	key, served := actions.PolledBy(jenkinsType.String())
	require.True(t, served)
	require.Equal(t, "ProjectName", key)
	for name, change := range map[string]func(t *penstock.CustomActionType){
		"taken":            func(*penstock.CustomActionType) {},
		"many inputs":      func(t *penstock.CustomActionType) { t.Version, t.Inputs.Max = "2", 6 },
		"queryable secret": func(t *penstock.CustomActionType) { t.Version, t.Properties[0].Secret = "2", true },
		"a bad link":       func(t *penstock.CustomActionType) { t.Version, t.Links.Entity = "2", "{Config:Token}" },
	} {
		require.ErrorIs(t, penstock.RegisterJobType(&actions, described(change)), penstock.ErrInvalid, name)
	}
	state := memory.New(nil)
	e, err := penstock.NewEngine(penstock.Config{Actions: &actions, State: state})
	require.NoError(t, err)
	_, err = e.Apply(t.Context(), onAWS(t, "p", `{"name": "Image", "actionTypeId": {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"},
		"configuration": {"ProjectName": "image"}, "inputArtifacts": [{"name": "code"}]}`))
	require.NoError(t, err)
	page, err := bare(t, state).ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: penstock.OwnerCustom})
	require.NoError(t, err)
	require.Len(t, page.Types, 1)
	require.Equal(t, described(func(*penstock.CustomActionType) {}).Links, page.Types[0].Links, "other engines know all of it")
	require.False(t, page.Types[0].Served)
	require.Panics(t, func() { penstock.RegisterJob[jenkins](&actions) }, "the name is taken")
}

func TestManyWorkersShareManyJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := memory.New(nil)
		artifacts := memory.NewArtifacts(nil)
		var engines []*bench
		for range 3 {
			b := newJobBench(t, penstock.Config{State: shared, Artifacts: artifacts})
			b.run()
			engines = append(engines, b)
		}
		ctx := penstock.WithActor(t.Context(), "ana")
		_, err := engines[0].Do(ctx, penstock.ApplyPipeline{Pipeline: built("shop").Mode(penstock.InParallel), NoStart: true})
		require.NoError(t, err)
		const releases, workers = 20, 6
		var mu sync.Mutex
		begun := map[string]int{}
		var all sync.WaitGroup
		for i := range workers {
			eng := engines[i%len(engines)]
			all.Go(func() {
				for {
					jobs, err := eng.PollJobs(ctx, penstock.PollJobs{Type: jenkins{}.ActionType(), Query: shop().Query, Max: 2, Wait: 10 * time.Minute})
					if err != nil || len(jobs) == 0 {
						return // nothing for ten minutes: all is done
					}
					for _, j := range jobs {
						if eng.AcknowledgeJob(ctx, j.Ref()) != nil {
							continue
						}
						mu.Lock()
						begun[j.ActionExecution]++
						mu.Unlock()
						_ = errors.Join(eng.StoreArtifact(ctx, j.Ref(), "report", "fine"), eng.SucceedJob(ctx, penstock.JobSuccess{
							Job: j.Ref(), Variables: map[string]string{"version": "1"},
						}))
					}
				}
			})
		}
		var started []string
		for i := range releases {
			x, err := engines[i%len(engines)].Start(ctx, "built")
			require.NoError(t, err)
			started = append(started, x)
		}
		for _, x := range started {
			ended, err := engines[0].Wait(ctx, "built", x)
			require.NoError(t, err)
			require.Equal(t, penstock.StatusSucceeded, ended.Status, ended.Summary)
		}
		all.Wait()
		require.Len(t, begun, releases)
		for action, n := range begun {
			require.Equal(t, 1, n, "action execution %s began %d times", action, n)
		}
	})
}

func TestALongPollHearsOfAJobAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newJobBench(t, penstock.Config{PollInterval: time.Hour})
		b.run()
		waited := make(chan time.Duration)
		began := time.Now()
		go func() {
			jobs, _ := b.PollJobs(context.Background(), shop())
			if len(jobs) == 1 {
				waited <- time.Since(began)
			}
		}()
		synctest.Wait()
		time.Sleep(time.Minute)
		_, err := b.Apply(t.Context(), built("shop"))
		require.NoError(t, err)
		require.Equal(t, time.Minute, <-waited)
	})
}
