package command

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// anyDepth is the part of a pattern that stands for any number of directories, also for none.
const anyDepth = "**"

// special are the characters that make a pattern of a path.
const special = `*?[\`

// glob answers what a pattern names in a tree.
func glob(tree fs.FS, pattern string) ([]string, error) {
	parts := strings.Split(path.Clean(pattern), "/")
	if !slices.Contains(parts, anyDepth) {
		return fs.Glob(tree, path.Clean(pattern))
	}
	plain := slices.IndexFunc(parts, func(part string) bool { return strings.ContainsAny(part, special) })
	base := path.Join(parts[:plain]...)
	if base == "" {
		base = "."
	}
	var found []string
	err := fs.WalkDir(tree, base, func(name string, _ fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && match(parts, partsOf(name)) {
			found = append(found, name)
		}
		return err
	})
	return found, err
}

// partsOf has none for the tree itself.
func partsOf(name string) []string {
	if name == "." {
		return nil
	}
	return strings.Split(name, "/")
}

// match says whether the parts of a path match those of a pattern. It goes through the path once, with all the places that it can be at in the
// pattern.
func match(pattern, name []string) bool {
	at := map[int]bool{}
	reach := func(to map[int]bool, i int) {
		for ; i < len(pattern) && pattern[i] == anyDepth; i++ {
			to[i] = true
		}
		to[i] = true
	}
	reach(at, 0)
	for _, part := range name {
		next := map[int]bool{}
		for i := range at {
			switch {
			case i == len(pattern):
			case pattern[i] == anyDepth:
				reach(next, i)
			default:
				if ok, err := path.Match(pattern[i], part); ok && err == nil {
					reach(next, i+1)
				}
			}
		}
		at = next
	}
	return at[len(pattern)]
}
