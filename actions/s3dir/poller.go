package s3dir

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"time"

	"github.com/penstock-dev/penstock"
)

// Engine is what a Poller needs of one; *penstock.Engine has it.
type Engine interface {
	Do(ctx context.Context, command penstock.Command) (penstock.Reply, error)
	Pipelines(ctx context.Context, q penstock.PipelineQuery) (penstock.PipelinePage, error)
	Pipeline(ctx context.Context, name string, version int) (penstock.Pipeline, int, error)
	Executions(ctx context.Context, q penstock.ExecutionQuery) (penstock.ExecutionPage, error)
}

// Defaults of a Poller.
const (
	DefaultInterval   = 2 * time.Second
	DefaultMaxBackoff = time.Minute
)

// Poller starts pipelines when an object of theirs has changed: those whose S3 source does not say PollForSourceChanges false. A change counts
// when two rounds have seen it alike, so that a file which is being written starts nothing. It starts one execution, however many processes notice
// it and however often they restart: the command's ID is made of it.
//
// A round that fails is followed by a longer wait, up to MaxBackoff. Fill it before its first use; Run and Poll are for one goroutine.
type Poller struct {
	// Options say where the buckets are. They should be those of the Sourcer.
	Options Options
	// Engine has the pipelines. It is needed.
	Engine Engine
	// Interval is the time between two rounds. Default: DefaultInterval.
	Interval time.Duration
	// MaxBackoff is the longest time between two rounds when they fail. Default: DefaultMaxBackoff.
	MaxBackoff time.Duration
	// Logger is told what was started, and what went wrong. Default: nobody.
	Logger *slog.Logger

	read map[string]reading // by pipeline
	seen map[watch]*sight
}

// sight is what was seen of an object.
type sight struct {
	info    fs.FileInfo // of the last round; nil: it was not there
	settled fs.FileInfo // of the state that has been dealt with
}

// Run does a round at once and then one after each interval, until ctx ends.
func (p *Poller) Run(ctx context.Context) {
	logger := cmp.Or(p.Logger, slog.New(slog.DiscardHandler))
	interval := cmp.Or(p.Interval, DefaultInterval)
	wait := interval
	for ctx.Err() == nil {
		if err := p.Poll(ctx); err == nil {
			wait = interval
		} else if ctx.Err() == nil {
			wait = min(2*wait, max(interval, cmp.Or(p.MaxBackoff, DefaultMaxBackoff)))
			logger.ErrorContext(ctx, "some objects could not be looked at, or their executions not be started", "error", err, "again", wait)
		}
		next := time.NewTimer(wait)
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
		}
	}
}

// Poll does one round. What goes wrong with one object does not keep it from the others.
func (p *Poller) Poll(ctx context.Context) error {
	if p.Engine == nil {
		return &penstock.Error{Code: penstock.ErrFailedPrecondition, Op: "s3dir", Err: errors.New("the Poller has no Engine")}
	}
	watches, err := p.watches(ctx)
	if err != nil {
		return err
	}
	b, err := p.Options.open()
	if err != nil {
		return err
	}
	defer b.close()
	before := p.seen
	p.seen = make(map[watch]*sight, len(watches))
	var problems []error
	for _, w := range watches {
		s := before[w]
		if s == nil {
			s = &sight{}
		}
		p.seen[w] = s
		problems = append(problems, p.look(ctx, b, w, s))
	}
	return errors.Join(problems...)
}

// look starts an execution when the object is another one than the newest execution had. What could not be started is not settled, so that the
// next round tries again.
func (p *Poller) look(ctx context.Context, b *buckets, w watch, s *sight) error {
	name, err := locate(w.bucket, w.key)
	if err != nil {
		return nil //nolint:nilerr // its action fails and says so
	}
	last := s.info
	if s.info, err = b.stat(name); err != nil {
		s.info = nil
		if _, missing := errors.AsType[*noObject](err); missing {
			return nil
		}
		return err
	}
	if last == nil || !same(last, s.info) || s.settled != nil && same(s.settled, s.info) {
		return nil
	}
	found, err := b.read(ctx, name, io.Discard)
	if errors.Is(err, errMoving) {
		return nil
	}
	if err != nil {
		return err
	}
	settled, err := p.start(ctx, w, found)
	if settled {
		s.settled = s.info
	}
	return err
}
