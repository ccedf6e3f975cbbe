package dir_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
	"github.com/penstock-dev/penstock/store/storetest"
)

// What is damaged is never read to an io.EOF, and putting it again heals it.
func TestDamage(t *testing.T) {
	t.Parallel()
	const size = 600_000
	damages := map[string]func(name string){
		"nothing":     func(name string) { change(name, func(f *os.File) error { return f.Truncate(0) }) },
		"a byte less": func(name string) { change(name, func(f *os.File) error { return f.Truncate(size - 1) }) },
		"a byte more": func(name string) { change(name, func(f *os.File) error { return f.Truncate(size + 1) }) },
		"a hole": func(name string) {
			change(name, func(f *os.File) error { _, err := f.WriteAt(make([]byte, 4096), 8192); return err })
		},
		"another":       func(name string) { must(os.Remove(name)); must(os.WriteFile(name, pattern(size, 2), 0o444)) },
		"a directory":   func(name string) { must(os.Remove(name)); must(os.Mkdir(name, 0o755)) },
		"a link to it":  func(name string) { must(os.Rename(name, name+"0")); must(os.Symlink(filepath.Base(name)+"0", name)) },
		"a link to all": func(name string) { must(os.Remove(name)); must(os.Symlink("/dev/zero", name)) },
	}
	for _, offset := range []int64{0, 1, 511, 32<<10 - 1, 32 << 10, 128 << 10, 256<<10 - 1, 256 << 10, size / 2, size - 1} {
		damages[fmt.Sprintf("byte %d", offset)] = func(name string) { flip(name, offset) }
	}
	for what, damage := range damages {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir()
			a := openArtifacts(t, path, nil)
			content := pattern(size, 1)
			digest := put(t, a, content)
			other := put(t, a, []byte("other"))
			name := filepath.Join(path, dir.Place(digest))
			damage(name)
			_, err := read(a, digest)
			require.ErrorIs(t, err, store.ErrCorrupt)
			if what == "a directory" {
				must(os.Remove(name)) // the only thing that needs a hand
			}
			require.Equal(t, digest, put(t, a, content))
			got, err := read(a, digest)
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, got))
			_, err = read(a, other)
			require.NoError(t, err)
		})
	}
}

// Small content is compared before anything is written, so it heals on another way.
func TestSmallDamage(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	digest := put(t, a, []byte("content"))
	for offset := range int64(7) {
		flip(filepath.Join(path, dir.Place(digest)), offset)
		_, err := read(a, digest)
		require.ErrorIs(t, err, store.ErrCorrupt)
		require.Equal(t, digest, put(t, a, []byte("content")))
		got, err := read(a, digest)
		require.NoError(t, err)
		require.Equal(t, "content", string(got))
	}
}

var badDigests = []string{
	"", ":", "sha256", "sha256:", "sha256:/", "sha256:..", "sha256:../../../../etc/passwd", "sha256:" + strings.Repeat("../", 21) + "a",
	"sha256:" + strings.Repeat("/", 64), "sha256:" + strings.Repeat(".", 64), "sha256:" + strings.Repeat("g", 64), "sha256:" + strings.Repeat("A", 64),
	"sha256:" + strings.Repeat("0", 63), "sha256:" + strings.Repeat("0", 65), "sha256:" + strings.Repeat("0", 62) + "/0", strings.Repeat("0", 64),
	"sha256:" + strings.Repeat("0", 63) + "\x00", "sha256:" + strings.Repeat("0", 63) + "\n", " sha256:" + strings.Repeat("0", 64), "SHA256:" + strings.Repeat("0", 64),
	"sha512:" + strings.Repeat("0", 64), "sha256:" + strings.Repeat("٠", 32), "sha256:" + strings.Repeat("0", 60) + "%2e%2e", "sha256:\\..\\" + strings.Repeat("0", 60),
	"/etc/passwd", "../sha256:" + strings.Repeat("0", 64), "sha256:" + strings.Repeat("0", 1<<20),
}

func TestBadDigests(t *testing.T) {
	t.Parallel()
	a := openArtifacts(t, t.TempDir(), nil)
	for _, bad := range badDigests {
		_, open := a.Open(t.Context(), bad)
		_, stat := a.Stat(t.Context(), bad)
		for _, err := range []error{open, stat, a.Delete(t.Context(), bad, 0)} {
			var invalid *store.Invalid
			require.ErrorAs(t, err, &invalid, "digest %.90q", bad)
			require.Less(t, len(err.Error()), 600)
		}
	}
}

// Links that somebody has planted lead nowhere: what is outside is neither read nor written nor removed.
func TestPlantedLinks(t *testing.T) {
	t.Parallel()
	outside, path, ctx := t.TempDir(), t.TempDir(), t.Context()
	canary := filepath.Join(outside, "canary")
	require.NoError(t, os.WriteFile(canary, []byte("content"), 0o600))
	a := openArtifacts(t, path, nil)
	digest := put(t, a, []byte("content"))
	name := filepath.Join(path, dir.Place(digest))

	require.NoError(t, os.Remove(name))
	require.NoError(t, os.Symlink(canary, name))
	_, err := a.Open(ctx, digest)
	require.ErrorIs(t, err, store.ErrCorrupt, "a link to the very content is none")
	_, err = a.Stat(ctx, digest)
	require.ErrorIs(t, err, store.ErrCorrupt)
	page, err := a.List(ctx, "", 0)
	require.NoError(t, err)
	require.Empty(t, page)
	require.NoError(t, a.Delete(ctx, digest, 0))

	shard := filepath.Dir(name)
	require.NoError(t, os.RemoveAll(shard))
	require.NoError(t, os.Symlink(outside, shard))
	_, err = a.Put(ctx, strings.NewReader("content"))
	require.ErrorContains(t, err, "store: put artifact in "+path)
	_, err = a.Open(ctx, digest)
	require.ErrorContains(t, err, "store: open artifact "+digest+" in "+path)
	_, err = a.List(ctx, "", 0)
	require.Error(t, err)
	require.Error(t, a.Delete(ctx, digest, 0))

	for _, target := range []string{canary, outside} {
		require.NoError(t, os.Symlink(target, filepath.Join(path, "tmp", filepath.Base(target))))
	}
	openArtifacts(t, path, nil)
	require.Empty(t, names(t, filepath.Join(path, "tmp")), "the links are swept")
	require.Equal(t, []string{"canary"}, names(t, outside), "and nothing that they lead to")
	kept, err := os.ReadFile(canary)
	require.NoError(t, err)
	require.Equal(t, "content", string(kept))
	info, err := os.Stat(canary)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
}

// What is no artifact is not listed.
func TestListStrangers(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	digest := put(t, a, []byte("content"))
	shard := filepath.Dir(filepath.Join(path, dir.Place(digest)))
	for _, stranger := range []string{"README", strings.Repeat("g", 62), strings.Repeat("0", 61), strings.Repeat("A", 62)} {
		require.NoError(t, os.WriteFile(filepath.Join(shard, stranger), nil, 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(path, "sha256", "README"), nil, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(path, "sha256", "0000"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(path, "sha256", "0000", strings.Repeat("0", 60)), nil, 0o600))
	page, err := a.List(t.Context(), "", 0)
	require.NoError(t, err)
	require.Len(t, page, 1)
	require.Equal(t, digest, page[0].Digest)
}

// The paging of many artifacts is that of their sorted digests, from wherever one asks.
func TestListMany(t *testing.T) {
	t.Parallel()
	a := openArtifacts(t, t.TempDir(), nil)
	var all []string
	for i := range 90 { // some directories have several
		all = append(all, put(t, a, fmt.Append(nil, i)))
	}
	slices.Sort(all)
	for _, after := range []string{"", "a", "sha256:", all[0], all[7], all[7][:40], all[60] + "0", all[88], all[89], "sha256:ffg", "t"} {
		page, err := a.List(t.Context(), after, 0)
		require.NoError(t, err)
		i, found := slices.BinarySearch(all, after)
		if found {
			i++
		}
		got := []string{}
		for _, b := range page {
			got = append(got, b.Digest)
		}
		require.Zero(t, slices.Compare(all[i:], got), "after %q", after)
	}
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	for _, limit := range []int{1, 1000, 300_000, 1 << 20} {
		a := openArtifacts(t, path, &dir.ArtifactOptions{Limit: int64(limit)})
		digest := put(t, a, pattern(limit, 1))
		_, err := read(a, digest)
		require.NoError(t, err)
		_, err = a.Put(t.Context(), bytes.NewReader(pattern(limit+1, 2)))
		var large *store.TooLarge
		require.ErrorAs(t, err, &large)
		require.Equal(t, store.TooLarge{What: "artifact", Limit: limit}, *large)
	}
	requireNothingIncoming(t, path)
	page, err := openArtifacts(t, path, nil).List(t.Context(), "", 0)
	require.NoError(t, err)
	require.Len(t, page, 4)
}

func requireNothingIncoming(t *testing.T, path string) {
	t.Helper()
	require.Empty(t, names(t, filepath.Join(path, "tmp")))
}

// A download that was cut short says io.ErrUnexpectedEOF, which is not the end of the content.
func TestReaderFails(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	for _, failure := range []error{io.ErrUnexpectedEOF, io.ErrClosedPipe, os.ErrClosed, errors.New("broken"), store.ErrNotFound} {
		for _, size := range []int{0, 1, 1000, 256 << 10, 256<<10 + 1, 1 << 20} {
			content := io.MultiReader(bytes.NewReader(pattern(size, 1)), iotest.ErrReader(failure))
			_, err := a.Put(t.Context(), content)
			require.ErrorIs(t, err, failure)
			require.NotErrorIs(t, err, store.ErrClosed)
		}
	}
	requireNothingIncoming(t, path)
	page, err := a.List(t.Context(), "", 0)
	require.NoError(t, err)
	require.Empty(t, page)
}

// The content at the edges of the buffer that decides whether it is written at all.
func TestSizesAtTheBuffer(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	for _, size := range []int{0, 1, 128 << 10, 256<<10 - 1, 256 << 10, 256<<10 + 1, 512 << 10, 512<<10 + 1} {
		content := pattern(size, 1)
		digest := put(t, a, content)
		require.Equal(t, digest, put(t, a, content))
		got, err := read(a, digest)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, got))
	}
	requireNothingIncoming(t, path)
}

// A sweep leaves alone what a writer is still at, in this process or another, and takes what nobody holds.
func TestSweep(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	require.NoError(t, os.WriteFile(filepath.Join(path, "tmp", "abandoned"), []byte("half"), 0o600))
	content, half := pattern(1<<20, 1), make(chan struct{})
	reader, writer := io.Pipe()
	var wrote sync.WaitGroup
	wrote.Go(func() {
		_, _ = writer.Write(content[:len(content)/2])
		<-half
		_, _ = writer.Write(content[len(content)/2:])
		_ = writer.Close()
	})
	done := make(chan error, 1)
	seen := make(chan struct{})
	go func() {
		_, err := a.Put(context.Background(), io.MultiReader(io.LimitReader(reader, 300<<10), notify(seen), reader))
		done <- err
	}()
	<-seen
	require.Len(t, names(t, filepath.Join(path, "tmp")), 2)
	openArtifacts(t, path, nil)
	require.Len(t, names(t, filepath.Join(path, "tmp")), 1, "the one that is being written")
	close(half)
	require.NoError(t, <-done)
	wrote.Wait()
	requireNothingIncoming(t, path)
	require.Len(t, requireAll(t, a), 1)
}

// notify is an empty reader that closes a channel when it is read.
func notify(c chan struct{}) io.Reader {
	return readFunc(sync.OnceValues(func() (int, error) { close(c); return 0, io.EOF }))
}

type readFunc func() (int, error)

func (f readFunc) Read([]byte) (int, error) { return f() }

func requireAll(t *testing.T, a *dir.Artifacts) []store.Blob {
	t.Helper()
	page, err := a.List(t.Context(), "", 0)
	require.NoError(t, err)
	for _, b := range page {
		_, err := read(a, b.Digest)
		require.NoError(t, err)
	}
	return page
}

// Whoever put content that had become old finds it, however a Delete with a grace runs against it: the Put made it young, or came after the
// Delete and put it anew.
func TestPutAgainstDelete(t *testing.T) {
	t.Parallel()
	for _, size := range []int{10, 300_000} {
		path, clock := t.TempDir(), storetest.NewClock(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
		opts := &dir.ArtifactOptions{Now: clock.Now}
		one, two := openArtifacts(t, path, opts), openArtifacts(t, path, opts)
		content, deleted := pattern(size, 1), atomic.Int64{}
		digest := put(t, one, content)
		for range 60 {
			clock.Advance(2 * time.Hour)
			var race sync.WaitGroup
			errs := make([]error, 4)
			for i, a := range []*dir.Artifacts{one, two} {
				race.Go(func() {
					if _, errs[i] = a.Put(context.Background(), bytes.NewReader(content)); errs[i] == nil {
						_, errs[i] = read(a, digest)
					}
				})
				race.Go(func() {
					if err := a.Delete(context.Background(), digest, time.Hour); err == nil {
						deleted.Add(1)
					} else if !errors.Is(err, store.ErrYoung) {
						errs[2+i] = err
					}
				})
			}
			race.Wait()
			require.NoError(t, errors.Join(errs...))
		}
		require.Positive(t, deleted.Load(), "no Delete came first")
		requireNothingIncoming(t, path)
	}
}

// linger gives another goroutine time to get as far as it can.
func linger(t *testing.T) {
	for range 1000 {
		runtime.Gosched()
		_, err := os.Stat(".")
		require.NoError(t, err)
	}
}

// A Put that comes while a Delete has looked and not yet removed waits for it, in whatever process.
func TestPutWaitsForDelete(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	put(t, openArtifacts(t, path, nil), []byte("content"))
	two, done := openArtifacts(t, path, nil), make(chan error, 1)
	var digest string
	one := openArtifacts(t, path, &dir.ArtifactOptions{Now: func() time.Time {
		came := make(chan struct{}) // Delete asks what time it is
		go func() {
			blob, err := two.Put(context.Background(), io.MultiReader(strings.NewReader("content"), notify(came)))
			digest = blob.Digest
			done <- err
		}()
		<-came
		linger(t)
		return time.Now().Add(time.Hour)
	}})
	sum := sha256.Sum256([]byte("content"))
	require.NoError(t, one.Delete(t.Context(), fmt.Sprintf("sha256:%x", sum), time.Minute))
	require.NoError(t, <-done)
	_, err := read(two, digest)
	require.NoError(t, err)
}

// Nothing is kept for a context that ends with the content.
func TestCancelledAtTheEnd(t *testing.T) {
	t.Parallel()
	path, clock := t.TempDir(), storetest.NewClock(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
	a := openArtifacts(t, path, &dir.ArtifactOptions{Now: clock.Now})
	for _, size := range []int{0, 10, 600_000} {
		for range 2 { // absent, then there
			ctx, cancel := context.WithCancel(t.Context())
			ended := readFunc(func() (int, error) { cancel(); return 0, io.EOF })
			_, err := a.Put(ctx, io.MultiReader(bytes.NewReader(pattern(size, 1)), ended))
			require.Equal(t, context.Canceled, err)
			for _, b := range requireAll(t, a) {
				require.True(t, b.Put.Before(clock.Now()), "it was not made young")
			}
			put(t, a, pattern(size, 1))
			clock.Advance(time.Hour)
		}
	}
	requireNothingIncoming(t, path)
	require.Len(t, requireAll(t, a), 3)
}

// Content of another size is put anew even if nobody has read it since.
func TestPutOverAnotherSize(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	for _, size := range []int{10, 600_000} {
		for _, wrong := range []int{0, size - 1, size + 1} {
			content := pattern(size, 1)
			change(filepath.Join(path, dir.Place(put(t, a, content))), func(f *os.File) error { return f.Truncate(int64(wrong)) })
			got, err := read(a, put(t, a, content))
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, got))
		}
	}
}

// Content without its seal is put anew and sealed: whoever put it may have been killed before its name was durable.
func TestUnsealed(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	for _, size := range []int{10, 600_000} {
		name := filepath.Join(path, dir.Place(put(t, a, pattern(size, 1))))
		before, err := os.Stat(name)
		require.NoError(t, err)
		put(t, a, pattern(size, 1))
		same, err := os.Stat(name)
		require.NoError(t, err)
		require.True(t, os.SameFile(before, same))
		require.NoError(t, os.Chmod(name, 0o600))
		put(t, a, pattern(size, 1))
		anew, err := os.Stat(name)
		require.NoError(t, err)
		require.False(t, os.SameFile(before, anew))
		require.Equal(t, os.FileMode(0o444), anew.Mode())
	}
	requireNothingIncoming(t, path)
}

// Many who put and delete different content at once, through two handles, leave each other alone.
func TestTogether(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	handles := []*dir.Artifacts{openArtifacts(t, path, nil), openArtifacts(t, path, nil)}
	var all sync.WaitGroup
	errs := make([]error, 8)
	for w := range errs {
		all.Go(func() {
			a := handles[w%2]
			for i := range 12 {
				content := pattern(1+i*30_000, w)
				blob, err := a.Put(context.Background(), bytes.NewReader(content))
				if err == nil {
					var got []byte
					if got, err = read(a, blob.Digest); err == nil && !bytes.Equal(got, content) {
						err = errors.New("other content came back")
					}
				}
				if err == nil && i%2 == 0 {
					err = a.Delete(context.Background(), blob.Digest, 0)
				}
				errs[w] = errors.Join(errs[w], err)
			}
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Len(t, requireAll(t, handles[0]), 8*6)
	requireNothingIncoming(t, path)
}
