package depcheck

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/penstock-dev/penstock"

// Check reports, sorted, every import below root that the layers forbid. root is the folder of the root module.
func Check(root string) ([]string, error) { return check(root, layers) }

func check(root string, layers []rule) ([]string, error) {
	c := checker{root: root, rules: map[string]rule{}, seen: map[string]bool{}, found: map[string]bool{}}
	for _, r := range layers {
		c.rules[r.path] = r
	}
	if err := fs.WalkDir(os.DirFS(root), ".", c.visit); err != nil {
		return nil, err
	}
	for path := range c.rules {
		if !c.seen[path] {
			c.found[path+": there is a rule but no such package"] = true
		}
	}
	return slices.Sorted(maps.Keys(c.found)), nil
}

type checker struct {
	root  string
	rules map[string]rule
	seen  map[string]bool // packages of the root module
	found map[string]bool
}

func (c *checker) visit(name string, entry fs.DirEntry, err error) error {
	base := path.Base(name)
	switch {
	case err != nil || name == ".":
		return err
	case entry.IsDir() && (strings.HasPrefix(base, ".") || base == "testdata" || base == "bin"):
		return fs.SkipDir
	case path.Ext(name) == ".go":
		return c.file(name)
	}
	return nil
}

func (c *checker) file(name string) error {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(c.root, filepath.FromSlash(name)), nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	nested := c.isNested(name)
	r, ruled := c.rules[path.Dir(name)]
	if !nested {
		c.seen[path.Dir(name)] = true
		if !ruled {
			c.found[path.Dir(name)+": there is a package but no rule"] = true
		}
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		why := r.forbids(imported, strings.HasSuffix(name, "_test.go"))
		if nested {
			why = nestedForbids(imported)
		}
		if why != "" && (nested || ruled) {
			c.found[fmt.Sprintf("%s imports %s: %s", name, imported, why)] = true
		}
	}
	return nil
}

// isNested tells whether a file belongs to another module.
func (c *checker) isNested(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, err := os.Stat(filepath.Join(c.root, filepath.FromSlash(dir), "go.mod")); err == nil {
			return true
		}
	}
	return false
}

func nestedForbids(imported string) string {
	if strings.HasPrefix(imported, module+"/internal/") {
		return "a nested module uses what the root exports"
	}
	return ""
}

// forbids says why a file of the package may not import another, or nothing. A test may import any package of the module:
// what is forbidden there shows in the package itself.
func (r rule) forbids(imported string, test bool) string {
	own, isOwn := strings.CutPrefix(imported+"/", module+"/")
	switch {
	case isOwn:
		return r.forbidsOwn(path.Clean(own), test)
	case strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
		return r.forbidsModule(imported, test)
	}
	return r.forbidsStandard(imported, test)
}

func (r rule) forbidsOwn(own string, test bool) string {
	if test || slices.Contains(r.own, own) {
		return ""
	}
	return "the layers do not allow it"
}

func (r rule) forbidsModule(imported string, test bool) string {
	if test && slices.Contains(inTests, imported) {
		return ""
	}
	for _, allowed := range r.modules {
		prefix, below := strings.CutSuffix(allowed, "…")
		if imported == allowed || below && strings.HasPrefix(imported, prefix) {
			return ""
		}
	}
	return "another module's package"
}

func (r rule) forbidsStandard(imported string, test bool) string {
	switch {
	case test:
		return ""
	case (imported == "testing" || strings.HasPrefix(imported, "testing/")) && !strings.HasSuffix(r.path, "test"):
		return "only tests and exported suites may"
	case r.pure && slices.Contains(impure, imported):
		return "the package is pure"
	}
	return ""
}
