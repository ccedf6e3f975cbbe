package command

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
)

// pack stores the output. What it is made of is moved, not copied: nobody needs it here any more.
func (j *job) pack(ctx context.Context) error {
	out, files := j.config.Output, j.config.Files
	if !out.Wired() {
		return nil
	}
	if len(files) == 0 {
		return out.Store(ctx, j, penstock.TreeAt(j.space.tree()))
	}
	root, err := os.OpenRoot(j.space.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	names, err := find(root, files, len(j.lines) > 0)
	if err != nil {
		return err
	}
	if slices.Contains(names, ".") {
		return out.Store(ctx, j, penstock.TreeAt(j.space.tree()))
	}
	for _, name := range names {
		to := path.Join(outputName, name)
		if err := root.MkdirAll(path.Dir(to), 0o755); err != nil {
			return err
		}
		if err := root.Rename(path.Join(treeName, name), to); err != nil {
			return err
		}
	}
	return out.Store(ctx, j, penstock.TreeAt(j.space.path(outputName)))
}

// find answers what patterns name below the working tree, without what is in a directory that is named too. A directory is named by its path only
// when patterns are for files.
func find(root *os.Root, patterns []string, forFiles bool) ([]string, error) {
	tree, err := fs.Sub(root.FS(), treeName)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, pattern := range patterns {
		found, err := glob(tree, pattern)
		if err != nil {
			return nil, err
		}
		if forFiles && strings.ContainsAny(pattern, special) {
			found = slices.DeleteFunc(found, func(name string) bool {
				info, err := root.Lstat(path.Join(treeName, name))
				return err != nil || info.IsDir()
			})
		}
		if len(found) == 0 {
			return nil, &penstock.Error{
				Code: codeOutput, Err: fmt.Errorf("the program succeeded, but there is no %s in the working tree", pattern),
				Hint: "paths of files are below the first input, wherever the program runs",
			}
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	var out []string
	for _, name := range names {
		within := func(dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }
		if !slices.ContainsFunc(out, within) {
			out = append(out, name)
		}
	}
	return out, nil
}

// codeOutput is the library's own code for an output that was promised and is not there.
const codeOutput penstock.Code = "MissingOutput"
