package penstock

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// sample writes a tree with something of everything.
func sample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "cmd/tool"), 0o750))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "empty"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cmd/tool/main.go"), []byte("package main"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "run.sh"), []byte("#!/bin/sh"), 0o755))
	require.NoError(t, os.Chmod(filepath.Join(dir, "run.sh"), 0o555))
	require.NoError(t, os.Symlink("../../run.sh", filepath.Join(dir, "cmd/tool/run")))
	require.NoError(t, os.Symlink("cmd", filepath.Join(dir, "commands")))
	return dir
}

// listing is everything that a tree is.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		rel, _ := filepath.Rel(dir, path)
		switch {
		case rel == ".":
			return nil
		case d.Type() == fs.ModeSymlink:
			target, _ := os.Readlink(path)
			b.WriteString(rel + " -> " + target + "\n")
		case d.IsDir():
			b.WriteString(info.Mode().String() + " " + rel + "\n")
		default:
			content, _ := os.ReadFile(path)
			b.WriteString(info.Mode().String() + " " + rel + ": " + string(content) + "\n")
		}
		return nil
	}))
	return b.String()
}

type keep struct {
	Tree Output[Tree]
	File Output[File] `penstock:"File,optional"`
}

func (keep) ActionType() ActionType {
	return ActionType{Category: CategoryBuild, Provider: "Keep", Version: "1"}
}

type use struct {
	Tree Input[Tree]
	File Input[File]   `penstock:"File,optional"`
	Out  Output[Tree]  `penstock:"Out,optional"`
	Any  Output[File]  `penstock:"Any,optional"`
	JSON Input[string] `penstock:"JSON,optional"`
}

func (use) ActionType() ActionType {
	return ActionType{Category: CategoryBuild, Provider: "Use", Version: "1"}
}

func stored(t *testing.T, host taskHost, tree Tree, file File) executor.Outcome {
	t.Helper()
	actions := &Actions{}
	Register(actions, RunnerFunc[keep](func(ctx context.Context, call *Call[keep]) error {
		return errors.Join(call.Config.Tree.Store(ctx, call, tree), call.Config.File.Store(ctx, call, file))
	}))
	return sound(t, actions.run(t.Context(), &executor.Task{
		Type: "Build/Custom/Keep/1", Config: map[string]string{"Tree": "tree", "File": "file"}, Outputs: []string{"tree", "file"},
	}, nil, host))
}

func used(t *testing.T, host taskHost, inputs []executor.Artifact, code func(ctx context.Context, call *Call[use]) error) executor.Outcome {
	t.Helper()
	actions := &Actions{}
	Register(actions, RunnerFunc[use](code))
	return sound(t, actions.run(t.Context(), &executor.Task{
		Type: "Build/Custom/Use/1", Inputs: inputs, Outputs: []string{"out", "any"},
		Config: map[string]string{"Tree": "tree", "File": "file", "Out": "out", "Any": "any", "JSON": "tree"},
	}, nil, host))
}

func TestTreesAndFilesTravel(t *testing.T) {
	for _, test := range []struct {
		name  string
		extra int // bytes of a further file
	}{{"in the store", 3 * executor.InlineLimit}, {"small", 0}} {
		t.Run(test.name, func(t *testing.T) {
			dir := sample(t)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), bytes.Repeat([]byte("x"), test.extra), 0o644))
			host := taskHost{artifacts: memory.NewArtifacts(nil)}
			out := stored(t, host, TreeAt(dir), FileFrom(strings.NewReader(strings.Repeat("y", test.extra))))
			require.Nil(t, out.Failure)
			again := stored(t, host, TreeAt(dir), FileFrom(strings.NewReader("")))
			require.Equal(t, out.Artifacts[0].Digest, again.Artifacts[0].Digest, "the same tree has the same digest")

			end := used(t, host, out.Artifacts, func(ctx context.Context, call *Call[use]) error {
				tree, err := call.Config.Tree.Load(ctx, call)
				require.NoError(t, err)
				require.Equal(t, out.Artifacts[0].Digest, tree.Digest())
				to := filepath.Join(t.TempDir(), "new/dir")
				require.NoError(t, tree.Unpack(ctx, to))
				require.Equal(t, listing(t, dir), listing(t, to))
				require.ErrorContains(t, tree.Unpack(ctx, to), "is not empty")

				file, err := call.Config.File.Load(ctx, call)
				require.NoError(t, err)
				require.Equal(t, int64(test.extra), file.Size())
				require.Equal(t, out.Artifacts[1].Digest, file.Digest())
				stream, err := file.Open(ctx)
				require.NoError(t, err)
				content, err := io.ReadAll(stream)
				require.NoError(t, err)
				require.NoError(t, stream.Close())
				require.Equal(t, strings.Repeat("y", test.extra), string(content))

				_, err = call.Config.JSON.Load(ctx, call)
				require.ErrorContains(t, err, "it is no JSON but application/x-tar")
				_, err = Input[Tree]{"file"}.Load(ctx, call)
				require.ErrorContains(t, err, "it is no tree but application/octet-stream")
				return errors.Join(call.Config.Out.Store(ctx, call, tree), call.Config.Any.Store(ctx, call, file))
			})
			require.Nil(t, end.Failure)
			require.Equal(t, out.Artifacts[0].Digest, end.Artifacts[0].Digest, "what was taken in is put out as it is")
			require.Equal(t, out.Artifacts[1].Digest, end.Artifacts[1].Digest)
		})
	}
}

func TestPackRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(dir string) error
		want string
	}{
		{"a link to the outside", func(dir string) error { return os.Symlink("../x", filepath.Join(dir, "l")) }, `the symbolic link l leads to "../x"`},
		{"an absolute link", func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "l")) }, `leads to "/etc/passwd"`},
		{"a link that climbs after a name", func(dir string) error { return os.Symlink("a/../b", filepath.Join(dir, "l")) }, `leads to "a/../b"`},
		{"a pipe", func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "p"), 0o644) }, "p is neither a file, a directory nor a symbolic link"},
		{"no directory", func(dir string) error { return os.Remove(dir) }, "no such file or directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "tree")
			require.NoError(t, os.Mkdir(dir, 0o755))
			require.NoError(t, test.make(dir))
			out := stored(t, taskHost{artifacts: memory.NewArtifacts(nil)}, TreeAt(dir), FileFrom(strings.NewReader("")))
			require.Contains(t, out.Failure.Message, test.want)
		})
	}
}

func TestPackKeepsItsLimits(t *testing.T) {
	root, err := os.OpenRoot(sample(t))
	require.NoError(t, err)
	defer root.Close()
	for want, limits := range map[string]treeLimits{
		"too many entries": {entries: 3, bytes: 100, path: 100},
		"too large":        {entries: 100, bytes: 3, path: 100},
		"is too long":      {entries: 100, bytes: 100, path: 5},
	} {
		require.ErrorContains(t, pack(t.Context(), io.Discard, root, limits), want)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	require.ErrorIs(t, pack(ended, io.Discard, root, treeBounds), context.Canceled)
}

func TestPackNoticesThatATreeChanges(t *testing.T) {
	for _, test := range []struct {
		name, file string
		change     func(path string) error
		want       string
	}{
		{"a file shrinks", "run.sh", func(path string) error { return os.Truncate(path, 1) }, "run.sh changed while it was stored: unexpected EOF"},
		{"a file grows", "run.sh", func(path string) error { return os.Truncate(path, 100) }, "run.sh changed while it was stored: archive/tar: write too long"},
		{"a file goes", "run.sh", os.Remove, "no such file"},
		{"a link goes", "commands", os.Remove, "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := sample(t)
			root, err := os.OpenRoot(dir)
			require.NoError(t, err)
			defer root.Close()
			info, err := root.Lstat(test.file)
			require.NoError(t, err)
			require.NoError(t, test.change(filepath.Join(dir, test.file)))
			limits := treeBounds
			require.ErrorContains(t, packEntry(tar.NewWriter(io.Discard), root, test.file, info, &limits), test.want)
		})
	}
}

func TestWhatIsSmallNeedsNoStore(t *testing.T) {
	out := stored(t, taskHost{}, TreeAt(t.TempDir()), FileFrom(strings.NewReader("small")))
	require.Nil(t, out.Failure)
	require.Equal(t, "small", string(out.Artifacts[1].Inline))
}

// broken is a store that fails.
type broken struct{ store.ArtifactStore }

func (broken) Put(_ context.Context, content io.Reader) (store.Blob, error) {
	_, _ = io.CopyN(io.Discard, content, 10)
	return store.Blob{}, errors.New("disk full")
}

func (broken) Open(context.Context, string) (io.ReadCloser, error) { return nil, store.ErrNotFound }

func TestTheStoreFails(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), make([]byte, 1<<20), 0o644))
	out := stored(t, taskHost{artifacts: broken{}}, TreeAt(dir), FileFrom(bytes.NewReader(make([]byte, 1<<20))))
	require.Contains(t, out.Failure.Message, "store artifact tree: disk full")
	require.Contains(t, out.Failure.Message, "store artifact file: disk full")
	a := executor.Artifact{Name: "tree", Digest: digestOf(nil), MediaType: mediaTree, Size: 1}
	_ = used(t, taskHost{artifacts: broken{}}, []executor.Artifact{a}, func(ctx context.Context, call *Call[use]) error {
		tree, err := call.Config.Tree.Load(ctx, call)
		require.NoError(t, err)
		require.ErrorIs(t, tree.Unpack(ctx, t.TempDir()), store.ErrNotFound)
		return nil
	})
	require.ErrorContains(t, unpack(t.Context(), tarOf(t), filepath.Join(dir, "data/below"), treeBounds), "not a directory")
}

func TestStoringATreeEndsWhenTheStoreFails(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), make([]byte, 1<<20), 0o644))
	out := stored(t, taskHost{}, TreeAt(dir), FileFrom(iotest.ErrReader(errors.New("unplugged"))))
	require.Contains(t, out.Failure.Message, "this process has no artifact store")
	require.Contains(t, out.Failure.Message, "store artifact file: unplugged")
}

// tarOf is a tar of hand-made entries.
func tarOf(t *testing.T, headers ...tar.Header) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		h.Mode = 0o644
		content := ""
		if h.Typeflag == tar.TypeReg {
			content, h.Linkname = h.Linkname, ""
			h.Size = int64(len(content))
		}
		require.NoError(t, w.WriteHeader(&h))
		_, err := io.WriteString(w, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return &b
}

func entry(kind byte, name, content string) tar.Header {
	return tar.Header{Typeflag: kind, Name: name, Linkname: content}
}

func TestUnpackRefuses(t *testing.T) {
	const file, link, dir = tar.TypeReg, tar.TypeSymlink, tar.TypeDir
	for _, test := range []struct {
		name    string
		entries []tar.Header
		want    string
	}{
		{"a path to the outside", []tar.Header{entry(file, "../x", "a")}, `the path "../x" is not plainly inside`},
		{"an absolute path", []tar.Header{entry(file, "/etc/x", "a")}, `the path "/etc/x" is not plainly inside`},
		{"a path that climbs", []tar.Header{entry(file, "a/../../x", "a")}, "is not plainly inside"},
		{"the directory itself", []tar.Header{entry(dir, "./", "")}, "is not plainly inside"},
		{"a link to the outside", []tar.Header{entry(link, "l", "../x")}, `leads to "../x"`},
		{"an absolute link", []tar.Header{entry(link, "l", "/etc")}, `leads to "/etc"`},
		{"a link that climbs after a name", []tar.Header{entry(dir, "a/", ""), entry(link, "a/l", "z/../../..")}, `leads to "z/../../.."`},
		{"a file through a link", []tar.Header{entry(dir, "a/", ""), entry(link, "l", "a"), entry(file, "l/x", "a")}, "no such file"},
		{"a link through a link", []tar.Header{
			entry(dir, "x/", ""), entry(dir, "x/y/", ""), entry(dir, "z/", ""), entry(link, "x/y/a", "../../z"), entry(link, "x/y/a/c", "../../../f"),
		}, "no such file"},
		{"a link below a file", []tar.Header{entry(file, "a", ""), entry(link, "a/l", "x")}, "a is no directory"},
		{"a link in place of a file", []tar.Header{entry(file, "a", "x"), entry(link, "a", "b")}, "file exists"},
		{"a file twice", []tar.Header{entry(file, "a", "x"), entry(file, "a", "y")}, "file exists"},
		{"a hard link", []tar.Header{entry(file, "a", "x"), entry(tar.TypeLink, "b", "a")}, "b is neither"},
		{"a device", []tar.Header{entry(tar.TypeChar, "a", "")}, "a is neither"},
		{"a file without its directory", []tar.Header{entry(file, "a/b", "x")}, "no such file"},
		{"too many entries", []tar.Header{entry(dir, "a/", ""), entry(dir, "b/", ""), entry(dir, "c/", ""), entry(dir, "d/", ""), entry(dir, "e/", ""), entry(dir, "f/", "")}, "too many entries"},
		{"too much", []tar.Header{entry(file, "a", strings.Repeat("x", 60)), entry(file, "b", strings.Repeat("x", 60))}, "too large"},
		{"a long path", []tar.Header{entry(file, strings.Repeat("x", 41), "x")}, "is too long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			parent := t.TempDir()
			into := filepath.Join(parent, "into")
			first := tarOf(t, append([]tar.Header{entry(file, "first", "1")}, test.entries...)...)
			err := unpack(t.Context(), first, into, treeLimits{entries: 6, bytes: 100, path: 40})
			require.ErrorContains(t, err, test.want)
			requireNothing(t, parent)
		})
	}
}

// requireNothing wants the directory into in parent, and nothing in either.
func requireNothing(t *testing.T, parent string) {
	t.Helper()
	entries, err := os.ReadDir(parent)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is outside")
	entries, err = os.ReadDir(filepath.Join(parent, "into"))
	require.NoError(t, err)
	require.Empty(t, entries, "nothing stays")
}

func TestUnpackRefusesDamage(t *testing.T) {
	host := taskHost{artifacts: memory.NewArtifacts(nil)}
	a := inlineArtifact(mediaTree, tarOf(t, entry(tar.TypeReg, "a", "content")).Bytes())
	a.Name = "tree"
	a.Inline = bytes.Replace(a.Inline, []byte("content"), []byte("CONTENT"), 1)
	_ = used(t, host, []executor.Artifact{a}, func(ctx context.Context, call *Call[use]) error {
		tree, err := call.Config.Tree.Load(ctx, call)
		require.NoError(t, err)
		dir := t.TempDir()
		require.ErrorContains(t, tree.Unpack(ctx, dir), "content is corrupt")
		require.Empty(t, listing(t, dir))
		return nil
	})
	require.ErrorContains(t, unpack(t.Context(), strings.NewReader("no tar at all, but long enough to be asked"), t.TempDir(), treeBounds), "unexpected EOF")
	endless := io.MultiReader(tarOf(t, entry(tar.TypeReg, "a", "x")), neverEnding{})
	require.ErrorContains(t, unpack(t.Context(), endless, t.TempDir(), treeLimits{entries: 1, bytes: 1 << 20, path: 10}), "goes on without an end")
	ended, end := context.WithCancel(t.Context())
	end()
	require.ErrorIs(t, unpack(ended, tarOf(t, entry(tar.TypeReg, "a", "x")), t.TempDir(), treeBounds), context.Canceled)
	require.ErrorContains(t, Tree{}.Unpack(t.Context(), t.TempDir()), "it has not been loaded from an Input")
	_, err := File{}.Open(t.Context())
	require.ErrorIs(t, err, ErrFailedPrecondition)
	require.Zero(t, File{}.Size())
	require.Empty(t, File{}.Digest()+Tree{}.Digest())
}

type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) { return len(p), nil }

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("x"))
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "a", Linkname: "b"})
	_ = w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "c/d", Size: 0, Mode: 0o777})
	_ = w.Close()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		parent := t.TempDir()
		err := unpack(t.Context(), bytes.NewReader(data), filepath.Join(parent, "into"), treeLimits{entries: 20, bytes: 1 << 16, path: 100})
		if err != nil {
			requireNothing(t, parent)
		}
		entries, err := os.ReadDir(parent)
		require.NoError(t, err)
		require.Len(t, entries, 1, "nothing is outside")
	})
}
