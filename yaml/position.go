package yaml

import (
	"strconv"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
)

// position is where something begins, counted from 1.
type position struct{ line, column int }

func placed(n *yamlv3.Node) position { return position{n.Line, n.Column} }

// at is where the value of a path such as pipeline.stages[0].name is, or that of what it is in. Root is what paths begin with.
func (d document) at(path, root string) position {
	rest, n := "."+path, d.root
	if root != "" {
		rest = strings.TrimPrefix(path, root)
		n = unwrapped(n)
	}
	return find(n, placed(n), rest)
}

// unwrapped is the structure in get-pipeline's answer.
func unwrapped(n *yamlv3.Node) *yamlv3.Node {
	out := n
	for i := 0; n.Kind == yamlv3.MappingNode && i+1 < len(n.Content); i += 2 {
		switch n.Content[i].Value {
		case "pipeline":
			out = n.Content[i+1]
		case "metadata":
		default:
			return n
		}
	}
	return out
}

// find goes down a path as far as it can.
func find(n *yamlv3.Node, at position, rest string) position {
	switch {
	case rest == "":
	case n.Kind == yamlv3.MappingNode:
		key, value := member(n, rest)
		if key != nil {
			return find(value, placed(key), rest[1+len(key.Value):])
		}
	case n.Kind == yamlv3.SequenceNode:
		number, after, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]")
		if i, err := strconv.Atoi(number); ok && err == nil && i >= 0 && i < len(n.Content) {
			return find(n.Content[i], placed(n.Content[i]), after)
		}
	}
	return at
}

// member is the longest key that a path goes on with: keys may hold dots and brackets.
func member(n *yamlv3.Node, rest string) (key, value *yamlv3.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		after, ok := strings.CutPrefix(rest, "."+k.Value)
		if ok && (after == "" || after[0] == '.' || after[0] == '[') && (key == nil || len(k.Value) > len(key.Value)) {
			key, value = k, n.Content[i+1]
		}
	}
	return key, value
}
