package git

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// commit is what is told about one.
type commit struct {
	subject, message    string
	authored, committed time.Time
}

// describe reads a commit.
func (m *mirror) describe(ctx context.Context, id string) (commit, error) {
	out, err := m.git(ctx, "log", "-1", "--no-show-signature", "--no-color", "--encoding=UTF-8", "--format=%aI%x00%cI%x00%s%x00%B", id, "--")
	if err != nil {
		return commit{}, err
	}
	parts := strings.SplitN(out, "\x00", 4)
	if len(parts) != 4 {
		return commit{}, fmt.Errorf("git log: the description of %s is not understood: %.100q", id, out)
	}
	c := commit{subject: parts[2], message: strings.TrimRight(parts[3], "\n")}
	if c.authored, err = time.Parse(time.RFC3339, parts[0]); err != nil {
		return commit{}, fmt.Errorf("git log: the author date of %s: %w", id, err)
	}
	if c.committed, err = time.Parse(time.RFC3339, parts[1]); err != nil {
		return commit{}, fmt.Errorf("git log: the committer date of %s: %w", id, err)
	}
	return c, nil
}

// export writes the files of a commit as a checkout would, into an empty directory. The index is beside it, and is gone with it.
func (m *mirror) export(ctx context.Context, id, dir string) error {
	index := dir + ".index"
	defer os.Remove(index)
	_, err := m.remote.run(ctx, []string{"GIT_INDEX_FILE=" + index},
		"--git-dir="+m.dir, "--work-tree="+dir, "read-tree", "--reset", "-u", "--no-sparse-checkout", id)
	if err != nil {
		return err
	}
	return settleModes(dir)
}

// settleModes gives everything the permissions that git means, whatever the process's umask is: the same commit is the same tree everywhere.
func settleModes(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if d.IsDir() || info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		if info.Mode().Perm() == mode {
			return nil
		}
		return root.Chmod(name, mode)
	})
}
