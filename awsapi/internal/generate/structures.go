package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// structures writes a struct for every structure. What is absent is the zero value, and is left out when written, booleans aside: the
// service tells false.
func structures(m *model, b *bytes.Buffer) {
	for _, name := range m.names(isStructure) {
		fmt.Fprintf(b, "// %s is the structure of that name.\ntype %s struct {\n", name, name)
		for _, member := range m.Shapes[name].Members {
			option := ",omitzero"
			if m.Shapes[member.Shape].Type == "boolean" || m.Shapes[name].mustTell(m, member) {
				option = ""
			}
			fmt.Fprintf(b, "\t%s %s `json:\"%s%s\"`\n", title(member.Name), m.goType(member.Shape, true), member.Name, option)
		}
		b.WriteString("}\n\n")
	}
}

// mustTell: a required number may be 0, and a required text empty.
func (s *shape) mustTell(m *model, of member) bool {
	t := m.Shapes[of.Shape].Type
	return (t == "integer" || t == "string") && s.requires(of.Name)
}

func (s *shape) requires(name string) bool { return slices.Contains(s.Required, name) }

// goType is what stands for a shape; a structure that may be absent is a pointer.
func (m *model) goType(name string, pointer bool) string {
	s := m.Shapes[name]
	switch {
	case isEnumeration(s):
		return name
	case s.Type == "structure" && pointer:
		return "*" + name
	case s.Type == "structure":
		return name
	case s.Type == "list":
		return "[]" + m.goType(s.Member.Shape, false)
	case s.Type == "map":
		return "map[" + m.goType(s.Key.Shape, false) + "]" + m.goType(s.Value.Shape, false)
	}
	return map[string]string{"string": "string", "integer": "int", "boolean": "bool", "timestamp": "Timestamp"}[s.Type]
}

// enumerations writes a type with constants for every enumeration.
func enumerations(m *model, b *bytes.Buffer) {
	for _, name := range m.names(isEnumeration) {
		fmt.Fprintf(b, "// %s is the enumeration of that name.\ntype %s string\n\n// The values of %s.\nconst (\n", name, name, name)
		for _, value := range m.Shapes[name].Enum {
			fmt.Fprintf(b, "\t%s%s %s = %q\n", name, camel(value), name, value)
		}
		b.WriteString(")\n\n")
	}
}

// title is an exported Go name.
func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// camel is a value as part of a Go name: FAILED_ACTIONS is FailedActions.
func camel(value string) string {
	words := strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		if word == strings.ToUpper(word) {
			word = strings.ToLower(word)
		}
		words[i] = title(word)
	}
	return strings.Join(words, "")
}
