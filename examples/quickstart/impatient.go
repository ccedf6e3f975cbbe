package main

import (
	"context"

	"github.com/penstock-dev/penstock/store"
)

// impatient is a state store whose failures end the program. An engine offers a commit again until the store takes it, which is right for a
// service; somebody at a terminal is better served by an error that says what to do before it is run again.
type impatient struct {
	state
	fail context.CancelCauseFunc
}

// Commit tells of a failure that is none of the batch's.
func (s impatient) Commit(ctx context.Context, batches []store.Batch) []error {
	errs := s.state.Commit(ctx, batches)
	for _, err := range errs {
		if err != nil && !store.Refused(err) {
			s.fail(err)
		}
	}
	return errs
}
