package dir_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
)

func keyOf(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }

// place is a directory to link into, and how to.
type place struct {
	t    *testing.T
	a    *dir.Artifacts
	path string
	root *os.Root
	store.Links
}

func newPlace(t *testing.T, a *dir.Artifacts) place {
	t.Helper()
	path := t.TempDir()
	root, err := os.OpenRoot(path)
	require.NoError(t, err)
	links, err := a.LinkInto(root)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, errors.Join(links.Close(), root.Close())) })
	return place{t, a, path, root, links}
}

// link links content under a name, and wants it there.
func (p place) link(name string, content []byte, mode fs.FileMode) fs.FileInfo {
	p.t.Helper()
	require.NoError(p.t, p.Link(p.t.Context(), keyOf(content), bytes.NewReader(content), mode, name))
	got, err := os.ReadFile(filepath.Join(p.path, name))
	require.NoError(p.t, err)
	require.True(p.t, bytes.Equal(content, got), "%s has other content", name)
	info, err := os.Lstat(filepath.Join(p.path, name))
	require.NoError(p.t, err)
	require.Equal(p.t, mode, info.Mode())
	return info
}

var linkSizes = []int{0, 1, 5_000, 128<<10 - 1, 128 << 10, 128<<10 + 1, 256 << 10, 600_000}

// The same file is handed on without a copy, in one process and in the next; another mode is another file.
func TestLink(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	one, two := newPlace(t, a), newPlace(t, openArtifacts(t, path, nil))
	for _, size := range linkSizes {
		name, content := fmt.Sprint(size), pattern(size, 1)
		first := one.link(name, content, 0o444)
		require.True(t, os.SameFile(first, one.link(name+" again", content, 0o444)), "%d bytes", size)
		require.True(t, os.SameFile(first, two.link(name, content, 0o444)))
		require.False(t, os.SameFile(first, one.link(name+" run", content, 0o555)))
		require.False(t, os.SameFile(first, one.link(name+" hidden", content, 0o400)))
	}
	requireNothingIncoming(t, path)
}

// Whoever changes a file that was handed on in place changes it for those who have it, and never for the next.
func TestLinkAfterAHostileWriter(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	for what, spoil := range map[string]func(name string, info fs.FileInfo){
		"a byte":               func(name string, _ fs.FileInfo) { flip(name, 0) },
		"the last byte":        func(name string, info fs.FileInfo) { flip(name, info.Size()-1) },
		"a byte in the middle": func(name string, info fs.FileInfo) { flip(name, info.Size()/2) },
		"a byte, secretly": func(name string, info fs.FileInfo) {
			flip(name, info.Size()/2)
			must(os.Chtimes(name, info.ModTime(), info.ModTime()))
		},
		"truncated":          func(name string, info fs.FileInfo) { must(os.Truncate(name, info.Size()-1)) },
		"emptied":            func(name string, _ fs.FileInfo) { must(os.Truncate(name, 0)) },
		"longer":             func(name string, info fs.FileInfo) { must(os.Truncate(name, info.Size()+1)) },
		"writable":           func(name string, _ fs.FileInfo) { must(os.Chmod(name, 0o666)) },
		"setuid":             func(name string, _ fs.FileInfo) { must(os.Chmod(name, 0o444|fs.ModeSetuid)) },
		"gone":               func(name string, _ fs.FileInfo) { must(os.Remove(name)) },
		"replaced by a link": func(name string, _ fs.FileInfo) { must(os.Remove(name)); must(os.Symlink("/etc/passwd", name)) },
		"of another's content": func(name string, _ fs.FileInfo) {
			change(name, func(f *os.File) error { _, err := f.WriteAt([]byte("#!"), 0); return err })
		},
	} {
		for _, size := range []int{5_000, 600_000} {
			t.Run(fmt.Sprintf("%s of %d", what, size), func(t *testing.T) {
				content := append(pattern(size, 1), what...)
				one, two := newPlace(t, a), newPlace(t, a)
				info := one.link("x", content, 0o444)
				spoil(filepath.Join(one.path, "x"), info)
				next := two.link("x", content, 0o444)
				two.link("y", content, 0o444)
				require.Equal(t, what == "gone" || what == "replaced by a link", os.SameFile(info, next), "what was not touched is handed on")
			})
		}
	}
	requireNothingIncoming(t, path)
}

// What somebody puts into the store's own directory is neither followed nor handed on, and costs no more than the sharing.
func TestLinkOverWhatWasPlanted(t *testing.T) {
	t.Parallel()
	for what, plant := range map[string]func(name string){
		"a link":          func(name string) { must(os.Remove(name)); must(os.Symlink("/etc/passwd", name)) },
		"a directory":     func(name string) { must(os.Remove(name)); must(os.MkdirAll(name+"/x", 0o755)) },
		"a pipe":          func(name string) { must(os.Remove(name)); must(syscall.Mkfifo(name, 0o444)) },
		"another content": func(name string) { must(os.Remove(name)); must(os.WriteFile(name, []byte("x"), 0o444)) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir()
			p := newPlace(t, openArtifacts(t, path, nil))
			p.link("x", []byte("content"), 0o444)
			found, err := filepath.Glob(filepath.Join(path, "file/*/*"))
			require.NoError(t, err)
			require.Len(t, found, 1)
			plant(found[0])
			p.link("y", []byte("content"), 0o444)
			p.link("z", []byte("content"), 0o444)
			requireNothingIncoming(t, path)
		})
	}
}

func TestLinkRefuses(t *testing.T) {
	t.Parallel()
	p := newPlace(t, openArtifacts(t, t.TempDir(), nil))
	link := func(key string, mode fs.FileMode, name string) error {
		return p.Link(t.Context(), key, iotest.ErrReader(errors.New("it was read")), mode, name)
	}
	var invalid *store.Invalid
	for _, key := range badDigests {
		require.ErrorAs(t, link(key, 0o444, "x"), &invalid)
	}
	for _, mode := range []fs.FileMode{0o644, 0o777, 0o002, 0o444 | fs.ModeSetuid, 0o444 | fs.ModeDir} {
		require.ErrorAs(t, link(keyOf(nil), mode, "x"), &invalid)
	}
	for _, name := range []string{"", ".", "..", "/", "a/b", "../x", "/x", "x/", "a\x00b"} {
		require.ErrorAs(t, link(keyOf(nil), 0o444, name), &invalid)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	require.Equal(t, context.Canceled, p.Link(ended, keyOf(nil), strings.NewReader(""), 0o444, "x"))
	require.Empty(t, names(t, p.path))

	p.link("x", []byte("1"), 0o444)
	for _, content := range []string{"1", "2"} { // kept, and not
		err := p.Link(t.Context(), keyOf([]byte(content)), strings.NewReader(content), 0o444, "x")
		require.ErrorIs(t, err, fs.ErrExist)
	}
	got, err := os.ReadFile(filepath.Join(p.path, "x"))
	require.NoError(t, err)
	require.Equal(t, "1", string(got))
}

// A reader that fails, or a caller that gives up, leaves nothing: neither a name nor a file that is kept.
func TestLinkIsGivenUp(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	p := newPlace(t, openArtifacts(t, path, nil))
	broken := errors.New("broken")
	for _, kept := range []bool{false, true} {
		for _, size := range []int{0, 1000, 128 << 10, 600_000} {
			content := append(pattern(600_000, 1), fmt.Sprint(size)...)
			if kept {
				p.link(fmt.Sprint(size), content, 0o444)
			}
			before := names(t, p.path)
			err := p.Link(t.Context(), keyOf(content), io.MultiReader(bytes.NewReader(content[:size]), iotest.ErrReader(broken)), 0o444, "x")
			require.ErrorIs(t, err, broken)
			ctx, cancel := context.WithCancel(t.Context())
			ending := readFunc(func() (int, error) { cancel(); return 0, io.EOF })
			err = p.Link(ctx, keyOf(content), io.MultiReader(bytes.NewReader(content[:size]), ending), 0o444, "x")
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, before, names(t, p.path))
		}
	}
	requireNothingIncoming(t, path)
}

func TestNothingIsKept(t *testing.T) {
	t.Parallel()
	elsewhere, err := os.OpenRoot("/proc")
	require.NoError(t, err)
	defer elsewhere.Close()

	path := t.TempDir()
	_, err = openArtifacts(t, path, nil).LinkInto(elsewhere)
	require.ErrorIs(t, err, errors.ErrUnsupported, "another file system")
	here, err := os.OpenRoot(path)
	require.NoError(t, err)
	defer here.Close()
	_, err = openArtifacts(t, path, &dir.ArtifactOptions{Kept: -1}).LinkInto(here)
	require.ErrorIs(t, err, errors.ErrUnsupported)

	closed := newPlace(t, openArtifacts(t, path, nil))
	closed.link("x", []byte("1"), 0o444)
	require.NoError(t, closed.a.Close())
	require.ErrorIs(t, closed.Link(t.Context(), keyOf([]byte("1")), strings.NewReader("1"), 0o444, "y"), store.ErrClosed)
}

// keptFiles is how many files are kept, and their bytes.
func keptFiles(t *testing.T, path string) (n int, bytes int64) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(path, "file/*/*"))
	require.NoError(t, err)
	for _, name := range found {
		info, err := os.Lstat(name)
		require.NoError(t, err)
		bytes += info.Size()
	}
	return len(found), bytes
}

// What is kept has a bound; what was used last stays, and what was handed on is nobody's loss.
func TestKeptIsBounded(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	const bound, size = 1 << 20, 32 << 10
	p := newPlace(t, openArtifacts(t, path, &dir.ArtifactOptions{Kept: bound}))
	favourite := pattern(size, 1)
	info := p.link("favourite", favourite, 0o444)
	for i := range 3 * bound / size {
		p.link(fmt.Sprint(i), append(pattern(size-10, 2), fmt.Sprint(i)...), 0o444)
		require.True(t, os.SameFile(info, p.link(fmt.Sprint("favourite", i), favourite, 0o444)), "it is used all the time, yet gone after %d", i)
		_, bytes := keptFiles(t, path)
		require.LessOrEqual(t, bytes, int64(bound+bound/8+size))
	}
	n, _ := keptFiles(t, path)
	require.Less(t, n, 3*bound/size/2)
	require.Len(t, names(t, p.path), 1+2*3*bound/size)

	// Another process finds out with its first file what is there.
	other := newPlace(t, openArtifacts(t, path, &dir.ArtifactOptions{Kept: bound / 4}))
	other.link("x", []byte("x"), 0o444)
	_, bytes := keptFiles(t, path)
	require.LessOrEqual(t, bytes, int64(bound/4))
}

func TestPruneKept(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	p := newPlace(t, openArtifacts(t, path, nil))
	put(t, p.a, []byte("an artifact"))
	for i := range 10 {
		p.link(fmt.Sprint(i), fmt.Append(nil, i), 0o444)
	}
	gone, err := p.a.Prune(t.Context(), time.Now().Add(-time.Hour), 0)
	require.NoError(t, err)
	require.Zero(t, gone)
	for _, want := range []int{4, 4, 2, 0} {
		gone, err := p.a.Prune(t.Context(), time.Now().Add(time.Hour), 4)
		require.NoError(t, err)
		require.Equal(t, want, gone)
	}
	n, _ := keptFiles(t, path)
	require.Zero(t, n)
	require.Len(t, requireAll(t, p.a), 1)
	p.link("again", fmt.Append(nil, 1), 0o444)
}

// Many who link, spoil and prune at once, through two handles, never get anything but what they asked for: a file that was just handed on is
// right, as long as nobody else has it.
func TestLinkTogether(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	handles := []*dir.Artifacts{openArtifacts(t, path, nil), openArtifacts(t, path, &dir.ArtifactOptions{Kept: 64 << 10})}
	var all sync.WaitGroup
	errs := make([]error, 8)
	for w := range errs {
		p := newPlace(t, handles[w%2])
		all.Go(func() {
			for i := range 60 {
				content := pattern(1_000+i%3*100_000, i%5)
				if err := p.Link(context.Background(), keyOf(content), bytes.NewReader(content), 0o444, fmt.Sprint(i)); err != nil {
					errs[w] = err
					return
				}
				got, err := p.root.ReadFile(fmt.Sprint(i))
				if err == nil && !bytes.Equal(got, content) {
					err = errors.New("other content came")
				}
				if err == nil && w == 0 {
					_, err = p.a.Prune(context.Background(), time.Now().Add(time.Hour), 3)
				}
				errs[w] = errors.Join(errs[w], err)
			}
		})
	}
	all.Wait()
	require.NoError(t, errors.Join(errs...))
	requireNothingIncoming(t, path)
}
