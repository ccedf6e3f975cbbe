package machine

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/store"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// TestTranscripts runs every script in testdata: its commands stand behind "> ", the lines after each are what came of it. After each
// command the state is folded anew from its events and from a snapshot, so every script also crashes after every commit.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			golden, err := os.ReadFile(file)
			require.NoError(t, err)
			got := newTranscript(t).run(string(golden))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			require.Equal(t, string(golden), got, "go test ./internal/machine -update writes the transcripts anew; read the difference")
		})
	}
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type transcript struct {
	t      *testing.T
	out    strings.Builder
	state  *State
	events []store.Event
	now    time.Time
	inputs uint64
	names  map[ID]string // x1, x2 … and x1/Action
	store  map[store.Ref]*store.Record
	ids    map[string]ID
	lines  []string // of the pipeline that is being described
	jobs   []ID
	listed store.Record // newest of the pipeline
	limits Limits
}

func newTranscript(t *testing.T) *transcript {
	return &transcript{t: t, state: New("p"), now: epoch, names: map[ID]string{}, ids: map[string]ID{}, store: map[store.Ref]*store.Record{}}
}

func (tr *transcript) run(script string) string {
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "> "):
			tr.out.WriteString(line + "\n")
			tr.command(strings.Fields(line[2:]))
		case strings.HasPrefix(line, "#"), line == "":
			tr.out.WriteString(line + "\n")
		case strings.HasPrefix(line, "pipeline "), strings.HasPrefix(line, "stage "), strings.HasPrefix(line, "variable "),
			strings.HasPrefix(line, "commands "), strings.HasPrefix(line, "type "), strings.HasPrefix(line, "condition "), strings.HasPrefix(line, "rule "):
			tr.out.WriteString(line + "\n")
			tr.lines = append(tr.lines, line)
		}
	}
	return tr.out.String()
}

func (tr *transcript) command(words []string) {
	verb, args := words[0], words[1:]
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	switch verb {
	case "define":
		in := &Define{Definition: describe(tr.t, tr.lines), By: "ana", Start: arg(0) == "start", Always: arg(0) == "always"}
		switch arg(0) {
		case "of":
			in.Base, _ = strconv.Atoi(arg(1))
		case "create", "update", "full":
			in.Create, in.Update, in.Full = arg(0) == "create", arg(0) == "update", arg(0) == "full"
		case "tagged":
			in.Tags = pairs(args[1:])
		}
		tr.decide(in)
		tr.lines = nil
	case "start":
		tr.start(args)
	case "announce": // STAGE/ACTION REVISION CHANGE
		stage, action, _ := strings.Cut(arg(0), "/")
		tr.decide(&PutRevision{Stage: stage, Action: action, Revision: arg(1), Change: arg(2), By: "ana"})
	case "delete":
		tr.decide(&Delete{By: "ana"})
	case "isolate":
		tr.decide(&Isolate{Reason: strings.Join(args, " ")})
	case "release":
		tr.decide(&Release{By: "ana"})
	case "advance":
		d, err := time.ParseDuration(arg(0))
		require.NoError(tr.t, err)
		tr.now = tr.now.Add(d)
		tr.decide(&Tick{})
	case "disable":
		tr.decide(&SetTransition{Stage: arg(0), Reason: strings.Join(args[1:], " "), By: "ana"})
	case "tag":
		tr.decide(&SetTags{Set: pairs(args), By: "ana"})
	case "untag":
		tr.decide(&SetTags{Remove: args, By: "ana"})
	case "enable":
		tr.decide(&SetTransition{Stage: arg(0), Enabled: true, By: "ana"})
	case "approve", "reject": // EXECUTION STAGE/ACTION, and whose token where it is not that action's
		stage, action, _ := strings.Cut(arg(1), "/")
		tr.decide(&Approve{Stage: stage, Action: action, Token: tr.token(arg(0) + "/" + cmp.Or(arg(2), action)), Rejected: verb == "reject", Summary: "seen", By: "bob"})
	case "stop":
		_, stage, _ := strings.Cut(strings.Join(args, " "), "disable ")
		tr.decide(&Stop{Execution: tr.ids[arg(0)], Abandon: arg(1) == "abandon", Reason: "wrong build", Disable: stage, By: "ana"})
	case "retry":
		tr.decide(&Retry{Execution: tr.ids[arg(0)], Stage: arg(1), All: arg(2) == "all", By: "ana"})
	case "override":
		tr.decide(&Override{Execution: tr.ids[arg(0)], Stage: arg(1), Gate: Gate(arg(2)), By: "ana"})
	case "rollback": // STAGE TARGET, and a reason to hold the stage
		target, ok := tr.ids[arg(1)]
		if !ok {
			target = ID{15: 1}
		}
		tr.decide(&RollBack{Stage: arg(0), Target: target, Hold: strings.Join(args[min(2, len(args)):], " "), By: "ana"})
	case "limits": // EXECUTIONS ACTIONS BYTES, of an action's resolved configuration
		tr.limits.Executions, _ = strconv.Atoi(arg(0))
		tr.limits.ParallelActions, _ = strconv.Atoi(arg(1))
		tr.limits.ResolvedConfig, _ = strconv.Atoi(arg(2))
	case "lose":
		tr.decide(&Lose{Worker: arg(0)})
	case "explain":
		tr.explain(arg(0))
	case "state":
		tr.show()
	case "listed":
		is, err := ReadPipeline(&tr.listed)
		require.NoError(tr.t, err)
		fmt.Fprintf(&tr.out, "| %s version %d, %s, %v, created after %s, updated after %s\n",
			tr.listed.ID, is.Version, is.Mode, is.Tags, is.Created.Sub(epoch), is.Updated.Sub(epoch))
	case "sources":
		tr.sources(arg(0))
	case "task":
		tr.task(arg(0))
	case "history":
		tr.history(arg(0))
	case "queue", "take", "acknowledge", "store", "answer":
		tr.job(verb, args)
	default:
		tr.report(verb, arg(0), args[1:])
	}
}

// report is what a worker does to an action, named as x1/Action.
func (tr *transcript) report(verb, name string, args []string) {
	id := tr.ids[name]
	ref := Ref{Action: id}
	if w, ok := tr.state.find(id); ok {
		ref.Run, ref.Fence = w.action.Run, w.action.Fence
	}
	if x, run, i := tr.lingerer(id); x != nil {
		ref.Run, ref.Fence = run.Lingering[i].Run, run.Lingering[i].Fence
	}
	var outcome executor.Outcome
	switch verb {
	case "claim":
		worker := "w1"
		if len(args) > 0 {
			worker = args[0]
		}
		tr.decide(&Claim{Action: id, Worker: worker, Outlive: slices.Contains(args, "outlives"), Rerun: !slices.Contains(args, "once")})
		return
	case "gone":
		tr.decide(&Gone{Action: id, Fence: ref.Fence})
		return
	case "progress":
		tr.decide(&Progress{Ref: ref, Percent: 40, Summary: strings.Join(args, " ")})
		return
	case "stale":
		ref.Fence--
		outcome = tr.success(id, nil)
	case "succeed":
		outcome = tr.success(id, args)
	case "bare":
	case "fail":
		outcome.Failure = &executor.Failure{Code: "JobFailed", Message: "it broke", Retryable: !slices.Contains(args, "permanent")}
	case "pending":
		d, err := time.ParseDuration(args[0])
		require.NoError(tr.t, err)
		outcome.Pending = &executor.Pending{After: d, Resume: "r1"}
	default:
		tr.t.Fatalf("unknown command %q", verb)
	}
	tr.decide(&End{Ref: ref, Outcome: outcome})
}

func (tr *transcript) lingerer(id ID) (*Execution, *StageRun, int) {
	for fence := range tr.state.Fence + 1 {
		if x, run, i := tr.state.lingering(id, fence); x != nil {
			return x, run, i
		}
	}
	return nil, nil, 0
}

// success stores what the action declares, and the variables that are given.
func (tr *transcript) success(id ID, args []string) (out executor.Outcome) {
	if w, ok := tr.state.find(id); ok {
		for _, a := range tr.state.leafOf(w.run, w.action).OutputArtifacts {
			out.Artifacts = append(out.Artifacts, executor.Artifact{Name: a.Name, Digest: "sha256:" + a.Name})
		}
	}
	out.Variables = pairs(args)
	return out
}

func pairs(args []string) (out map[string]string) {
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		put(&out, key, value)
	}
	return out
}

func (tr *transcript) token(name string) ID {
	if w, ok := tr.state.find(tr.ids[name]); ok {
		return w.action.Token
	}
	for _, st := range tr.state.Stages {
		for _, run := range tr.state.runs(st.Name) {
			for _, a := range run.Actions {
				if a.ID == tr.ids[name] {
					return a.Token
				}
			}
		}
	}
	return ID{}
}

// decide runs an input, prints what came of it, and puts the machine through a crash.
func (tr *transcript) decide(in Input) {
	tr.inputs++
	var seed Seed
	binary.BigEndian.PutUint64(seed[:], tr.inputs)
	before := tr.state.Snapshot()
	records := map[store.Ref]*store.Record{}
	for _, ref := range tr.state.Needs(in) {
		records[ref] = tr.store[ref]
	}
	decision, err := tr.state.Decide(in, Env{Now: tr.now, Seed: seed, Records: records, Zones: time.LoadLocation, Limits: tr.limits})
	if err != nil {
		require.Equal(tr.t, before, tr.state.Snapshot(), "a refusal changes nothing")
		var refusal *Error
		require.ErrorAs(tr.t, err, &refusal)
		fmt.Fprintf(&tr.out, "refused: %s: %s\n", refusal.Code, tr.rename(refusal.Message))
		return
	}
	if decision.Reply.Unchanged && len(decision.Events) == 0 {
		fmt.Fprintln(&tr.out, strings.TrimSpace("unchanged "+tr.names[decision.Reply.Execution]))
	}
	for _, e := range decision.Events {
		tr.name(e)
		fmt.Fprintf(&tr.out, "%s\n", strings.TrimRight(tr.describe(e), " "))
	}
	stored, _ := Encode(decision.Events, nil)
	tr.events = append(tr.events, stored...)
	for _, ref := range decision.Gone {
		delete(tr.store, ref)
	}
	for _, r := range decision.Records {
		tr.store[r.Ref] = &r
		if r.Kind == KindExecution {
			fmt.Fprintf(&tr.out, "record %s %s\n", r.Kind, tr.rename(r.ID))
		}
		if r.Kind == KindPipeline {
			tr.listed = r
		}
	}
	tr.filed(decision)
	require.NoError(tr.t, tr.state.Check())
	tr.demand()
	tr.crash(before)
}

// crash folds the stream from its first event and from the last snapshot: both must be the state there is.
func (tr *transcript) crash(before []byte) {
	fromEvents, err := Restore("p", nil, tr.events, nil)
	require.NoError(tr.t, err)
	require.True(tr.t, bytes.Equal(tr.state.Snapshot(), fromEvents.Snapshot()), "the events fold to another state")
	old, err := Restore("p", before, nil, nil)
	require.NoError(tr.t, err)
	fromSnapshot, err := Restore("p", before, tr.events[old.Seq:], nil)
	require.NoError(tr.t, err)
	require.Equal(tr.t, fmt.Sprint(tr.state.Next(tr.now)), fmt.Sprint(fromSnapshot.Next(tr.now)))
	require.True(tr.t, bytes.Equal(tr.state.Snapshot(), fromSnapshot.Snapshot()), "the snapshot folds to another state")
	tr.state = fromSnapshot
}

func (tr *transcript) demand() {
	next := tr.state.Next(tr.now)
	var parts []string
	for _, w := range next.Ready {
		parts = append(parts, "ready "+tr.names[w.Action])
	}
	for _, l := range next.Cancel {
		parts = append(parts, "cancel "+tr.names[l.Action])
	}
	if !next.Wake.IsZero() {
		parts = append(parts, "wake in "+next.Wake.Sub(tr.now).String())
	}
	if len(parts) > 0 {
		fmt.Fprintf(&tr.out, "= %s\n", strings.Join(parts, ", "))
	}
}

func (tr *transcript) explain(name string) {
	for _, r := range tr.state.Explain(tr.ids[name]) {
		fmt.Fprintf(&tr.out, "| %s: %s\n", strings.Trim(r.Kind+" "+r.Stage+"/"+r.Action, "/"), tr.rename(r.Text))
	}
}

func (tr *transcript) show() {
	for _, x := range tr.state.Executions {
		fmt.Fprintf(&tr.out, "| %s %s\n", tr.names[x.ID], x.Status)
	}
	for _, v := range tr.state.View() {
		fmt.Fprintf(&tr.out, "| stage %s", v.Stage.Name)
		if v.Stage.Latest != nil {
			fmt.Fprintf(&tr.out, " %s %s", tr.names[v.Stage.Latest.Execution], v.Stage.Latest.Status)
			if run := v.Stage.Latest; run.AutoRetries+run.Retries > 0 {
				fmt.Fprintf(&tr.out, " retries auto=%d manual=%d latest=%s", run.AutoRetries, run.Retries, run.LatestRetry())
			}
		}
		for _, id := range v.Stage.Queue {
			fmt.Fprintf(&tr.out, " waiting %s", tr.names[id])
		}
		tr.out.WriteString("\n")
		tr.showConditions(v)
	}
}
