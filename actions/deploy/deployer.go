package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/penstock-dev/penstock"
)

// Deployer runs a Directory.
type Deployer struct {
	Options Options
}

// lockPause is how long a deployment waits before it asks for the directory again.
const lockPause = time.Second

// Run deploys. It may be entered again after a crash at any point; once it has succeeded, entering it again for the same action execution
// changes nothing. While another deployment works in the directory it is Pending, and says whose that is.
func (d *Deployer) Run(ctx context.Context, call *penstock.Call[Directory]) (err error) {
	config, err := call.Config.settle()
	if err != nil {
		return err
	}
	tree, err := config.Tree.Load(ctx, call)
	if err != nil {
		return err
	}
	root, path, err := d.Options.open(config.To)
	if err != nil {
		return err
	}
	s := &site{root: root, path: path}
	defer func() { err = errors.Join(err, s.close()) }()
	other, err := s.lock(whoAmI(call))
	if err != nil {
		return err
	}
	if other != nil {
		call.Summary("waits for " + other.String())
		return penstock.Pending(lockPause, "")
	}
	job := deployment{site: s, config: config, tree: tree, log: call.Log(), action: call.ActionExecution}
	done, err := job.run(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", s.path, err)
	}
	call.Summary(s.abs(done.Release) + " is in use")
	return errors.Join(
		call.SetVariable("ReleaseDirectory", s.abs(done.Release)),
		call.SetVariable("Previous", s.abs(done.Previous)),
	)
}

// deployment is one run of a Directory that has its site for itself.
type deployment struct {
	site   *site
	config Directory
	tree   penstock.Tree
	log    io.Writer
	action string // its action execution
}

// run answers what is on record when the release is in use and well.
func (d *deployment) run(ctx context.Context) (record, error) {
	name := d.config.directory(d.tree.Digest())
	target := releases + "/" + name
	if err := d.site.prepare(ctx); err != nil {
		return record{}, err
	}
	before, err := d.site.recorded()
	if err != nil {
		return record{}, err
	}
	current, err := d.site.current()
	if err != nil {
		return record{}, err
	}
	if before.Done && before.Action == d.action && before.Release == target && current == target {
		return before, nil
	}
	now := before.next(current, target)
	now.Action = d.action
	if err := d.site.install(ctx, d.tree, name); err != nil {
		return record{}, err
	}
	if err := errors.Join(ctx.Err(), d.site.record(now)); err != nil {
		return record{}, err
	}
	fmt.Fprintf(d.log, "switching to %s\n", target)
	if err := d.site.point(target); err != nil {
		return record{}, errors.Join(err, d.goBack(before, now))
	}
	if err := d.check(ctx, name, now); err != nil {
		return record{}, d.failed(err, before, now)
	}
	now.Done = true
	if err := d.site.record(now); err != nil {
		return record{}, err
	}
	if err := d.site.prune(ctx, name, d.config.Keep); err != nil {
		fmt.Fprintf(d.log, "old releases could not be removed: %v\n", err) // it is deployed all the same
	}
	return now, nil
}

// failed puts back what was in use, and says so.
func (d *deployment) failed(cause error, before, now record) error {
	if err := d.goBack(before, now); err != nil {
		return errors.Join(cause, fmt.Errorf("and %s could not be brought back: %w", now.Good, err))
	}
	switch now.Good {
	case "":
		return fmt.Errorf("%w; nothing was in use before, and nothing is now", cause)
	case now.Release:
		return fmt.Errorf("%w; it was in use before, and stays", cause)
	default:
		return fmt.Errorf("%w; the previous release is in use again: %s", cause, now.Good)
	}
}

// goBack leads the link to what was in use, and forgets the deployment.
func (d *deployment) goBack(before, now record) error {
	if err := d.site.point(now.Good); err != nil {
		return err
	}
	fmt.Fprintf(d.log, "back to %q\n", now.Good)
	if !before.Done {
		return d.site.forget()
	}
	return d.site.record(before)
}
