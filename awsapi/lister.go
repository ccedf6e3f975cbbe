package awsapi

import (
	"cmp"
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// lister fills a page with what ran in executions, which the engine answers as Runs and clients are told as Details.
type lister[Run, Detail any] struct {
	*call
	pipeline   string
	newestOnly bool // of what was run again, the last time only
	most       int

	runs   func(ctx context.Context, execution string) ([]Run, error) // of an execution, newest first
	id     func(Run) string
	name   func(Run) string // the same when it was run again
	detail func(ctx context.Context, run Run) (Detail, error)

	out  []Detail
	full bool // and something is left
}

// page fills a page and answers the token of the next. of is an execution, "" for all.
func (l *lister[Run, Detail]) page(ctx context.Context, of, token string) (next string, err error) {
	question := []string{l.model.Name, l.pipeline, of, map[bool]string{true: "latest"}[l.newestOnly]}
	from, err := readToken(token, question...)
	if err != nil {
		return "", err
	}
	l.out = []Detail{}
	var at place
	if of != "" {
		at, err = l.one(ctx, of, from)
	} else {
		at, err = l.all(ctx, from)
	}
	if !l.full || err != nil {
		return "", err
	}
	return at.token(question...), nil
}

// one lists the runs of one execution.
func (l *lister[Run, Detail]) one(ctx context.Context, execution string, from place) (place, error) {
	if _, err := l.execution(ctx, l.pipeline, execution); err != nil {
		return place{}, err
	}
	return l.add(ctx, place{Execution: execution}, from.Action)
}

// all lists the runs of all executions: first what is left of the one where the last page ended, then those before it.
func (l *lister[Run, Detail]) all(ctx context.Context, from place) (next place, err error) {
	if from.Action != "" {
		if next, err = l.add(ctx, from, from.Action); err != nil || l.full {
			return next, err
		}
	}
	for x, err := range l.walk(ctx, penstock.ExecutionQuery{Pipeline: l.pipeline}, from) {
		if err != nil {
			return place{}, err
		}
		if next, err = l.add(ctx, x.at, ""); err != nil || l.full {
			return next, err
		}
	}
	return place{}, nil
}

// add lists the runs of an execution behind the one that was told last, and answers where the next page goes on.
func (l *lister[Run, Detail]) add(ctx context.Context, at place, last string) (place, error) {
	runs, err := l.runs(ctx, at.Execution)
	if err != nil {
		return place{}, err
	}
	at.Action = cmp.Or(last, "~") // IDs sort before it
	seen := map[string]bool{}
	for _, run := range runs {
		older := l.newestOnly && seen[l.name(run)]
		seen[l.name(run)] = true
		if older || l.id(run) >= at.Action {
			continue
		}
		if l.full = len(l.out) == l.most; l.full {
			return at, nil
		}
		detail, err := l.detail(ctx, run)
		if err != nil {
			return place{}, err
		}
		l.out = append(l.out, detail)
		at.Action = l.id(run)
	}
	return at, nil
}

// latest reads a filter: the execution that is asked for, "" for all, and whether of what was run again only the last time is.
func latest(execution string, f *wire.LatestInPipelineExecutionFilter) (of string, newestOnly bool) {
	if f != nil {
		return f.PipelineExecutionId, f.StartTimeRange == wire.StartTimeRangeLatest
	}
	return execution, false
}

// definitions are those of one pipeline, each read once.
type definitions struct {
	*call
	pipeline string
	read     map[int]*wire.PipelineDeclaration
}

func (d *definitions) version(ctx context.Context, version int) (*wire.PipelineDeclaration, error) {
	if found := d.read[version]; found != nil {
		return found, nil
	}
	found, err := d.definition(ctx, d.pipeline, version)
	if err == nil {
		d.read[version] = found
	}
	return found, err
}
