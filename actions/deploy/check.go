package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/process"
)

// maxCheckOutput is how many bytes of what a check prints are kept.
const maxCheckOutput = 1 << 20

var errCheckTimeout = errors.New("it took too long")

// check runs the check of the release, and with it whatever it has started to its end.
func (d *deployment) check(ctx context.Context, name string, now record) error {
	if len(d.config.Check) == 0 {
		return nil
	}
	dir := d.site.abs(now.Release)
	fmt.Fprintf(d.log, "$ %s\n", strings.Join(d.config.Check, " "))
	ctx, cancel := context.WithTimeoutCause(ctx, d.config.CheckTimeout, fmt.Errorf("%w: over %s", errCheckTimeout, d.config.CheckTimeout))
	defer cancel()
	_, err := process.Run(ctx, process.Command{
		Argv: d.config.Check, Dir: dir, Env: d.environment(dir, name, now), Stdout: d.log, Stderr: d.log, OutputLimit: maxCheckOutput,
		Record: func(r process.Record) error { return d.site.save(checkFile, r) },
	})
	if !errors.Is(err, process.ErrSurvivors) {
		err = errors.Join(err, d.site.drop(checkFile))
	}
	if err != nil {
		return fmt.Errorf("the check of %s failed: %w", now.Release, err)
	}
	return nil
}

// endLeftCheck ends what is left of a check whose deployment was killed: it would go on beside the next one.
func (s *site) endLeftCheck(ctx context.Context) error {
	var left process.Record
	if err := s.load(checkFile, &left); err != nil || left.Cookie == "" {
		return err
	}
	if _, err := process.EndLeftovers(ctx, left, 0); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("an earlier check goes on: %w", err)
	}
	return s.drop(checkFile)
}

func (d *deployment) environment(dir, name string, now record) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "PENSTOCK_RELEASE=" + name, "PENSTOCK_PREVIOUS=" + d.site.abs(now.Previous),
	}
	for key, value := range d.config.Environment {
		env = slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, key+"=") })
		env = append(env, key+"="+value)
	}
	return env
}
