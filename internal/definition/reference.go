package definition

import (
	"fmt"
	"strings"
)

// Reference is one #{namespace.key} in a text (spec C14).
type Reference struct{ Namespace, Key string }

// String is the reference as it is written.
func (r Reference) String() string { return "#{" + r.Namespace + "." + r.Key + "}" }

// HasReference says whether a text holds a reference or something meant as one.
func HasReference(text string) bool { return strings.Contains(text, "#{") }

// References lists the references of a text from left to right. #{ always begins a reference: there is no escape.
func References(text string) ([]Reference, error) {
	var out []Reference
	for {
		start := strings.Index(text, "#{")
		if start < 0 {
			return out, nil
		}
		end := strings.IndexByte(text[start:], '}')
		if end < 0 {
			return nil, fmt.Errorf("#{ without a closing brace")
		}
		inside := text[start+2 : start+end]
		namespace, key, _ := strings.Cut(inside, ".")
		if !consistsOf(namespace, inNamespaces.others) || !IsVariableName(key) {
			return nil, fmt.Errorf("#{%s} is not a namespace and a key separated by a period (.)", inside)
		}
		out = append(out, Reference{Namespace: namespace, Key: key})
		text = text[start+end+1:]
	}
}

// IsVariableName says whether a name can be the key of a reference.
func IsVariableName(name string) bool { return consistsOf(name, inNamespaces.others) }

// consistsOf says whether text is not empty and holds only ASCII letters, digits and the others.
func consistsOf(text, others string) bool {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return text != ""
}
