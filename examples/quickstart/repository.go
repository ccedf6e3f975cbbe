package main

import (
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// repository is what is to be released, as git knows it.
type repository struct {
	root    string // of the working tree
	head    string // the commit
	subject string // of the commit
	dirty   bool   // some of the working tree is not committed
}

// openRepository finds the repository that a directory is in. Its errors say what to do.
func openRepository(dir string) (repository, error) {
	var r repository
	if _, err := exec.LookPath("git"); err != nil {
		return r, fmt.Errorf("git is needed to read the repository: install it, or put it in PATH (%w)", err)
	}
	var err error
	if r.root, err = askGit(dir, "rev-parse", "--show-toplevel"); err != nil {
		return r, fmt.Errorf("%s cannot be released: %w; run this in a git repository, or name one with -repo", dir, err)
	}
	r.root = filepath.FromSlash(r.root)
	said, err := askGit(r.root, "log", "-1", "--no-show-signature", "--format=%H %s", "HEAD", "--")
	if err != nil {
		return r, fmt.Errorf("%s has no commit to release: %w; commit something, or check a branch out that is there", r.root, err)
	}
	r.head, r.subject, _ = strings.Cut(said, " ")
	changes, err := askGit(r.root, "--no-optional-locks", "status", "--porcelain")
	r.dirty = changes != ""
	return r, err
}

// settings are for the release of a package, which has to be in the commit. Whether it compiles is for the release to say.
func (r repository) settings(pkg string) (Settings, error) {
	if !filepath.IsLocal(filepath.FromSlash(pkg)) {
		return Settings{}, fmt.Errorf("package %q is not a directory below the root of the repository, as ./cmd/shop is: choose one with -package", pkg)
	}
	dir := path.Clean(pkg)
	within := dir
	if dir == "." {
		within = ""
	}
	if kind, err := askGit(r.root, "cat-file", "-t", r.head+":"+within); err != nil || kind != "tree" {
		return Settings{}, fmt.Errorf("commit %s of %s has no package %s: commit it, or choose another with -package", short(r.head), r.root, pkg)
	}
	if dir == "." {
		return Settings{Repository: r.url(), Package: ".", Program: filepath.Base(r.root)}, nil
	}
	return Settings{Repository: r.url(), Package: "./" + dir, Program: path.Base(dir)}, nil
}

func (r repository) url() string {
	slashed := filepath.ToSlash(r.root)
	return (&url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(slashed, "/")}).String()
}

// short is how people write a commit id.
func short(commit string) string { return commit[:min(len(commit), 7)] }

// askGit answers what a git command prints; its error is what git says.
func askGit(dir string, args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
	if exit, failed := errors.AsType[*exec.ExitError](err); failed && len(exit.Stderr) > 0 {
		return "", errors.New("git says: " + strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}
