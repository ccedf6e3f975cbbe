package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/command"
	"github.com/penstock-dev/penstock/actions/deploy"
	"github.com/penstock-dev/penstock/actions/git"
	"github.com/penstock-dev/penstock/store/dir"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// station is an engine with everything that it keeps, in one directory of this machine.
type station struct {
	*penstock.Engine
	Git     git.Options
	closers []io.Closer
}

func open(ctx context.Context, data string) (*station, error) {
	s := &station{Git: git.Options{AllowLocal: true, Cache: filepath.Join(data, "git")}}
	state, err := sqlite.Open(ctx, filepath.Join(data, "state"), nil) // its own directory: one process at a time
	if err != nil {
		return nil, err
	}
	artifacts, err := dir.OpenArtifacts(filepath.Join(data, "content"), nil)
	if err != nil {
		return nil, errors.Join(err, state.Close())
	}
	logs, err := dir.OpenLogs(filepath.Join(data, "content"), nil)
	if err != nil {
		return nil, errors.Join(err, artifacts.Close(), state.Close())
	}
	s.closers = []io.Closer{logs, artifacts, state}
	sites := filepath.Join(data, "sites")
	if err := os.MkdirAll(sites, 0o755); err != nil {
		return nil, errors.Join(err, s.Close())
	}

	var actions penstock.Actions
	git.Register(&actions, &s.Git)
	command.Register(&actions, command.Options{
		Root: filepath.Join(data, "commands"), PassEnv: append(command.DefaultPassEnv(), "BUILD_TAKES"),
	})
	deploy.Register(&actions, &deploy.Options{Within: sites})
	s.Engine, err = penstock.NewEngine(penstock.Config{Actions: &actions, State: state, Artifacts: artifacts, Logs: logs})
	return s, err
}

// Close lets go of the stores, once the engine has been drained.
func (s *station) Close() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// commitTitle commits a title for the site, as its authors would.
func commitTitle(repository, title string) error {
	const script = `{ test -d "$0" || git init --quiet --initial-branch=main "$0"; } && cd "$0" && printf '%s' "$1" >title &&
		head -c 20000 /dev/zero >photo && git add . && git -c user.name=ana -c user.email=ana@example.com commit --quiet --message "$1"`
	cmd := exec.Command("sh", "-c", script, repository, title)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + repository} // whatever this user's git is told otherwise
	cmd.Stderr = os.Stderr
	return cmd.Run()
}
