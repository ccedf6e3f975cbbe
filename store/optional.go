package store

import (
	"context"
	"io"
	"io/fs"
	"os"
	"time"
)

// Hinter is a StateStore that tells at once which streams want attention, so that nobody has to poll Due often.
type Hinter interface {
	// Hints returns a new channel on which names of streams come whose Wake has come and that were just committed by someone
	// other than their Owner. It is lossy: hints come late, twice, or not at all, and Due finds what they missed. Each call adds a listener that
	// stays until Close, which closes the channel: call it once a replica.
	Hints() <-chan string
}

// Pruner is a StateStore whose history can be shortened.
type Pruner interface {
	// Prune removes, oldest first, at most limit (see PageLimit) of: segments committed before that time, as far as their stream's
	// snapshot covers them, and expired records. It answers how many it removed; fewer than limit means that there are no more for now.
	// What a stream's Load answers never changes. A feed that would have led through what is gone says Compacted. A batch whose
	// segment is gone is no longer known when it is offered again, so stay well behind the longest time that may take.
	Prune(ctx context.Context, before time.Time, limit int) (int, error)
}

// Migrator is a StateStore with a schema.
type Migrator interface {
	// Migrate brings the schema up to what this driver needs, and does nothing if it is. Several processes may call it at once.
	// It refuses a schema that is newer than the driver.
	Migrate(ctx context.Context) error
}

// Exclusive is a StateStore that knows whether it is shared.
type Exclusive interface {
	// Exclusive reports whether this process alone has the store open until it closes it. Then nobody but it can hold a
	// lease: those of earlier openings have ended when it is opened.
	Exclusive() bool
}

// Linker is an ArtifactStore on a disk of this machine that also keeps single files, so that the next who wants the same file gets a hard link
// of it instead of a copy.
type Linker interface {
	// LinkInto is for files to be made in dir, which stays open until Links is closed. errors.ErrUnsupported: nothing can be linked there, as
	// on another file system.
	LinkInto(dir *os.Root) (Links, error)
}

// Links makes files in one directory by links. It is safe for concurrent use. Close lets go of the directory.
type Links interface {
	// Link makes name, one element of a path, a file with that content and with the permissions mode, which let nobody write: a link of the
	// file that is kept under key and mode, if that has the very same content, else of a new one that is kept from then on. key is a digest
	// by which the caller knows the content again. What is kept is not trusted: it is compared with content, byte for byte, each time. Where
	// a link fails, name becomes a copy.
	//
	// A store keeps no more than it has room for, and may drop anything at any time; links that were made stay. fs.ErrExist: there is something
	// in the place.
	Link(ctx context.Context, key string, content io.Reader, mode fs.FileMode, name string) error
	Close() error
}
