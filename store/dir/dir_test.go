package dir_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
	"github.com/penstock-dev/penstock/store/storetest"
)

// damageable can be damaged, for the conformance suite.
type damageable struct {
	store.ArtifactStore
	path string
}

// Damage changes one byte of what is kept.
func (d damageable) Damage(digest string) { flip(filepath.Join(d.path, dir.Place(digest)), 77_000) }

func flip(name string, offset int64) {
	change(name, func(f *os.File) error {
		var b [1]byte
		if _, err := f.ReadAt(b[:], offset); err != nil {
			return err
		}
		_, err := f.WriteAt([]byte{b[0] ^ 1}, offset)
		return err
	})
}

// change opens a file that is read-only, and panics where it cannot.
func change(name string, how func(*os.File) error) {
	must(os.Chmod(name, 0o644))
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	must(err)
	must(how(f))
	must(f.Close())
	must(os.Chmod(name, 0o444))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func openArtifacts(t testing.TB, path string, opts *dir.ArtifactOptions) *dir.Artifacts {
	a, err := dir.OpenArtifacts(path, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a
}

func openLogs(t testing.TB, path string, opts *dir.LogOptions) *dir.Logs {
	l, err := dir.OpenLogs(path, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestArtifacts(t *testing.T) {
	t.Parallel()
	storetest.TestArtifacts(t, func(t testing.TB, clock *storetest.Clock) store.ArtifactStore {
		path := t.TempDir()
		return damageable{openArtifacts(t, path, &dir.ArtifactOptions{Now: clock.Now}), path}
	})
}

func TestLogs(t *testing.T) {
	t.Parallel()
	storetest.TestLogs(t, func(t testing.TB, _ *storetest.Clock) store.LogStore { return openLogs(t, t.TempDir(), nil) })
}

// artifactPair sends one call to one handle and the next to the other, as if two processes shared the work.
type artifactPair struct {
	handles [2]*dir.Artifacts
	calls   atomic.Int64
}

func (p *artifactPair) next() *dir.Artifacts { return p.handles[p.calls.Add(1)%2] }

func (p *artifactPair) Put(ctx context.Context, content io.Reader) (store.Blob, error) {
	return p.next().Put(ctx, content)
}

func (p *artifactPair) Open(ctx context.Context, digest string) (io.ReadCloser, error) {
	return p.next().Open(ctx, digest)
}

func (p *artifactPair) Stat(ctx context.Context, digest string) (store.Blob, error) {
	return p.next().Stat(ctx, digest)
}

func (p *artifactPair) Delete(ctx context.Context, digest string, grace time.Duration) error {
	return p.next().Delete(ctx, digest, grace)
}

func (p *artifactPair) List(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	return p.next().List(ctx, after, limit)
}

func TestArtifactsOfTwoHandles(t *testing.T) {
	t.Parallel()
	storetest.TestArtifacts(t, func(t testing.TB, clock *storetest.Clock) store.ArtifactStore {
		path, opts := t.TempDir(), &dir.ArtifactOptions{Now: clock.Now}
		pair := &artifactPair{handles: [2]*dir.Artifacts{openArtifacts(t, path, opts), openArtifacts(t, path, opts)}}
		return damageable{pair, path}
	})
}

// logPair is artifactPair for logs.
type logPair struct {
	handles [2]*dir.Logs
	calls   atomic.Int64
}

func (p *logPair) next() *dir.Logs { return p.handles[p.calls.Add(1)%2] }

func (p *logPair) Append(ctx context.Context, ref store.LogRef, b []byte) error {
	return p.next().Append(ctx, ref, b)
}

func (p *logPair) Read(ctx context.Context, id string, run int, offset int64, limit int) ([]byte, int64, error) {
	return p.next().Read(ctx, id, run, offset, limit)
}

func TestLogsOfTwoHandles(t *testing.T) {
	t.Parallel()
	storetest.TestLogs(t, func(t testing.TB, _ *storetest.Clock) store.LogStore {
		path := t.TempDir()
		return &logPair{handles: [2]*dir.Logs{openLogs(t, path, nil), openLogs(t, path, nil)}}
	})
}

func put(t testing.TB, a store.ArtifactStore, content []byte) string {
	t.Helper()
	blob, err := a.Put(t.Context(), bytes.NewReader(content))
	require.NoError(t, err)
	return blob.Digest
}

func read(a store.ArtifactStore, digest string) ([]byte, error) {
	r, err := a.Open(context.Background(), digest)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// pattern is content whose every part is different.
func pattern(size, seed int) []byte {
	p := make([]byte, size)
	x := uint32(seed)*2654435761 + 1
	for i := range p {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		p[i] = byte(x)
	}
	return p
}

func names(t testing.TB, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(path)
	require.NoError(t, err)
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	outside := t.TempDir()
	linked := t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(linked, "sha256")))
	require.NoError(t, os.Symlink(outside, filepath.Join(linked, "log")))
	for name, path := range map[string]string{"no path": "", "a file": file, "below a file": filepath.Join(file, "a", "b"), "links that lead out": linked} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := dir.OpenArtifacts(path, nil)
			require.ErrorContains(t, err, "store: open the artifacts in ")
			_, err = dir.OpenLogs(path, nil)
			require.ErrorContains(t, err, "store: open the logs in ")
		})
	}
	t.Cleanup(func() { require.Empty(t, names(t, outside)) })
}

func TestDirectoryIsMadeForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b")
	a := openArtifacts(t, path, nil)
	openLogs(t, path, nil)
	for _, made := range []string{path, filepath.Dir(path)} {
		info, err := os.Stat(made)
		require.NoError(t, err)
		require.Equal(t, os.ModeDir|0o700, info.Mode())
	}
	info, err := os.Stat(filepath.Join(path, dir.Place(put(t, a, []byte("content")))))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o444), info.Mode())
}

func TestClosed(t *testing.T) {
	t.Parallel()
	path, ctx := t.TempDir(), t.Context()
	a, err := dir.OpenArtifacts(path, nil)
	require.NoError(t, err)
	digest := put(t, a, []byte("content"))
	reader, err := a.Open(ctx, digest)
	require.NoError(t, err)
	l, err := dir.OpenLogs(path, nil)
	require.NoError(t, err)
	require.NoError(t, l.Append(ctx, store.LogRef{ID: "x"}, []byte("text")))
	for range 2 {
		require.NoError(t, a.Close())
		require.NoError(t, l.Close())
		_, err = a.Put(ctx, bytes.NewReader([]byte("content")))
		require.ErrorIs(t, err, store.ErrClosed)
		_, err = a.Put(ctx, bytes.NewReader([]byte("other")))
		require.ErrorIs(t, err, store.ErrClosed)
		_, err = a.Open(ctx, digest)
		require.ErrorIs(t, err, store.ErrClosed)
		_, err = a.Stat(ctx, digest)
		require.ErrorIs(t, err, store.ErrClosed)
		_, err = a.List(ctx, "", 0)
		require.ErrorIs(t, err, store.ErrClosed)
		require.ErrorIs(t, a.Delete(ctx, digest, 0), store.ErrClosed)
		require.ErrorIs(t, l.Append(ctx, store.LogRef{ID: "x"}, []byte("more")), store.ErrClosed)
		_, _, err = l.Read(ctx, "x", 0, 0, 0)
		require.ErrorIs(t, err, store.ErrClosed)
		_, err = l.Prune(ctx, time.Now(), 0)
		require.ErrorIs(t, err, store.ErrClosed)
	}
	got, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Equal(t, "content", string(got))
	require.NoError(t, reader.Close())
}
