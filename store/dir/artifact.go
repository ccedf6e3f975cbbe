package dir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// ArtifactOptions of Artifacts; nil and zero are useful.
type ArtifactOptions struct {
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Limit is the most bytes of one artifact, default 10 GiB. All artifacts together have what the disk has.
	Limit int64
	// Kept is the most bytes of files that Link keeps to hand them on, default 4 GiB, rounded up to 4 KiB a file. Over it, those go first that
	// were handed on, or given back, longest ago. Negative: none are kept.
	Kept int64
}

// Artifacts keeps artifacts in a directory. Use OpenArtifacts.
type Artifacts struct {
	root    *os.Root
	now     func() time.Time
	limit   int64
	buffers sync.Pool // of *[]byte
	names   lock      // held while the name of an artifact changes its meaning
	keeping keeping

	mu     sync.Mutex
	shards map[string]bool // directories whose names are durable
}

var (
	_ store.ArtifactStore = (*Artifacts)(nil)
	_ store.Linker        = (*Artifacts)(nil)
)

// Names below the directory.
const (
	contents = "sha256"
	incoming = "tmp"
	lockName = "lock"
)

// Permissions of an artifact. Sealed says that its name is durable and that no reader has found it damaged; Put replaces what is not.
const (
	sealed   = fs.FileMode(0o444)
	unsealed = fs.FileMode(0o400)
)

// OpenArtifacts opens the store in the directory at path, and makes it if there is none. It removes what writers left behind that have
// ended, killed or not. errors.ErrUnsupported: the system has no flock.
func OpenArtifacts(path string, opts *ArtifactOptions) (*Artifacts, error) {
	if opts == nil {
		opts = &ArtifactOptions{}
	}
	a := &Artifacts{now: opts.Now, limit: opts.Limit, shards: map[string]bool{}}
	if a.now == nil {
		a.now = time.Now
	}
	if a.limit <= 0 {
		a.limit = 10 << 30
	}
	a.keeping.limit = cmp.Or(opts.Kept, 4<<30)
	a.keeping.shards = map[string]*shard{}
	a.buffers.New = func() any { return new(make([]byte, 256<<10)) }
	if err := a.open(path); err != nil {
		return nil, fmt.Errorf("store: open the artifacts in %q: %w", path, err)
	}
	return a, nil
}

func (a *Artifacts) open(path string) error {
	root, err := openRoot(path, contents, incoming)
	if err != nil {
		return err
	}
	a.root = root
	if a.names.file, err = root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o600); err == nil {
		err = a.names.with(a.prepare)
	}
	if err != nil {
		return errors.Join(err, a.Close())
	}
	return nil
}

// prepare is called with the lock held, if only to find out whether it can be.
func (a *Artifacts) prepare() error {
	shards, err := sortedNames(a.root, contents)
	if err != nil {
		return err
	}
	if err := syncDir(a.root, contents); err != nil {
		return err
	}
	for _, shard := range shards {
		a.shards[contents+"/"+shard] = true
	}
	if a.keeping.device, err = device(a.names.file); errors.Is(err, errors.ErrUnsupported) {
		a.keeping.limit = -1
	} else if err != nil {
		return err
	}
	return a.sweep()
}

// Close lets go of the directory. Every later call answers ErrClosed; readers that are open go on.
func (a *Artifacts) Close() error {
	return errors.Join(a.names.close(), a.keeping.close(), a.root.Close())
}

// place is where the content of a digest lies, which has been checked.
func place(digest string) string {
	digits := strings.TrimPrefix(digest, contents+":")
	return contents + "/" + digits[:2] + "/" + digits[2:]
}

// Open implements store.ArtifactStore. What is read is verified as it passes.
func (a *Artifacts) Open(ctx context.Context, digest string) (io.ReadCloser, error) {
	if err := check(ctx, digest); err != nil {
		return nil, err
	}
	f, err := regular(a.root, place(digest), os.O_RDONLY)
	if err != nil {
		return nil, a.fault("open artifact", digest, err)
	}
	return newContent(ctx, digest, f, &a.buffers), nil
}

// Stat implements store.ArtifactStore.
func (a *Artifacts) Stat(ctx context.Context, digest string) (store.Blob, error) {
	if err := check(ctx, digest); err != nil {
		return store.Blob{}, err
	}
	info, err := a.root.Lstat(place(digest))
	if err == nil && !info.Mode().IsRegular() {
		err = errNotFile
	}
	if err != nil {
		return store.Blob{}, a.fault("describe artifact", digest, err)
	}
	return describe(digest, info), nil
}

// Delete implements store.ArtifactStore. The space is free once the last reader has closed.
func (a *Artifacts) Delete(ctx context.Context, digest string, grace time.Duration) error {
	if err := check(ctx, digest); err != nil {
		return err
	}
	name := place(digest)
	err := a.names.with(func() error {
		info, err := a.root.Lstat(name)
		if err != nil {
			return err
		}
		if until := info.ModTime().Add(grace); a.now().Before(until) {
			return fmt.Errorf("%w: %s, until %s", store.ErrYoung, digest, until.UTC().Format(time.RFC3339))
		}
		return a.root.Remove(name)
	})
	switch {
	case err == nil || errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, store.ErrYoung):
		return err
	default:
		return a.fault("delete artifact", digest, err)
	}
}

func (a *Artifacts) fault(doing, digest string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: artifact %s", store.ErrNotFound, digest)
	}
	return fault(a.root, doing+" "+digest, err)
}

func describe(digest string, info fs.FileInfo) store.Blob {
	return store.Blob{Digest: digest, Size: info.Size(), Put: info.ModTime().UTC()}
}

func check(ctx context.Context, digest string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return store.CheckDigest(digest)
}
