package machine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/definition"
)

// describeType gives STAGE/ACTION, which was described before, the type Category/Owner/Provider/Version.
func describeType(t *testing.T, p *definition.Pipeline, action, name string) {
	stage, name2, _ := strings.Cut(action, "/")
	parts := strings.Split(name, "/")
	require.Len(t, parts, 4)
	i := slices.IndexFunc(p.Stages, func(s definition.Stage) bool { return s.Name == stage })
	require.GreaterOrEqual(t, i, 0, action)
	j := slices.IndexFunc(p.Stages[i].Actions, func(a definition.Action) bool { return a.Name == name2 })
	require.GreaterOrEqual(t, j, 0, action)
	p.Stages[i].Actions[j].ActionTypeID = definition.TypeID{Category: parts[0], Owner: parts[1], Provider: parts[2], Version: parts[3]}
}

// job is what happens around jobs:
//
//	queue x1/Image Key                  the engine offers it, under what its configuration has as Key
//	take j1 worker                      a worker polls
//	acknowledge j1 n7                   with a nonce
//	store j1 app                        an artifact
//	answer j1 [n7] ok v=1 | fail CODE | continue TOKEN | wait 30s TOKEN      [50%] [ext-ID] [token=wrong]
func (tr *transcript) job(verb string, args []string) {
	if verb == "queue" {
		in := &Queue{Action: tr.ids[args[0]]}
		if len(args) > 1 {
			in.Key = args[1]
		}
		tr.decide(in)
		return
	}
	claim := tr.claim(args)
	switch verb {
	case "take":
		tr.decide(&TakeJob{Action: claim.Action, Job: claim.Job, By: args[1]})
	case "acknowledge":
		tr.decide(&AcknowledgeJob{JobClaim: claim, By: "jan"})
	case "store":
		tr.decide(&StoreJob{JobClaim: claim, Artifact: Artifact{Name: args[1], Digest: "sha256:" + args[1]}})
	case "answer":
		tr.decide(tr.answer(claim, args[1:]))
	}
}

func (tr *transcript) claim(args []string) JobClaim {
	claim := JobClaim{Job: tr.ids[args[0]], Action: tr.ids["action of "+args[0]], Client: tr.ids["client of "+args[0]]}
	for _, arg := range args[1:] {
		if nonce, err := strconv.ParseUint(strings.TrimPrefix(arg, "n"), 10, 64); err == nil && arg[0] == 'n' {
			claim.Nonce = nonce
		}
		if arg == "token=wrong" {
			claim.Client = ID{9}
		}
	}
	return claim
}

func (tr *transcript) answer(claim JobClaim, args []string) *EndJob {
	in := &EndJob{JobClaim: claim, By: "jan"}
	for i, arg := range args {
		switch {
		case arg == "fail":
			in.Outcome.Failure = &executor.Failure{Code: args[i+1], Message: "it broke", Retryable: args[i+1] == "JobFailed"}
		case arg == "continue":
			in.Outcome.Pending = &executor.Pending{Resume: args[i+1]}
		case arg == "large":
			put(&in.Outcome.Variables, "v", strings.Repeat("x", 122880))
		case strings.HasPrefix(arg, "v="):
			put(&in.Outcome.Variables, "v", arg[2:])
		case strings.HasPrefix(arg, "r="):
			in.Outcome.Revision = &executor.Revision{ID: arg[2:]}
		case strings.HasPrefix(arg, "ext-"):
			in.ExternalID = arg
		case strings.HasSuffix(arg, "%"):
			in.Percent, _ = strconv.Atoi(arg[:len(arg)-1])
		}
	}
	return in
}

func (tr *transcript) describeJob(e Event) string {
	switch e := e.(type) {
	case *JobQueued:
		name := fmt.Sprintf("j%d", len(tr.jobs)+1)
		tr.jobs = append(tr.jobs, e.Job)
		tr.call(e.Job, name)
		tr.ids["action of "+name], tr.ids["client of "+name] = e.ID, e.Client
		text := fmt.Sprintf("%s of %s run %d as %s", name, tr.names[e.ID], e.Run, e.Queue)
		if e.Again {
			text += ", again"
		}
		if !e.Client.IsZero() {
			text += ", with a client token"
		}
		return text
	case *JobTaken:
		return fmt.Sprintf("%s nonce %d by %s until %s", tr.names[e.Job], e.Fence, e.Worker, e.Until.Format("15:04:05"))
	case *JobAcknowledged:
		return fmt.Sprintf("%s nonce %d by %s", tr.names[e.Job], e.Fence, e.By)
	case *JobReturned:
		return tr.names[e.Job]
	case *JobStored:
		return tr.names[e.Job] + " " + e.Artifact.Name
	}
	return ""
}

// filed shows what records of jobs say.
func (tr *transcript) filed(d Decision) {
	for _, r := range d.Records {
		if r.Kind != KindJob {
			continue
		}
		where := "in no queue"
		if len(r.Keys) > 0 {
			where = "in " + r.Keys[0].Value
		}
		howLong := "for as long as it takes"
		if !r.Expires.IsZero() {
			howLong = "for " + r.Expires.Sub(tr.now).String()
		}
		fmt.Fprintf(&tr.out, "record job %s %s, %s\n", tr.rename(r.ID), where, howLong)
	}
}
