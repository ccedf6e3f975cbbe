package yaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	yamlv3 "go.yaml.in/yaml/v3"

	"github.com/penstock-dev/penstock"
)

// What is read at all: well above every pipeline, and little enough to be read in 16 MB and 50 ms whatever the text is.
const (
	maxSize  = 1 << 20 // bytes
	maxParts = 20_000  // what may begin a value: lines, commas, brackets, colons
	maxDepth = 100     // values within each other
	mostSaid = 100     // problems of one text
)

// document is a text as JSON, and where everything is in it.
type document struct {
	json []byte
	root *yamlv3.Node
}

// read makes JSON of a text. What YAML has beyond data is a problem; the short tags of templates are read where they are asked for.
func read(data []byte, shortTags bool) (document, error) {
	if err := readable(data); err != nil {
		return document{}, err
	}
	var top, next yamlv3.Node
	d := yamlv3.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&top); {
	case errors.Is(err, io.EOF):
		return document{}, errors.New("yaml: there is nothing in the text")
	case err != nil:
		return document{}, err
	}
	switch err := d.Decode(&next); {
	case err == nil:
		return document{}, fmt.Errorf("yaml: line %d: there are several documents in the text; keep one", next.Line)
	case !errors.Is(err, io.EOF):
		return document{}, err
	}
	w := &writer{shortTags: shortTags}
	w.value(top.Content[0], 0)
	if len(w.problems) > 0 {
		return document{}, w.problems
	}
	return document{json: w.out.Bytes(), root: top.Content[0]}, nil
}

func readable(data []byte) error {
	if len(data) > maxSize {
		return fmt.Errorf("yaml: %d bytes are too large: up to %d are read", len(data), maxSize)
	}
	if !utf8.Valid(data) {
		return errors.New("yaml: the text is not valid UTF-8")
	}
	parts, open := 0, 0
	for i, c := range data {
		switch c {
		case '[', '{':
			open++
			parts++
		case ']', '}':
			open = max(0, open-1)
		case '\n', ',', ':':
			parts++
		case '-', '?':
			if i+1 < len(data) && data[i+1] == ' ' {
				parts++
			}
		}
		if open > 10*maxDepth || parts > maxParts {
			return fmt.Errorf("yaml: line %d: too much: up to %d values are read, and %d within each other", bytes.Count(data[:i], []byte("\n"))+1, maxParts, maxDepth)
		}
	}
	return nil
}

// writer writes nodes as JSON.
type writer struct {
	out       bytes.Buffer
	shortTags bool
	problems  penstock.Problems
}

func (w *writer) report(n *yamlv3.Node, hint, format string, args ...any) {
	if len(w.problems) < mostSaid {
		w.problems = append(w.problems, penstock.Problem{
			Kind: "ValidationException", Path: fmt.Sprintf("line %d, column %d", n.Line, n.Column), Message: fmt.Sprintf(format, args...), Hint: hint,
		})
	}
}

func (w *writer) text(s string) {
	data, err := json.Marshal(s)
	if err != nil {
		panic("yaml: text cannot be written: " + err.Error()) // no text can fail
	}
	w.out.Write(data)
}

func (w *writer) value(n *yamlv3.Node, depth int) {
	switch {
	case depth > maxDepth:
		w.report(n, "", "there are more than %d values within each other", maxDepth)
		return
	case n.Kind == yamlv3.AliasNode:
		w.report(n, "write the value itself", "an alias is not read")
		return
	case n.Anchor != "":
		w.report(n, "remove it", "an anchor is not read")
	}
	if n.Style&yamlv3.TaggedStyle != 0 || strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		w.tagged(n, depth)
		return
	}
	w.untagged(n, depth)
}

func (w *writer) untagged(n *yamlv3.Node, depth int) {
	switch n.Kind {
	case yamlv3.MappingNode:
		w.mapping(n, depth)
	case yamlv3.SequenceNode:
		w.out.WriteByte('[')
		for i, member := range n.Content {
			if i > 0 {
				w.out.WriteByte(',')
			}
			w.value(member, depth+1)
		}
		w.out.WriteByte(']')
	default:
		w.scalar(n)
	}
}

func (w *writer) mapping(n *yamlv3.Node, depth int) {
	seen := map[string]bool{}
	w.out.WriteByte('{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yamlv3.ScalarNode || key.Style&yamlv3.TaggedStyle != 0 || key.Anchor != "":
			w.report(key, "write a plain name", "a key is not a name")
		case key.ShortTag() == "!!merge":
			w.report(key, "write the members themselves", "a merge key is not read")
		case key.ShortTag() == "!!null":
			w.report(key, "quote it", "a key is null")
		case seen[key.Value]:
			w.report(key, "keep one of them", "%q is given twice", key.Value)
		}
		seen[key.Value] = true
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.text(key.Value)
		w.out.WriteByte(':')
		w.value(n.Content[i+1], depth+1)
	}
	w.out.WriteByte('}')
}

func (w *writer) scalar(n *yamlv3.Node) {
	switch tag := n.ShortTag(); tag {
	case "!!null":
		w.out.WriteString("null")
	case "!!bool":
		w.out.WriteString(strings.ToLower(n.Value))
	case "!!int", "!!float":
		if !json.Valid([]byte(n.Value)) {
			w.report(n, "write it as a plain decimal number, or quote it", "%q may be a number or a text", n.Value)
		}
		w.out.WriteString(n.Value)
	default: // text, and what looks like a date
		w.text(n.Value)
	}
}
