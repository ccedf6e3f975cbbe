package executortest

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/executor"
)

var outcomeRules = []rule{
	{"Types/serves the script", "the engine claims only what Types lists with a free slot", servesScript},
	{"Execute/success", "the outcome is that of the run that started", success},
	{"Execute/failure is an outcome", "an error is asked again for ever; the action's own failure must end the action, as it was", failure},
	{"Execute/panic is a failure", "one action's bug must not take the engine, the other actions or a slot with it", panicked},
	{"Execute/unknown type is an error", "the action has done nothing wrong: another executor may serve it", unknownType},
	{"Execute/pending resumes", "what a run leaves for the next one is all that it remembers", pending},
	{"Execute/task arrives whole", "a worker knows nothing but the task", taskArrives},
	{"Execute/outcome arrives whole", "the engine stores what the action said, up to every limit, and nothing else", outcomeArrives},
	{"Execute/reports arrive", "log, progress and external ids are what an operator and a later attach go by", reportsArrive},
	{"Execute/deadline", "an action that never ends by itself must not hold its stage for ever", deadline},
	{"Execute/ended ctx starts nothing", "the engine stopped caring before the start; nobody would know of the work", endedContext},
}

func servesScript(r *rig) {
	types, changed := r.Types()
	if changed == nil {
		r.Fatal("Types: the channel is nil; nobody could wait for a slot")
	}
	seen := make(map[string]bool)
	for _, t := range types {
		if seen[t.Name] {
			r.Fatalf("Types lists %s twice", t.Name)
		}
		seen[t.Name] = true
	}
	for name := range Actions() {
		if !seen[name] {
			r.Fatalf("Types does not list %s", name)
		}
	}
	if free := r.free(Hold); free < 2 || free > 64 {
		r.Fatalf("Types: %d slots are free at rest; the suite needs 2 to 64", free)
	}
}

func success(r *rig) {
	start := r.execute(r.task(Succeed), r.to).succeeded()
	r.startedOnly(r.to, start)
}

func failure(r *rig) {
	want := executor.Failure{Code: "NoQuota", Message: "the region is full\n\"eu\" ✗", Hint: "ask for more", Retryable: true}
	task := r.task(Fail)
	task.Config["failure"] = text(r, want)
	outcome, err := r.execute(task, r.to).result()
	if err != nil || outcome.Failure == nil || *outcome.Failure != want {
		r.Fatalf("Failure %+v, error %v; want %+v and no error", outcome.Failure, err, want)
	}
}

func panicked(r *rig) {
	before := r.free(Panic)
	for range before + 1 {
		outcome, err := r.execute(r.task(Panic), r.to).result()
		if err != nil || outcome.Failure == nil || outcome.Failure.Code != "Panic" {
			r.Fatalf(`Failure %+v, error %v; want a Failure with Code "Panic"`, outcome.Failure, err)
		}
		if !strings.Contains(outcome.Failure.Message, "scripted panic") {
			r.Fatalf("message %q does not say what was panicked with", outcome.Failure.Message)
		}
	}
	r.execute(r.task(Succeed), r.to).succeeded()
}

func unknownType(r *rig) {
	task := r.task("Test/Penstock/Nobody/1")
	if outcome, err := r.execute(task, r.to).result(); err == nil {
		r.Fatalf("outcome %+v; want an error", outcome)
	}
	if err := r.cancel(task.Ref); err != nil {
		r.Fatalf("Cancel: %v; want nil for what never started", err)
	}
}

func pending(r *rig) {
	task := r.task(Suspend)
	resume := strings.Repeat("é", executor.ResumeLimit/2)
	task.Config["resume"] = resume
	outcome, err := r.execute(task, r.to).result()
	if err != nil || outcome.Pending == nil || *outcome.Pending != (executor.Pending{After: 90 * time.Second, Resume: resume}) {
		r.Fatalf("Pending %+v, error %v; want 90s and the %d bytes of Resume", outcome.Pending, err, len(resume))
	}
	again := task
	again.Run, again.Fence, again.Resume = 2, 11, resume
	c := r.execute(again, r.to)
	second := c.succeeded()
	if c.outcome.Variables["resume"] != resume {
		r.Fatalf("the next run got Resume %q", c.outcome.Variables["resume"])
	}
	r.startedOnly(r.to, outcome.Variables["start"], second)
}

func taskArrives(r *rig) {
	task := r.task(Echo)
	task.Ref = executor.Ref{ID: task.ID, Run: 7, Fence: 1<<63 + 1}
	task.Config["outcome"] = `{"Variables":{}}`
	task.Config["Region"], task.Config["empty"], task.Config["日本"] = "eu\x00\n", "", `{"a":"b"}`
	task.Inputs = []executor.Artifact{
		{Name: "code", Digest: "sha256:aa", MediaType: "application/json", Size: executor.InlineLimit, Inline: everyByte(executor.InlineLimit)},
		{Name: "image", Digest: "sha256:bb", Size: 1 << 40},
	}
	task.Outputs, task.Revision, task.Resume = []string{"a", "b"}, "rev", "resume"
	task.Try, task.Lost, task.Rollback, task.TraceParent = 3, 2, true, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	task.Deadline = time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)

	c := r.execute(task, r.to)
	c.succeeded()
	var got executor.Task
	if err := json.Unmarshal([]byte(c.outcome.Variables["task"]), &got); err != nil {
		r.Fatal(err)
	}
	got.Deadline = got.Deadline.UTC()
	if !reflect.DeepEqual(got, task) {
		r.Fatalf("the action got\n%+v\nwant\n%+v", got, task)
	}
}

func outcomeArrives(r *rig) {
	want := executor.Outcome{
		Artifacts: []executor.Artifact{
			{Name: "report", Digest: "sha256:aa", MediaType: "text/plain", Size: executor.InlineLimit, Inline: everyByte(executor.InlineLimit)},
			{Name: "image", Digest: "sha256:bb", Size: 1 << 40},
		},
		Variables: map[string]string{"Url": "https://eu.example/?a=b&c", "empty": "", "日本": "\x01\n\t"},
		Revision:  &executor.Revision{ID: "a1b2", Summary: "fix ✓", URL: "https://git.example/a1b2", Created: time.UnixMilli(1_700_000_000_123).UTC()},
		Summary:   strings.Repeat("s", 2048),
	}
	task := r.task(Echo)
	task.Config["outcome"] = text(r, want)
	c := r.execute(task, r.to)
	c.succeeded()
	got := c.outcome
	got.Variables = maps.Clone(got.Variables)
	delete(got.Variables, "start")
	delete(got.Variables, "task")
	if got.Revision != nil {
		got.Revision.Created = got.Revision.Created.UTC()
	}
	if !reflect.DeepEqual(got, want) {
		r.Fatalf("the engine got\n%+v\nwant\n%+v", got, want)
	}
}

func reportsArrive(r *rig) {
	task := r.task(Report)
	task.Config["log"] = strings.Repeat("a line with ünïcode and \x1b[1mcolour\x1b[0m\n", 1000)
	r.execute(task, r.to).succeeded()
	r.to.mu.Lock()
	defer r.to.mu.Unlock()
	if got := r.to.log.String(); got != task.Config["log"] {
		r.Fatalf("the log has %d bytes, want the %d written, in order", len(got), len(task.Config["log"]))
	}
	if !reflect.DeepEqual(r.to.progress, []string{"half way"}) {
		r.Fatalf("progress %q, want one", r.to.progress)
	}
	if !reflect.DeepEqual(r.to.external, []string{"job-7 https://ci.example/job-7"}) {
		r.Fatalf("external ids %q, want one", r.to.external)
	}
}

func deadline(r *rig) {
	task := r.task(Hold)
	task.Deadline = time.Now().Add(50 * time.Millisecond)
	outcome, err := r.execute(task, r.to).result()
	if err != nil || outcome.Failure == nil {
		r.Fatalf("outcome %+v, error %v; want a failure once the deadline has passed", outcome, err)
	}
	r.gone(task.Ref)
}

func endedContext(r *rig) {
	for _, cause := range []error{executor.ErrDetach, nil} {
		task := r.task(Succeed)
		to := newRecorder()
		ctx, stop := context.WithCancelCause(r.ctx)
		stop(cause)
		if outcome, err := r.executeIn(ctx, stop, task, to).result(); err == nil {
			r.Fatalf("outcome %+v; want an error", outcome)
		}
		task.Fence++
		r.startedOnly(to)
		r.startedOnly(to, r.execute(task, to).succeeded())
	}
}

func text(r *rig, v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		r.Fatal(err)
	}
	return string(data)
}

func everyByte(n int) []byte {
	all := make([]byte, n)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}
