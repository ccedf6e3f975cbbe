package window

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The years that an expression may name.
const (
	firstYear = 1970
	lastYear  = 2199
)

// set is some numbers of a range.
type set struct {
	least int
	in    [lastYear - firstYear + 1]bool
}

func (s *set) has(n int) bool { return n >= s.least && n-s.least < len(s.in) && s.in[n-s.least] }

// field is what a field of an expression may say.
type field struct {
	name        string
	least, most int
	words       string // three letters each, for the numbers from least on
}

// Parse reads six fields (second, minute, hour, day of month, month, day of week) and an optional year. Fields hold numbers, names such as MON
// or JAN, ranges, which may go over the end, lists, and steps after a slash; * is all. One of the two fields of days is ?, the other one
// may hold L, W and #: L and L-2 in a month, 15W and LW, 6L, MONL and 6#3 in a week, where Sunday is 1.
func Parse(text string) (*Expression, error) {
	parts := strings.Fields(strings.ToUpper(text))
	if len(parts) != 6 && len(parts) != 7 {
		return nil, fmt.Errorf("%q must have six fields and an optional year, not %d fields", text, len(parts))
	}
	if len(parts) == 6 {
		parts = append(parts, "*")
	}
	e := &Expression{}
	var seconds set // they are only judged: a window is made of minutes
	for i, to := range []*set{&seconds, &e.minutes, &e.hours, nil, &e.months, nil, &e.years} {
		if to == nil {
			continue
		}
		if err := fields[i].list(parts[i], to); err != nil {
			return nil, fmt.Errorf("%q: %w", text, err)
		}
	}
	var err error
	switch ofMonth, ofWeek := parts[3], parts[5]; {
	case (ofMonth == "?") == (ofWeek == "?"):
		err = errors.New("either the day of month or the day of week must be ?, and not both")
	case ofWeek == "?":
		err = e.days.month(ofMonth)
	default:
		err = e.days.week(ofWeek)
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, err)
	}
	return e, nil
}

const weekdays = "SUNMONTUEWEDTHUFRISAT"

var fields = [...]field{
	{"second", 0, 59, ""}, {"minute", 0, 59, ""}, {"hour", 0, 23, ""}, {"day of month", 1, 31, ""},
	{"month", 1, 12, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"}, {"day of week", 1, 7, weekdays}, {"year", firstYear, lastYear, ""},
}

func (f field) list(text string, to *set) error {
	to.least = f.least
	for item := range strings.SplitSeq(text, ",") {
		if err := f.item(item, to); err != nil {
			return err
		}
	}
	return nil
}

// item reads a number, a range or *, with a step or without.
func (f field) item(text string, to *set) error {
	span, stepped, hasStep := strings.Cut(text, "/")
	step, count := 1, f.most-f.least+1
	if hasStep {
		var err error
		if step, err = strconv.Atoi(stepped); err != nil || step < 1 || step >= count {
			return fmt.Errorf("the step %q of the %s must be a number from 1 to %d", stepped, f.name, count-1)
		}
	}
	first, last, err := f.span(span, hasStep)
	if err != nil {
		return err
	}
	if last < first { // over the end
		last += count
	}
	for n := first; n <= last; n += step {
		to.in[(n-f.least)%count] = true
	}
	return nil
}

func (f field) span(text string, stepped bool) (from, to int, err error) {
	if text == "*" || text == "" && stepped {
		return f.least, f.most, nil
	}
	first, last, ranged := strings.Cut(text, "-")
	if from, err = f.number(first); err != nil {
		return 0, 0, err
	}
	switch {
	case ranged:
		to, err = f.number(last)
	case stepped:
		to = f.most
	default:
		to = from
	}
	return from, to, err
}

func (f field) number(text string) (int, error) {
	if i := strings.Index(f.words, text); len(text) == 3 && i >= 0 && i%3 == 0 {
		return f.least + i/3, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < f.least || n > f.most {
		return 0, fmt.Errorf("%q is no %s: it is a number from %d to %d%s", text, f.name, f.least, f.most, f.spelt())
	}
	return n, nil
}

func (f field) spelt() string {
	if f.words == "" {
		return ""
	}
	return " or a name such as " + f.words[:3]
}

// month reads the days of a month.
func (d *days) month(text string) error {
	f := fields[3]
	d.ofMonth, d.set.least = true, f.least
	for item := range strings.SplitSeq(text, ",") {
		day, near := strings.CutSuffix(item, "W")
		before, offset := strings.CutPrefix(item, "L-")
		switch {
		case item == "L":
			d.last = append(d.last, 0)
		case item == "LW":
			d.workday = true
		case offset:
			n, err := strconv.Atoi(before)
			if err != nil || n < 1 || n > 30 {
				return fmt.Errorf("%q must be L-1 to L-30", item)
			}
			d.last = append(d.last, n)
		case near:
			n, err := f.number(day)
			if err != nil {
				return err
			}
			d.nearest = append(d.nearest, n)
		default:
			if err := f.item(item, &d.set); err != nil {
				return err
			}
		}
	}
	return nil
}

// week reads the days of a week.
func (d *days) week(text string) error {
	f := fields[5]
	d.set.least = f.least
	for item := range strings.SplitSeq(text, ",") {
		day, final := strings.CutSuffix(item, "L")
		of, which, numbered := strings.Cut(item, "#")
		switch {
		case item == "L": // the last day of the week
			d.set.in[7-f.least] = true
		case final:
			n, err := f.number(day)
			if err != nil {
				return err
			}
			d.finals = append(d.finals, n)
		case numbered:
			n, err := f.number(of)
			if err != nil {
				return err
			}
			count, err := strconv.Atoi(which)
			if err != nil || count < 1 || count > 5 {
				return fmt.Errorf("%q must end with #1 to #5", item)
			}
			d.nth = append(d.nth, nth{n, count})
		default:
			if err := f.item(item, &d.set); err != nil {
				return err
			}
		}
	}
	return nil
}
