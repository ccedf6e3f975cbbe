package git

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/filelock"
)

// mirror is the part of a repository that is on this machine: commits without history, each under a reference of its own.
//
// Whoever changes it holds its lock alone, whoever reads shares it. While it is changed a mark says so: a mirror with that mark was
// left half-way, and is made anew.
type mirror struct {
	remote *remote
	dir    string // ends in .git
	format string // sha1, sha256
	most   int    // commits that are kept; when there are more, the oldest go
}

// mirror is that of the commit's kind: a git repository knows one kind only.
func (r *remote) mirror(commit string) *mirror {
	format := "sha1"
	if len(commit) == 2*sha256.Size {
		format = "sha256"
	}
	key := sha256.Sum256([]byte(strings.Join([]string{r.address.text, r.identity, format}, "\n")))
	return &mirror{remote: r, format: format, most: maxKept, dir: filepath.Join(r.options.Cache, hex.EncodeToString(key[:16])+".git")}
}

const (
	keptPrefix   = "refs/penstock/"
	branchRef    = "refs/penstock-branch"
	maxKept      = 64 // commits; when there are more, the oldest go
	afterPurge   = 32
	endlessDepth = 1<<31 - 1 // what git takes for all of the history
)

func (m *mirror) lockFile() string { return strings.TrimSuffix(m.dir, ".git") + ".lock" }
func (m *mirror) mark() string     { return strings.TrimSuffix(m.dir, ".git") + ".changing" }
func (m *mirror) scratch() string  { return strings.TrimSuffix(m.dir, ".git") + ".tmp" }

// with has use work on a mirror that has the commit. scratch is a new directory that is gone afterwards.
func (m *mirror) with(ctx context.Context, t tip, use func(m *mirror, scratch string) error) (err error) {
	lock, err := os.OpenFile(m.lockFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := filelock.Lock(ctx, lock, filelock.Shared); err != nil {
		return err
	}
	if !m.holds(ctx, t.commit) {
		if err := filelock.Lock(ctx, lock, filelock.Exclusive); err != nil {
			return err
		}
		if err := m.change(ctx, t); err != nil {
			return err
		}
		if err := filelock.Lock(ctx, lock, filelock.Shared); err != nil { // others may now read too
			return err
		}
	}
	if err := os.MkdirAll(m.scratch(), 0o700); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(m.scratch(), "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	err = use(m, scratch)
	if _, broken := errors.AsType[*commandError](err); broken {
		err = errors.Join(err, touch(m.mark())) // what was fetched is not to be trusted
	}
	return err
}

// holds says whether the commit is there with all that belongs to it.
func (m *mirror) holds(ctx context.Context, commit string) bool {
	if _, err := os.Lstat(m.mark()); !errors.Is(err, fs.ErrNotExist) || !m.exists() {
		return false
	}
	_, err := m.git(ctx, "show-ref", "--verify", "--quiet", keptPrefix+commit)
	return err == nil
}

func (m *mirror) exists() bool {
	_, err := os.Lstat(m.dir)
	return err == nil
}

func (m *mirror) git(ctx context.Context, args ...string) (string, error) {
	return m.remote.run(ctx, nil, append([]string{"--git-dir=" + m.dir}, args...)...)
}

// change fetches a commit, under the mark.
func (m *mirror) change(ctx context.Context, t tip) error {
	if m.holds(ctx, t.commit) {
		return nil // somebody else was faster
	}
	_, err := os.Lstat(m.mark())
	if err == nil {
		err = os.RemoveAll(m.dir)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = touch(m.mark())
	}
	if err := errors.Join(err, os.RemoveAll(m.scratch())); err != nil { // of whoever was killed: nobody else is here
		return err
	}
	fresh := !m.exists()
	if fresh {
		if _, err := m.git(ctx, "init", "--quiet", "--bare", "--template=", "--object-format="+m.format); err != nil {
			return err
		}
	}
	if err := m.fetch(ctx, t); err != nil {
		return err
	}
	if !fresh {
		if err := m.purge(ctx, t.commit); err != nil {
			return err
		}
	}
	return os.Remove(m.mark())
}

// fetch gets the commit alone where the server gives it out, and otherwise all of the branch that has it.
func (m *mirror) fetch(ctx context.Context, t tip) error {
	alone := m.fetchRef(ctx, 1, t.commit, keptPrefix+t.commit)
	if _, refused := errors.AsType[*commandError](alone); !refused {
		return alone
	}
	from := "HEAD"
	if t.branch != "" {
		from = headPrefix + t.branch
	}
	if err := m.fetchRef(ctx, endlessDepth, from, branchRef); err != nil {
		return m.remote.explain(err)
	}
	if _, err := m.git(ctx, "cat-file", "-e", t.commit+"^{commit}"); err != nil {
		return penstock.Permanent(m.remote.failed(penstock.ErrNotFound,
			fmt.Errorf("there is no commit %s that is given out, by itself (%w) or with %s", t.commit, alone, from), "check the commit id; was it pushed?"))
	}
	if _, err := m.git(ctx, "update-ref", keptPrefix+t.commit, t.commit); err != nil {
		return err
	}
	_, err := m.git(ctx, "update-ref", "-d", branchRef)
	return err
}

func (m *mirror) fetchRef(ctx context.Context, depth int, from, to string) error {
	_, err := m.remote.run(ctx, m.remote.auth, "--git-dir="+m.dir, "fetch", "--quiet", "--force", "--depth="+strconv.Itoa(depth), "--update-shallow",
		"--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance",
		"--end-of-options", m.remote.address.text, from+":"+to)
	return err
}

// purge forgets the older half of the commits when there are many.
func (m *mirror) purge(ctx context.Context, except string) error {
	out, err := m.git(ctx, "for-each-ref", "--sort=-creatordate", "--format=%(refname)", keptPrefix)
	kept := strings.Fields(out)
	if err != nil || len(kept) <= m.most {
		return err
	}
	for _, ref := range kept[m.most/2:] {
		if ref == keptPrefix+except {
			continue
		}
		if _, err := m.git(ctx, "update-ref", "-d", ref); err != nil {
			return err
		}
	}
	_, err = m.git(ctx, "gc", "--quiet", "--prune=now")
	return err
}

func touch(name string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
