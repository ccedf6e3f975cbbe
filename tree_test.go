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
	require.NoError(t, os.WriteFile(filepath.Join(dir, "open"), nil, 0o600))
	require.NoError(t, os.Chmod(filepath.Join(dir, "open"), 0o666)) // more than a umask leaves
	require.NoError(t, os.Chmod(filepath.Join(dir, "empty"), 0o777))
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
				require.ErrorContains(t, tree.Unpack(ctx, to), "not empty")

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
		{"a link to the outside", func(dir string) error { return os.Symlink("../x", filepath.Join(dir, "l")) }, `entry "l": the symbolic link leads outside, or not plainly inside: to "../x"`},
		{"an absolute link", func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "l")) }, `to "/etc/passwd"`},
		{"a link that climbs after a name", func(dir string) error { return os.Symlink("a/../b", filepath.Join(dir, "l")) }, `to "a/../b"`},
		{"a pipe", func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "p"), 0o644) }, `entry "p": it is neither a file, a directory nor a symbolic link`},
		{"a name that is no UTF-8", func(dir string) error { return os.Mkdir(filepath.Join(dir, "\xff"), 0o755) }, `entry "\xff": the path is not plainly inside`},
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
		"too many entries": {entries: 3, bytes: 100, path: 100, depth: 9},
		"too large":        {entries: 100, bytes: 3, path: 100, depth: 9},
		"is too long":      {entries: 100, bytes: 100, path: 5, depth: 9},
		"too deep":         {entries: 100, bytes: 100, path: 100, depth: 1},
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
		{"a file shrinks", "run.sh", func(path string) error { return os.Truncate(path, 1) }, "it changed while it was stored: unexpected EOF"},
		{"a file grows", "run.sh", func(path string) error { return os.Truncate(path, 100) }, "it changed while it was stored: archive/tar: write too long"},
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
			p := &packing{ctx: t.Context(), tar: tar.NewWriter(io.Discard), limits: treeBounds, buffer: make([]byte, 1<<10)}
			h := &tar.Header{Name: test.file, Format: tar.FormatPAX}
			if info.Mode().IsRegular() {
				err = p.file(root, test.file, h, info.Size())
			} else {
				err = p.link(root, test.file, h)
			}
			require.ErrorContains(t, err, test.want)
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
	require.ErrorContains(t, unpack(t.Context(), bytes.NewReader(endOfTar), filepath.Join(dir, "data/below"), treeBounds, nil), "not a directory")
}

func TestStoringATreeEndsWhenTheStoreFails(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data"), make([]byte, 1<<20), 0o644))
	out := stored(t, taskHost{}, TreeAt(dir), FileFrom(iotest.ErrReader(errors.New("unplugged"))))
	require.Contains(t, out.Failure.Message, "this process has no artifact store")
	require.Contains(t, out.Failure.Message, "store artifact file: unplugged")
}

func TestUnpackRefusesDamage(t *testing.T) {
	host := taskHost{artifacts: memory.NewArtifacts(nil)}
	a := inlineArtifact(mediaTree, slice([]raw{file("a", "content")}, endOfTar))
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
	ended, end := context.WithCancel(t.Context())
	end()
	require.ErrorIs(t, unpack(ended, bytes.NewReader(archive()), t.TempDir(), treeBounds, nil), context.Canceled)
	require.ErrorContains(t, Tree{}.Unpack(t.Context(), t.TempDir()), "it has not been loaded from an Input")
	_, err := File{}.Open(t.Context())
	require.ErrorIs(t, err, ErrFailedPrecondition)
	require.Zero(t, File{}.Size())
	require.Empty(t, File{}.Digest()+Tree{}.Digest())
}
