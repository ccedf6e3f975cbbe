package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shapes writes the constraints of every shape, as variables that refer to each other: the linker lays them out, nothing runs.
func shapes(m *model, b *bytes.Buffer) {
	for _, name := range m.names(notException) {
		s := m.Shapes[name]
		fmt.Fprintf(b, "var %s = Shape{Name: %q, Kind: %s", variable(name), name, kind(s.Type))
		s.bounds(b)
		if s.Pattern != "" {
			fmt.Fprintf(b, ", Pattern: `%s`", s.Pattern)
		}
		if len(s.Enum) > 0 {
			fmt.Fprintf(b, ", Enum: []string{%s}", quoted(s.Enum))
		}
		if s.Sensitive {
			b.WriteString(", Sensitive: true")
		}
		s.parts(b)
		b.WriteString("}\n\n")
	}
}

func (s *shape) bounds(b *bytes.Buffer) {
	if s.Min != nil {
		fmt.Fprintf(b, ", HasMin: true, Min: %d", *s.Min)
	}
	if s.Max != nil {
		fmt.Fprintf(b, ", HasMax: true, Max: %d", *s.Max)
	}
}

// parts are what a shape is made of.
func (s *shape) parts(b *bytes.Buffer) {
	switch s.Type {
	case "list":
		fmt.Fprintf(b, ", Value: &%s", variable(s.Member.Shape))
	case "map":
		fmt.Fprintf(b, ", Key: &%s, Value: &%s", variable(s.Key.Shape), variable(s.Value.Shape))
	case "structure":
		b.WriteString(", Members: []Member{\n")
		for _, member := range s.Members {
			fmt.Fprintf(b, "\t{Name: %q, Shape: &%s", member.Name, variable(member.Shape))
			if s.requires(member.Name) {
				b.WriteString(", Required: true")
			}
			b.WriteString("},\n")
		}
		b.WriteString("}")
	}
}

// operations writes the table of operations, sorted by name.
func operations(m *model, b *bytes.Buffer) {
	b.WriteString("// Operations are all operations of the service, sorted by name.\nvar Operations = []Operation{\n")
	for _, name := range slices.Sorted(maps.Keys(m.Operations)) {
		op := m.Operations[name]
		fmt.Fprintf(b, "{Name: %q, Input: &%s", name, variable(op.Input.Shape))
		if op.Output != nil {
			fmt.Fprintf(b, ", Output: &%s", variable(op.Output.Shape))
		}
		var errors []string
		for _, e := range op.Errors {
			errors = append(errors, e.Shape)
		}
		fmt.Fprintf(b, ", Errors: []string{%s}},\n", quoted(errors))
	}
	b.WriteString("}\n")
}

func variable(name string) string { return "shape" + name }

func quoted(all []string) string {
	out := make([]string, len(all))
	for i, text := range all {
		out[i] = fmt.Sprintf("%q", text)
	}
	return strings.Join(out, ", ")
}

// kind is the constant of package wire for a type of the model.
func kind(of string) string {
	if of == "timestamp" {
		return "Instant"
	}
	return title(of)
}
