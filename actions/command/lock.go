package command

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/penstock-dev/penstock/internal/filelock"
)

// lock waits for a file's lock. It ends with Close or with this process; programs that it runs do not have it. Where the system has no
// locks there is none: nobody there looks for what others have left.
func lock(ctx context.Context, file string) (io.Closer, error) {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := filelock.Lock(ctx, f, filelock.Exclusive); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// tryLock takes a file's lock if it is free. A file that is not there was never locked.
func tryLock(file string) (held io.Closer, free bool) {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return io.NopCloser(nil), true
	}
	if err != nil {
		return nil, false
	}
	if got, err := filelock.TryLock(f, filelock.Exclusive); !got || err != nil {
		_ = f.Close()
		return nil, false
	}
	return f, true
}
