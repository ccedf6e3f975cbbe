package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// data is the directory in which everything is: state, artifacts, logs, work under way, and production.
type data struct {
	dir       string
	state     state
	artifacts *dir.Artifacts
	logs      *dir.Logs
}

// state is a store that one process has for itself.
type state interface {
	store.StateStore
	store.Exclusive
	store.Hinter
}

func openSQLite(ctx context.Context, dir string) (state, error) { return sqlite.Open(ctx, dir, nil) }

// openData makes what is missing. It fails when another process has the directory.
func (q *quickstart) openData(ctx context.Context, path string) (*data, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	d := &data{dir: path}
	if err := d.open(ctx, q.openState); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// open opens the state first: it is what keeps others out.
func (d *data) open(ctx context.Context, openState func(ctx context.Context, dir string) (state, error)) error {
	state, err := openState(ctx, d.path("state"))
	if err != nil {
		return fmt.Errorf("%w (see -data)", err)
	}
	d.state = state
	if d.artifacts, err = dir.OpenArtifacts(d.path("artifacts"), nil); err != nil {
		return err
	}
	d.logs, err = dir.OpenLogs(d.path("logs"), nil)
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

func (d *data) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

// describe says where everything is that there is by now.
func (d *data) describe(out io.Writer, s Settings) {
	for _, line := range [][2]string{
		{"program", d.path("production/current/bin/" + s.Program)},
		{"releases", d.path("production/releases")},
		{"artifacts", d.path("artifacts")},
		{"logs", d.path("logs")},
		{"state", d.path("state/penstock.db")},
	} {
		if _, err := os.Lstat(line[1]); err == nil {
			fmt.Fprintf(out, "  %-10s %s\n", line[0], line[1])
		}
	}
}

// cacheFor is a directory for a repository in the user's cache.
func cacheFor(repository string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no place to keep the release in: %w; name one with -data", err)
	}
	name := fmt.Sprintf("%s-%.4x", filepath.Base(repository), sha256.Sum256([]byte(repository)))
	return filepath.Join(cache, "penstock", "quickstart", name), nil
}
