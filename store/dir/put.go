package dir

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// Put implements store.ArtifactStore. Content that is there already is made young: nothing is synced, and below 256 KiB nothing is
// written. Content of another size, or which a reader of any process has found damaged, is replaced: putting it again heals it.
func (a *Artifacts) Put(ctx context.Context, from io.Reader) (store.Blob, error) {
	buf := a.buffers.Get().(*[]byte)
	defer a.buffers.Put(buf)
	in := &intake{ctx: ctx, from: from, hash: sha256.New(), limit: a.limit}
	blob, err := a.put(in, *buf)
	var large *store.TooLarge
	var reader *readerError
	if err == nil || errors.Is(err, ctx.Err()) || errors.As(err, &large) || errors.As(err, &reader) {
		return blob, err
	}
	return store.Blob{}, fault(a.root, "put artifact", err)
}

func (a *Artifacts) put(in *intake, buf []byte) (store.Blob, error) {
	n, whole, err := fill(in, buf)
	if err != nil {
		return store.Blob{}, err
	}
	if whole {
		in.hash.Write(buf[:n])
		if blob, there, err := a.renew(in); there || err != nil {
			return blob, err
		}
	}
	t, err := a.newTemp()
	if err != nil {
		return store.Blob{}, err
	}
	defer t.discard()
	if whole {
		_, err = t.file.Write(buf[:n])
	} else {
		err = a.take(in, t, buf)
	}
	if err != nil {
		return store.Blob{}, err
	}
	if !whole {
		if blob, there, err := a.renew(in); there || err != nil {
			return blob, err
		}
	}
	return a.keep(in, t)
}

// writeBackSize is how many bytes the disk gets at a time while there are more to come.
const writeBackSize = 8 << 20

// take writes what fills buf, and all that comes behind it. Reading, hashing and the disk go on at once.
func (a *Artifacts) take(in *intake, t *temp, buf []byte) error {
	other := a.buffers.Get().(*[]byte)
	defer a.buffers.Put(other)
	side := hashAside(in.hash)
	defer side.end()
	n, whole, written, begun := len(buf), false, int64(0), int64(0)
	for spare := *other; ; buf, spare = spare, buf {
		side.write(buf[:n])
		if _, err := t.file.Write(buf[:n]); err != nil || whole {
			return err
		}
		if written += int64(n); written-begun >= writeBackSize {
			writeBack(t.file, begun, written)
			begun = written
		}
		var err error
		if n, whole, err = fill(in, spare); err != nil {
			return err
		}
	}
}

// renew makes content young that is there already. It trusts what is sealed and of the right size alone.
func (a *Artifacts) renew(in *intake) (blob store.Blob, there bool, err error) {
	if err := in.ctx.Err(); err != nil {
		return store.Blob{}, false, err
	}
	digest := in.digest()
	name := place(digest)
	err = a.names.with(func() error {
		info, err := a.root.Lstat(name)
		if err != nil || info.Mode() != sealed || info.Size() != in.size {
			return err
		}
		if err := a.root.Chtimes(name, time.Time{}, a.now()); err != nil {
			return err
		}
		there = true
		info, err = a.root.Lstat(name)
		if err == nil {
			blob = describe(digest, info)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return blob, there, err
}

// keep syncs what was written, gives it its name, syncs that, and seals it.
func (a *Artifacts) keep(in *intake, t *temp) (store.Blob, error) {
	digest := in.digest()
	name := place(digest)
	if err := a.root.Chtimes(t.name, time.Time{}, a.now()); err != nil {
		return store.Blob{}, err
	}
	if err := t.file.Sync(); err != nil {
		return store.Blob{}, err
	}
	if err := a.makeShard(parent(name)); err != nil {
		return store.Blob{}, err
	}
	if err := a.names.with(func() error { return a.root.Rename(t.name, name) }); err != nil {
		return store.Blob{}, err
	}
	t.kept = true
	if err := syncDir(a.root, parent(name)); err != nil {
		return store.Blob{}, err
	}
	if err := t.file.Chmod(sealed); err != nil {
		return store.Blob{}, err
	}
	info, err := t.file.Stat()
	if err != nil {
		return store.Blob{}, err
	}
	return describe(digest, info), nil
}

// makeShard makes a directory for names. It syncs its name even if it is there: another process that made it may not have.
func (a *Artifacts) makeShard(shard string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shards[shard] {
		return nil
	}
	if err := a.root.Mkdir(shard, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := syncDir(a.root, contents); err != nil {
		return err
	}
	a.shards[shard] = true
	return nil
}
