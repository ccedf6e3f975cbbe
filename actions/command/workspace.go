package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/process"
)

// workspace is the directory of one run. Its lock is held for as long as this process lives and the run goes on.
type workspace struct {
	dir  string
	lock io.Closer
}

// Names in a workspace.
const (
	treeName   = "tree"
	outputName = "output"
	lockName   = "lock"
	recordName = "record"
)

func (w *workspace) path(name string) string { return filepath.Join(w.dir, name) }
func (w *workspace) tree() string            { return w.path(treeName) }
func (w *workspace) temporary() string       { return w.path("tmp") }

// open makes a workspace. Before, it ends and removes what earlier runs of the action execution have left, and once what any process
// has left that is gone.
func (r *Runner) open(ctx context.Context, actionExecution string, log io.Writer) (*workspace, error) {
	root, err := r.root()
	if err != nil {
		return nil, err
	}
	if err := r.sweep(ctx, root, log); err != nil {
		return nil, err
	}
	prefix := prefixOf(actionExecution)
	if actionExecution != "" {
		if err := r.endEarlier(ctx, root, prefix); err != nil {
			return nil, err
		}
	}
	return newWorkspace(ctx, root, prefix)
}

// root is made for nobody but this user: what is in it runs.
func (r *Runner) root() (string, error) {
	root := r.Root
	if root == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", &penstock.Error{Code: penstock.ErrFailedPrecondition, Err: err, Hint: "set Options.Root"}
		}
		root = filepath.Join(cache, "penstock", "commands")
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	return root, os.MkdirAll(root, 0o700)
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// prefixOf begins the names of an action execution's workspaces, and no other's.
func prefixOf(actionExecution string) string {
	if !plainName.MatchString(actionExecution) {
		sum := sha256.Sum256([]byte(actionExecution))
		actionExecution = hex.EncodeToString(sum[:])
	}
	return actionExecution + "_"
}

// newWorkspace holds the root's lock until it has its own, so that nobody takes it for one that is left.
func newWorkspace(ctx context.Context, root, prefix string) (_ *workspace, err error) {
	all, err := lock(ctx, filepath.Join(root, lockName))
	if err != nil {
		return nil, err
	}
	defer all.Close()
	dir, err := os.MkdirTemp(root, prefix)
	if err != nil {
		return nil, err
	}
	w := &workspace{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	for _, name := range []string{w.tree(), w.temporary()} {
		if err := os.Mkdir(name, 0o700); err != nil {
			return nil, err
		}
	}
	w.lock, err = lock(ctx, w.path(lockName))
	return w, err
}

// record keeps what the next process needs to end the program.
func (w *workspace) record(r process.Record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	file := w.path(recordName)
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

func (w *workspace) close(log io.Writer) {
	if err := removeAll(w.dir); err != nil {
		fmt.Fprintf(log, "the workspace could not be removed: %v\n", err)
	}
	_ = w.lock.Close() // it goes with the process at the latest
}

// sweep ends and removes what processes have left that are gone. What it cannot end is for the next one.
func (r *Runner) sweep(ctx context.Context, root string, log io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.swept {
		return nil
	}
	left, err := lost(ctx, root)
	if err != nil {
		return err
	}
	for _, w := range left {
		if err := r.end(ctx, w.dir); err != nil {
			fmt.Fprintf(log, "what a lost run has left could not be ended: %v\n", err)
		}
		_ = w.lock.Close()
	}
	r.swept = ctx.Err() == nil
	return context.Cause(ctx)
}

// lost are the workspaces whose lock nobody holds; they are locked now.
func lost(ctx context.Context, root string) ([]*workspace, error) {
	all, err := lock(ctx, filepath.Join(root, lockName))
	if err != nil {
		return nil, err
	}
	defer all.Close()
	names, err := workspaces(root, "")
	if err != nil {
		return nil, err
	}
	var out []*workspace
	for _, name := range names {
		w := &workspace{dir: filepath.Join(root, name)}
		if held, free := tryLock(w.path(lockName)); free {
			w.lock = held
			out = append(out, w)
		}
	}
	return out, nil
}

// workspaces are the names of the directories in root with a prefix.
func workspaces(root, prefix string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), prefix) && strings.Contains(e.Name(), "_") {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// endEarlier ends earlier runs of an action execution, whoever they belong to: this run has taken their place.
func (r *Runner) endEarlier(ctx context.Context, root, prefix string) error {
	names, err := workspaces(root, prefix)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := r.end(ctx, filepath.Join(root, name)); err != nil {
			return &penstock.Error{Code: penstock.ErrUnavailable, Op: "end the earlier run", Err: err, Hint: "end its processes by hand"}
		}
	}
	return nil
}

// end ends the program of a workspace and removes it.
func (r *Runner) end(ctx context.Context, dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, recordName))
	switch {
	case errors.Is(err, fs.ErrNotExist): // nothing was started
	case err != nil:
		return err
	default:
		var record process.Record
		if err := json.Unmarshal(text, &record); err != nil {
			return fmt.Errorf("%s: %w", filepath.Join(dir, recordName), err)
		}
		if _, err := process.EndLeftovers(ctx, record, r.Grace); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	return removeAll(dir)
}

// removeAll removes directories too that their maker has closed to writing, as module caches are.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			_ = os.Chmod(name, 0o700)
		}
		return nil // RemoveAll says what is still wrong
	})
	return os.RemoveAll(dir)
}
