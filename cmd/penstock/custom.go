package main

import (
	"flag"
	"fmt"

	"github.com/penstock-dev/penstock"
)

// customs are action types that the command line declares.
type customs struct{ files []string }

func newCustoms(flags *flag.FlagSet) *customs {
	c := &customs{}
	flags.Func("custom", "declare the action type in `FILE`, as create-custom-action-type takes it with --cli-input-json; may be repeated", func(file string) error {
		c.files = append(c.files, file)
		return nil
	})
	return c
}

// actions are AWS's types and those of the files. What is wrong with one is told.
func (c *customs) actions(s *session) (actions *penstock.Actions, ok bool) {
	actions, ok = &penstock.Actions{}, true
	for _, file := range c.files {
		data, err := s.read(file)
		if err != nil {
			s.fail(err)
			return nil, false
		}
		t, err := penstock.ParseCustomActionType(data)
		if err == nil {
			err = actions.Declare(t)
		}
		if err != nil {
			s.fail(fmt.Errorf("-custom %s: %s", shown(file), cause(err)))
			ok = false
		}
	}
	return actions, ok
}
