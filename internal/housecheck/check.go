package housecheck

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Budgets, in lines or methods.
const (
	maxFile      = 400
	maxTestFile  = 600
	maxFunction  = 80
	maxMedian    = 10
	maxInterface = 8
	fewFunctions = 20 // a median of fewer says nothing
)

// Problem is one broken rule.
type Problem struct {
	Path    string // slash-separated, below the folder that was checked
	Line    int    // 0 where the whole file, package or module is meant
	Message string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Path + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.Message)
}

// Check reports every broken rule below root, in order of path and line. An error means that something could not be read
// or parsed.
func Check(root string) ([]Problem, error) {
	c := &checker{set: token.NewFileSet(), documented: map[string]bool{}}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return c.enter(name)
		case path.Ext(name) != ".go":
			return nil
		}
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		return c.check(name, source)
	})
	if err != nil {
		return nil, err
	}
	c.packages()
	c.median()
	slices.SortFunc(c.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return c.problems, nil
}

type checker struct {
	set        *token.FileSet
	problems   []Problem
	documented map[string]bool // by folder of a package
	lengths    []int           // of functions
}

func (c *checker) enter(dir string) error {
	base := path.Base(dir)
	if dir != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin") {
		return fs.SkipDir
	}
	return nil
}

func (c *checker) report(name string, at token.Pos, format string, args ...any) {
	line := 0
	if at.IsValid() {
		line = c.set.Position(at).Line
	}
	c.problems = append(c.problems, Problem{name, line, fmt.Sprintf(format, args...)})
}

func (c *checker) check(name string, source []byte) error {
	file, err := parser.ParseFile(c.set, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	if ast.IsGenerated(file) {
		return nil
	}
	test := strings.HasSuffix(name, "_test.go")
	limit := maxFile
	if test {
		limit = maxTestFile
	}
	if lines := bytes.Count(source, []byte("\n")); lines > limit {
		c.report(name, token.NoPos, "%d lines, over %d: one idea a file", lines, limit)
	}
	c.notes(name, file)
	c.interfaces(name, file)
	if test {
		c.sleeps(name, file)
		return nil
	}
	c.functions(name, file)
	dir := path.Dir(name)
	c.documented[dir] = c.documented[dir] || file.Doc != nil
	if file.Name.Name != "main" && !slices.Contains(strings.Split(dir, "/"), "internal") {
		c.exported(name, file)
	}
	return nil
}

func (c *checker) packages() {
	for dir, documented := range c.documented {
		if !documented {
			c.report(dir, token.NoPos, "no package comment: say which one question the package answers")
		}
	}
}

// median is that of all modules together: a module of a few drivers may have longer ones than a library.
func (c *checker) median() {
	slices.Sort(c.lengths)
	if len(c.lengths) < fewFunctions {
		return
	}
	if median := c.lengths[(len(c.lengths)-1)/2]; median > maxMedian {
		c.report(".", token.NoPos, "the median function has %d lines, over %d", median, maxMedian)
	}
}
