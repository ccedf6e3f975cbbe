package deploy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/filelock"
)

// whoAmI is how others read who has the site.
func whoAmI(call *penstock.Call[Directory]) string {
	return fmt.Sprintf("%s/%s of pipeline %s, execution %s", call.Stage, call.Action, call.Pipeline, call.Execution)
}

// lock has the site for me, or answers who has it. It is free again when the file is closed, so also when this process is killed.
func (s *site) lock(me string) (other *filelock.Holder, err error) {
	if err := s.root.Mkdir(private, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	f, err := s.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	s.file = f
	got, err := filelock.TryLock(f, filelock.Exclusive)
	switch {
	case err != nil:
		return nil, err
	case !got:
		holder := filelock.HolderOf(f)
		return &holder, nil
	default:
		return nil, filelock.Sign(f, me)
	}
}
