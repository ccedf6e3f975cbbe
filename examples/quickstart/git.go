package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
)

// Checkout is the source of the release: one commit of a git repository. Its exported fields are its stored configuration.
type Checkout struct {
	Repository string // git directory
	Code       penstock.Output[penstock.Tree]
}

// ActionType is the name by which stored pipelines know the action.
func (Checkout) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Git", Version: "1"}
}

// checkout runs a Checkout: it exports the commit without touching the repository's own working tree or index.
func checkout(ctx context.Context, call *penstock.Call[Checkout]) error {
	revision := call.RequestedRevision
	if revision == "" {
		revision = "HEAD"
	}
	found, err := describe(ctx, call.Config.Repository, revision)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "quickstart-checkout-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	tree := filepath.Join(dir, "tree")
	if err := os.Mkdir(tree, 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "git", "--git-dir="+call.Config.Repository, "--work-tree="+tree,
		"read-tree", "--reset", "-u", "--no-sparse-checkout", found.ID)
	cmd.Env = append(os.Environ(), "GIT_INDEX_FILE="+filepath.Join(dir, "index"))
	if err := runLogged(cmd, call.Log()); err != nil {
		return err
	}
	call.Summary(short(found.ID) + " " + found.Summary)
	return errors.Join(
		call.SetRevision(found),
		call.SetVariable("commit", found.ID),
		call.Config.Code.Store(ctx, call, penstock.TreeAt(tree)),
	)
}

// describe looks a revision up.
func describe(ctx context.Context, gitDir, revision string) (penstock.Revision, error) {
	out, err := git(ctx, "--git-dir="+gitDir, "log", "-1", "--no-show-signature", "--format=%H%n%aI%n%s", revision, "--")
	if err != nil {
		return penstock.Revision{}, err
	}
	lines := strings.SplitN(out+"\n\n", "\n", 4) // a commit may have no subject
	authored, err := time.Parse(time.RFC3339, lines[1])
	if err != nil {
		return penstock.Revision{}, fmt.Errorf("git log: the author date of %s: %w", revision, err)
	}
	return penstock.Revision{ID: lines[0], Summary: lines[2], Created: authored}, nil
}

// short is how people write a commit id.
func short(commit string) string { return commit[:min(len(commit), 7)] }

// repository is what is known of a repository before its release starts.
type repository struct {
	Root   string // of the working tree
	GitDir string
	Head   penstock.Revision
	Dirty  bool // some of the working tree is not committed
}

// openRepository finds the repository that a directory is in. Its errors say what to do.
func openRepository(ctx context.Context, dir string) (repository, error) {
	if _, err := exec.LookPath("git"); err != nil {
		return repository{}, fmt.Errorf("git is needed to read the repository: install it, or put it in PATH (%w)", err)
	}
	var r repository
	found, err := git(ctx, "-C", dir, "rev-parse", "--show-toplevel", "--absolute-git-dir")
	if err != nil {
		return r, fmt.Errorf("%s cannot be released: %w; run this in a git repository, or name one with -repo", dir, err)
	}
	r.Root, r.GitDir, _ = strings.Cut(found, "\n")
	if _, err := git(ctx, "--git-dir="+r.GitDir, "rev-parse", "--verify", "HEAD^{commit}"); err != nil {
		return r, fmt.Errorf("%s has no commit to release: commit something first", r.Root)
	}
	if r.Head, err = describe(ctx, r.GitDir, "HEAD"); err != nil {
		return r, err
	}
	changes, err := git(ctx, "--no-optional-locks", "-C", r.Root, "status", "--porcelain")
	r.Dirty = changes != ""
	return r, err
}

// checkPackage finds out early that the commit does not have a package. Only git is asked: whether it compiles is for the release to say.
func (r repository) checkPackage(ctx context.Context, pkg string) error {
	dir := path.Clean(strings.TrimSuffix(pkg, "..."))
	switch {
	case pkg == "":
		return errors.New("the name of a package is empty: see -help")
	case pkg != "." && !strings.HasPrefix(pkg, "./"):
		return fmt.Errorf("package %q is not named from the root of the repository, as in ./cmd/shop", pkg)
	case dir == ".":
		dir = ""
	}
	if kind, err := git(ctx, "--git-dir="+r.GitDir, "cat-file", "-t", r.Head.ID+":"+dir); err != nil || kind != "tree" {
		return fmt.Errorf("commit %s of %s has no package %s: commit it, or choose others with -package and -build", short(r.Head.ID), r.Root, pkg)
	}
	return nil
}

// git answers what a git command prints; its error is what git says.
func git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return "", errors.New("git says: " + strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}
