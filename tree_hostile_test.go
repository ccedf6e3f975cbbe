package penstock

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
)

// canary makes a directory with the place for a tree, and things that a tree must not touch.
func canary(t testing.TB) (parent, into string) {
	t.Helper()
	parent = t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(parent, "canary/below"), 0o755))
	for _, name := range []string{"x", "y", "canary/x", "canary/below/x"} {
		require.NoError(t, os.WriteFile(filepath.Join(parent, name), []byte("the canary sings"), 0o640))
	}
	return parent, filepath.Join(parent, "into")
}

// outside is everything beside into: names, kinds, permissions, times and content.
func outside(t testing.TB, parent string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, filepath.WalkDir(parent, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if path == filepath.Join(parent, "into") {
			return fs.SkipDir
		}
		if path == parent {
			return nil
		}
		info, err := d.Info()
		require.NoError(t, err)
		b.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String())
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			b.Write(content)
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}

// requireInside wants nothing in a tree but files, directories and links that lead nowhere else.
func requireInside(t testing.TB, into string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(into, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		require.Zero(t, info.Mode()&(fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky|fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket), path)
		if d.Type() != fs.ModeSymlink {
			return nil
		}
		if end, err := filepath.EvalSymlinks(path); err == nil { // others lead nowhere, or in circles
			require.True(t, end == into || strings.HasPrefix(end, into+"/"), "%s leads to %s", path, end)
		}
		return nil
	}))
}

// requireEmpty wants nothing in a directory, or no directory.
func requireEmpty(t testing.TB, into string) {
	t.Helper()
	entries, err := os.ReadDir(into)
	if err != nil {
		require.ErrorIs(t, err, fs.ErrNotExist)
	}
	require.Empty(t, entries, "nothing stays")
}

func openDir(t testing.TB, path string, opts *dir.ArtifactOptions) *dir.Artifacts {
	t.Helper()
	a, err := dir.OpenArtifacts(path, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a
}

// What is hostile is refused for what is wrong with it, at once, in little memory, and leaves nothing; what only looks so stays inside.
func TestHostileArchives(t *testing.T) {
	all := hostiles()
	require.GreaterOrEqual(t, len(all), 200)
	linker := openDir(t, t.TempDir(), nil)
	seen, names := map[string]string{}, map[string]bool{}
	for _, test := range all {
		require.False(t, names[test.name], test.name)
		require.Empty(t, seen[string(test.tar)], "%s is the same archive", test.name)
		names[test.name], seen[string(test.tar)] = true, test.name
		for how, share := range map[string]*sharing{"": nil, ", shared": {linker: linker, tree: digestOf(test.tar)}} {
			t.Run(test.name+how, func(t *testing.T) {
				parent, into := canary(t)
				before, began := outside(t, parent), time.Now()
				var memory runtime.MemStats
				runtime.ReadMemStats(&memory)
				allocated := memory.TotalAlloc
				err := unpack(t.Context(), bytes.NewReader(test.tar), into, hostileLimits, share)
				runtime.ReadMemStats(&memory)
				require.Less(t, memory.TotalAlloc-allocated, uint64(16<<20))
				require.Less(t, time.Since(began), 5*time.Second)
				require.ErrorIs(t, err, test.want)
				require.Equal(t, before, outside(t, parent))
				if test.want == nil {
					requireInside(t, into)
					return
				}
				requireEmpty(t, into)
				require.Less(t, len(err.Error()), 500)
			})
		}
	}
}

// The code says what kind of error it is.
func TestUnpackCodes(t *testing.T) {
	host := taskHost{artifacts: openDir(t, t.TempDir(), nil)}
	for name, test := range map[string]struct {
		tar  []byte
		code Code
	}{
		"a path that climbs": {archive(file("../x", "x")), ErrInvalid},
		"no tar":             {bytes.Repeat([]byte("x"), 9000), ErrInvalid},
		"a great size":       {archive(raw{kind: '0', name: "x", size: base256(0x80, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)}), ErrLimitExceeded},
		"too deep":           {archive(folder("a"), file("a"+strings.Repeat("/a", 49), "x"), folder("b")), ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			blob, err := host.artifacts.Put(t.Context(), bytes.NewReader(test.tar))
			require.NoError(t, err)
			tree := loaded(blob, host.artifacts)
			for _, unpack := range []func(context.Context, string) error{tree.Unpack, tree.UnpackReadOnly} {
				_, into := canary(t)
				require.ErrorIs(t, unpack(t.Context(), into), test.code)
				requireEmpty(t, into)
			}
		})
	}
	blob, err := host.artifacts.Put(t.Context(), bytes.NewReader(archive(file("a", "x"))))
	require.NoError(t, err)
	parent, _ := canary(t)
	require.ErrorIs(t, loaded(blob, host.artifacts).Unpack(t.Context(), parent), ErrFailedPrecondition)
	require.ErrorIs(t, loaded(blob, host.artifacts).Unpack(t.Context(), filepath.Join(parent, "x")), ErrUnavailable)
}

func loaded(blob store.Blob, artifacts store.ArtifactStore) Tree {
	c := &content{store: artifacts}
	c.artifact.Name, c.artifact.Digest, c.artifact.MediaType, c.artifact.Size = "tree", blob.Digest, mediaTree, blob.Size
	return Tree{content: c}
}

// Somebody who swaps directories for links while a tree is unpacked gets nothing written through them.
func TestUnpackAgainstASwapper(t *testing.T) {
	entries := []raw{folder("d"), folder("d/e")}
	entries = append(entries, many(30, func(name string) raw { return file("d/e/"+name, name) })...)
	packed := slice(entries, endOfTar)
	for range 50 {
		parent, into := canary(t)
		before := outside(t, parent)
		done, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				for _, name := range []string{"d", "d/e"} {
					away := filepath.Join(into, "away")
					if os.Rename(filepath.Join(into, name), away) == nil {
						_ = os.Symlink(filepath.Join(parent, "canary"), filepath.Join(into, name))
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		}()
		_ = unpack(t.Context(), bytes.NewReader(packed), into, hostileLimits, nil)
		close(done)
		<-stopped
		require.Equal(t, before, outside(t, parent))
	}
}

func FuzzUnpack(f *testing.F) {
	for _, h := range hostiles() {
		if len(h.tar) <= 8<<10 { // the fuzzer is slow with large ones
			f.Add(h.tar)
		}
	}
	linker := openDir(f, f.TempDir(), &dir.ArtifactOptions{Kept: 1 << 20})
	parent, into := canary(f)
	before := outside(f, parent)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, share := range []*sharing{nil, {linker: linker, tree: digestOf(data)}} {
			err := unpack(t.Context(), bytes.NewReader(data), into, hostileLimits, share)
			require.Equal(t, before, outside(t, parent))
			if err != nil {
				requireEmpty(t, into)
				continue
			}
			requireInside(t, into)
			requirePackedAgain(t, into, filepath.Join(parent, "again"))
			require.NoError(t, os.RemoveAll(into))
		}
	})
}

// requirePackedAgain wants a tree that was taken to be one that can be stored, and taken again.
func requirePackedAgain(t testing.TB, into, again string) {
	t.Helper()
	root, err := os.OpenRoot(into)
	require.NoError(t, err)
	defer root.Close()
	var b bytes.Buffer
	require.NoError(t, pack(t.Context(), &b, root, hostileLimits))
	require.NoError(t, unpack(t.Context(), &b, again, hostileLimits, nil))
	require.NoError(t, os.RemoveAll(again))
}
