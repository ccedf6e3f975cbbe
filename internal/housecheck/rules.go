package housecheck

import (
	"go/ast"
	"go/token"
	"regexp"
)

var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

func (c *checker) notes(name string, file *ast.File) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			if word := unfinished.FindString(comment.Text); word != "" {
				c.report(name, comment.Pos(), "%s: finish it, or file it where it will be found", word)
			}
		}
	}
}

func (c *checker) interfaces(name string, file *ast.File) {
	for node := range ast.Preorder(file) {
		t, ok := node.(*ast.InterfaceType)
		if !ok {
			continue
		}
		methods := 0
		for _, field := range t.Methods.List {
			methods += max(1, len(field.Names)) // an embedded interface counts once: its own is checked where it is declared
		}
		if methods > maxInterface {
			c.report(name, t.Pos(), "an interface of %d methods, over %d: make what is optional an interface of its own", methods, maxInterface)
		}
	}
}

func (c *checker) sleeps(name string, file *ast.File) {
	for _, spec := range file.Imports {
		if spec.Path.Value == `"testing/synctest"` {
			return
		}
	}
	for node := range ast.Preorder(file) {
		call, ok := node.(*ast.SelectorExpr)
		if !ok || call.Sel.Name != "Sleep" {
			continue
		}
		if from, ok := call.X.(*ast.Ident); ok && from.Name == "time" {
			c.report(name, call.Pos(), "a test that sleeps: wait for what happens, or use testing/synctest")
		}
	}
}

func (c *checker) functions(name string, file *ast.File) {
	for _, declaration := range file.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := c.set.Position(f.End()).Line - c.set.Position(f.Pos()).Line + 1
		c.lengths = append(c.lengths, lines)
		if lines > maxFunction {
			c.report(name, f.Pos(), "%s has %d lines, over %d", f.Name.Name, lines, maxFunction)
		}
		if f.Recv == nil && f.Name.Name == "init" {
			c.report(name, f.Pos(), "an init function: let the caller decide when it happens")
		}
	}
}

func (c *checker) exported(name string, file *ast.File) {
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type))) {
				c.undocumented(name, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				c.spec(name, spec, d.Doc != nil)
			}
		}
	}
}

// spec is documented by its own comment, its group's, or the one at the end of its line.
func (c *checker) spec(name string, spec ast.Spec, group bool) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && s.Doc == nil && s.Comment == nil && !group {
			c.undocumented(name, s.Name)
		}
	case *ast.ValueSpec:
		for _, id := range s.Names {
			if id.IsExported() && s.Doc == nil && s.Comment == nil && !group {
				c.undocumented(name, id)
			}
		}
	}
}

func (c *checker) undocumented(name string, id *ast.Ident) {
	c.report(name, id.Pos(), "%s is exported without a comment: what, units, default, errors, source", id.Name)
}

// receiver is the name of a method's type.
func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.IndexExpr:
		return receiver(t.X)
	case *ast.IndexListExpr:
		return receiver(t.X)
	case *ast.ParenExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	}
	return token.ILLEGAL.String()
}
