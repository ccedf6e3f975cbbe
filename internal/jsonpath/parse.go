package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Path selects values in a document. The zero value selects the document itself.
type Path struct{ steps []step }

// step goes from a value to some of those inside it.
type step struct {
	deep  bool   // from the value and all that is inside it
	all   bool   // every member or element
	name  string // else the member of that name
	index *int   // else the element there; negative counts from the end
}

// Parse reads a path. The error says what is wrong, and where.
func Parse(text string) (Path, error) {
	p := parser{text: text}
	if !utf8.ValidString(text) {
		return Path{}, fmt.Errorf("the path is not UTF-8")
	}
	if !strings.HasPrefix(text, "$") {
		return Path{}, p.fail("a path begins with $")
	}
	p.at = 1
	var out Path
	for p.at < len(text) {
		s, err := p.step()
		if err != nil {
			return Path{}, err
		}
		out.steps = append(out.steps, s)
	}
	return out, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) fail(problem string) error {
	return fmt.Errorf("%q, at character %d: %s", p.text, utf8.RuneCountInString(p.text[:p.at])+1, problem)
}

// take skips what is next, if it is that.
func (p *parser) take(text string) bool {
	if !strings.HasPrefix(p.text[p.at:], text) {
		return false
	}
	p.at += len(text)
	return true
}

func (p *parser) step() (s step, err error) {
	switch {
	case p.take(".."):
		s.deep = true
		if p.take("[") {
			return s, p.bracket(&s)
		}
		return s, p.dot(&s)
	case p.take("."):
		return s, p.dot(&s)
	case p.take("["):
		return s, p.bracket(&s)
	default:
		return s, p.fail("write .name, ['name'], [0] or [*]")
	}
}

// dot reads a name as it stands.
func (p *parser) dot(s *step) error {
	rest := p.text[p.at:]
	end := strings.IndexAny(rest, ".[")
	if end < 0 {
		end = len(rest)
	}
	name := rest[:end]
	if i := strings.IndexAny(name, "]()?@*'\", \t\r\n"); name != "*" && (i >= 0 || name == "") {
		p.at += max(i, 0)
		return p.fail("a name is expected; write other characters as ['name']")
	}
	p.at += end
	s.name, s.all = name, name == "*"
	return nil
}

func (p *parser) bracket(s *step) error {
	switch {
	case p.take("*"):
		s.all = true
	case p.take("'"):
		return p.quoted(s, '\'')
	case p.take(`"`):
		return p.quoted(s, '"')
	default:
		rest := p.text[p.at:]
		end := strings.IndexByte(rest, ']')
		n, err := strconv.Atoi(rest[:max(end, 0)])
		if end < 0 || err != nil || rest[0] == '+' {
			return p.fail("write ['name'], a position or *: slices, unions and filters are not taken")
		}
		p.at += end
		s.index = &n
	}
	return p.closing()
}

// quoted reads a name in quotes; a backslash makes the next character one of the name.
func (p *parser) quoted(s *step, quote byte) error {
	var name strings.Builder
	for ; p.at < len(p.text); p.at++ {
		c := p.text[p.at]
		if c == quote {
			p.at++
			s.name = name.String()
			return p.closing()
		}
		if c == '\\' && p.at+1 < len(p.text) {
			p.at++
			c = p.text[p.at]
		}
		name.WriteByte(c)
	}
	return p.fail("the quote is not closed")
}

func (p *parser) closing() error {
	if !p.take("]") {
		return p.fail("] is expected")
	}
	return nil
}
