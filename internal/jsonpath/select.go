package jsonpath

import "errors"

// ErrTooMuch says that a path would look at more of a document than is worth it.
var ErrTooMuch = errors.New("the path selects too much of the document")

// most bounds how many values one Select looks at: paths that descend twice meet the same ones again and again.
const most = 1 << 17

// Select yields what the path selects in a document as encoding/json decodes it into an any; ErrTooMuch where that is no end of values. It
// stops when yield answers false. In what order members of an object come is not said.
func (p Path) Select(document any, yield func(value any) bool) error {
	w := walk{steps: p.steps, yield: yield}
	w.from(document, 0)
	if w.seen > most {
		return ErrTooMuch
	}
	return nil
}

// walk is one Select.
type walk struct {
	steps []step
	yield func(any) bool
	seen  int
}

// from takes the steps from one on; it answers false when it is enough.
func (w *walk) from(value any, at int) bool {
	if w.seen++; w.seen > most {
		return false
	}
	if at == len(w.steps) {
		return w.yield(value)
	}
	s := &w.steps[at]
	if !w.pick(s, value, at) {
		return false
	}
	return !s.deep || inside(value, func(v any) bool { return w.descend(v, at) })
}

// descend takes a deep step inside a value.
func (w *walk) descend(value any, at int) bool {
	if w.seen++; w.seen > most {
		return false
	}
	return w.pick(&w.steps[at], value, at) && inside(value, func(v any) bool { return w.descend(v, at) })
}

// pick goes on with what a step selects in a value.
func (w *walk) pick(s *step, value any, at int) bool {
	next := func(v any) bool { return w.from(v, at+1) }
	if s.all {
		return inside(value, next)
	}
	switch in := value.(type) {
	case map[string]any:
		if v, ok := in[s.name]; ok && s.index == nil {
			return next(v)
		}
	case []any:
		if s.index == nil {
			break
		}
		i := *s.index
		if i < 0 {
			i += len(in)
		}
		if i >= 0 && i < len(in) {
			return next(in[i])
		}
	}
	return true
}

// inside yields the members or elements of a value.
func inside(value any, yield func(any) bool) bool {
	switch in := value.(type) {
	case map[string]any:
		for _, v := range in {
			if !yield(v) {
				return false
			}
		}
	case []any:
		for _, v := range in {
			if !yield(v) {
				return false
			}
		}
	}
	return true
}
