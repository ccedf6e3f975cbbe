package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-dev/penstock/store/dir"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// data is the directory with everything that is kept.
type data struct {
	dir       string
	state     *sqlite.Store
	artifacts *dir.Artifacts
	logs      *dir.Logs
	key       []byte // of the credentials of jobs
}

// openData makes what is missing. It fails when another process has the directory.
func openData(ctx context.Context, path string, log *slog.Logger) (*data, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	d := &data{dir: path}
	if err := d.open(ctx, log); err != nil {
		return nil, errors.Join(fmt.Errorf("--data %s: %w", path, err), d.close())
	}
	return d, nil
}

// open opens the state first: it is what keeps others out.
func (d *data) open(ctx context.Context, log *slog.Logger) (err error) {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	if d.state, err = sqlite.Open(ctx, d.path("state"), &sqlite.Options{Logger: log}); err != nil {
		return err
	}
	if d.artifacts, err = dir.OpenArtifacts(d.path("artifacts"), nil); err != nil {
		return err
	}
	if d.logs, err = dir.OpenLogs(d.path("logs"), nil); err != nil {
		return err
	}
	if d.key, err = sessionKey(d.path("session-key")); err != nil {
		return err
	}
	return emptyScratch(d.scratch())
}

// scratch is where uploads are until they are whole.
func (d *data) scratch() string { return d.path("scratch") }

// emptyScratch makes the directory, and removes what a process that was killed may have left there; most systems leave nothing.
func emptyScratch(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	left, err := os.ReadDir(dir)
	for _, file := range left {
		if strings.HasPrefix(file.Name(), "penstock-upload-") {
			err = errors.Join(err, os.Remove(filepath.Join(dir, file.Name())))
		}
	}
	return err
}

func (d *data) close() error {
	var errs []error
	if d.logs != nil {
		errs = append(errs, d.logs.Close())
	}
	if d.artifacts != nil {
		errs = append(errs, d.artifacts.Close())
	}
	if d.state != nil {
		errs = append(errs, d.state.Close())
	}
	return errors.Join(errs...)
}

func (d *data) path(name string) string { return filepath.Join(d.dir, name) }
