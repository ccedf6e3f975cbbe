package penstock

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/memory"
)

// readOnly is a listing as UnpackReadOnly makes it: no file has a write permission.
func readOnly(t *testing.T, dir string) string {
	t.Helper()
	copied := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(copied, "x"), os.DirFS(dir)))
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		switch {
		case d.IsDir():
			return os.Chmod(filepath.Join(copied, "x", rel), info.Mode())
		case d.Type() == fs.ModeSymlink:
			return nil
		default:
			return os.Chmod(filepath.Join(copied, "x", rel), info.Mode()&^0o222)
		}
	}))
	return listing(t, filepath.Join(copied, "x"))
}

// kept stores a tree, with a file that is large and one that is empty, and answers it as the next action loads it.
func kept(t *testing.T, artifacts store.ArtifactStore) (dir string, tree Tree) {
	t.Helper()
	dir = sample(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "large"), bytes.Repeat([]byte("0123456789"), 50_000), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "none"), nil, 0o600))
	out := stored(t, taskHost{artifacts: artifacts}, TreeAt(dir), FileFrom(bytes.NewReader(nil)))
	require.Nil(t, out.Failure)
	return dir, Tree{content: &content{artifact: out.Artifacts[0], store: artifacts}}
}

func eachFile(t *testing.T, dir string, f func(rel string, info fs.FileInfo)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			rel, _ := filepath.Rel(dir, path)
			f(rel, info)
		}
		return nil
	}))
}

// A tree that was handed on before is handed on without a copy of anything; its permissions and links survive. Unpack's files are nobody else's.
func TestATreeIsHandedOnByLinks(t *testing.T) {
	artifacts := openDir(t, t.TempDir(), nil)
	dir, tree := kept(t, artifacts)
	one, two, own := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "two"), filepath.Join(t.TempDir(), "own")
	require.NoError(t, tree.UnpackReadOnly(t.Context(), one))
	require.NoError(t, tree.UnpackReadOnly(t.Context(), two))
	require.NoError(t, tree.Unpack(t.Context(), own))
	require.Equal(t, readOnly(t, dir), listing(t, one))
	require.Equal(t, readOnly(t, dir), listing(t, two))
	require.Equal(t, listing(t, dir), listing(t, own))
	files := 0
	eachFile(t, one, func(rel string, info fs.FileInfo) {
		files++
		other, err := os.Lstat(filepath.Join(two, rel))
		require.NoError(t, err)
		require.True(t, os.SameFile(info, other), "%s was copied", rel)
		other, err = os.Lstat(filepath.Join(own, rel))
		require.NoError(t, err)
		require.False(t, os.SameFile(info, other), "%s is shared", rel)
	})
	require.Equal(t, 5, files)
	require.ErrorIs(t, tree.UnpackReadOnly(t.Context(), one), ErrFailedPrecondition)
	require.ErrorIs(t, Tree{}.UnpackReadOnly(t.Context(), one), ErrFailedPrecondition)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "run.sh.new"), []byte("#!/bin/bash"), 0o755))
	out := stored(t, taskHost{artifacts: artifacts}, TreeAt(dir), FileFrom(bytes.NewReader(nil)))
	revision := filepath.Join(t.TempDir(), "revision")
	require.NoError(t, Tree{content: &content{artifact: out.Artifacts[0], store: artifacts}}.UnpackReadOnly(t.Context(), revision))
	for _, rel := range []string{"run.sh", "none", "cmd/tool/main.go"} {
		before, err := os.Lstat(filepath.Join(one, rel))
		require.NoError(t, err)
		after, err := os.Lstat(filepath.Join(revision, rel))
		require.NoError(t, err)
		require.True(t, os.SameFile(before, after), "%s did not change, yet was written", rel)
	}
}

// Whatever an action does to the files that it was handed, the next one gets the tree, and so does whoever unpacks it for himself.
func TestAHostileWriterSpoilsNobodysTree(t *testing.T) {
	artifacts := openDir(t, t.TempDir(), nil)
	dir, tree := kept(t, artifacts)
	for what, spoil := range map[string]func(path string, info fs.FileInfo){
		"overwritten, with the old time": func(path string, info fs.FileInfo) {
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("!"), int(info.Size())), 0))
			require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
		},
		"emptied":       func(path string, _ fs.FileInfo) { require.NoError(t, os.Truncate(path, 0)) },
		"opened to all": func(path string, _ fs.FileInfo) { require.NoError(t, os.Chmod(path, 0o6777)) },
		"removed":       func(path string, _ fs.FileInfo) { require.NoError(t, os.Remove(path)) },
	} {
		t.Run(what, func(t *testing.T) {
			mine, next, own := filepath.Join(t.TempDir(), "x"), filepath.Join(t.TempDir(), "x"), filepath.Join(t.TempDir(), "x")
			require.NoError(t, tree.UnpackReadOnly(t.Context(), mine))
			eachFile(t, mine, func(rel string, info fs.FileInfo) { spoil(filepath.Join(mine, rel), info) })
			require.NoError(t, tree.UnpackReadOnly(t.Context(), next))
			require.NoError(t, tree.Unpack(t.Context(), own))
			require.Equal(t, readOnly(t, dir), listing(t, next))
			require.Equal(t, listing(t, dir), listing(t, own))
		})
	}
}

// Where nothing can be linked, the same tree comes by copies.
func TestReadOnlyWithoutLinks(t *testing.T) {
	dir, tree := kept(t, memory.NewArtifacts(nil))
	into := filepath.Join(t.TempDir(), "x")
	require.NoError(t, tree.UnpackReadOnly(t.Context(), into))
	require.Equal(t, readOnly(t, dir), listing(t, into))

	_, tree = kept(t, linkless{memory.NewArtifacts(nil), errors.ErrUnsupported})
	into = filepath.Join(t.TempDir(), "x")
	require.NoError(t, tree.UnpackReadOnly(t.Context(), into))
	require.Equal(t, readOnly(t, dir), listing(t, into))

	_, tree = kept(t, linkless{memory.NewArtifacts(nil), errors.New("broken")})
	into = filepath.Join(t.TempDir(), "x")
	require.ErrorIs(t, tree.UnpackReadOnly(t.Context(), into), ErrUnavailable)
	requireEmpty(t, into)
}

// linkless is a store that could link, and does not.
type linkless struct {
	store.ArtifactStore
	err error
}

func (l linkless) LinkInto(*os.Root) (store.Links, error) { return nil, l.err }

// A pack that is damaged is said to be, whatever the damage looks like, and not handed on; putting the tree again heals it.
func TestADamagedPackIsNotHandedOn(t *testing.T) {
	path := t.TempDir()
	artifacts := openDir(t, path, nil)
	dir, tree := kept(t, artifacts)
	packs, err := filepath.Glob(filepath.Join(path, "sha256/*/*"))
	require.NoError(t, err)
	require.Len(t, packs, 1)
	whole, err := os.ReadFile(packs[0])
	require.NoError(t, err)
	for _, at := range []int{0, 100, 150, 156, 257, 513, 1024, len(whole) / 2, len(whole) - 1500, len(whole) - 1000, len(whole) - 1} {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		require.NoError(t, os.Chmod(packs[0], 0o644))
		require.NoError(t, os.WriteFile(packs[0], damaged, 0))
		for _, unpack := range []func(context.Context, string) error{tree.Unpack, tree.UnpackReadOnly} {
			into := filepath.Join(t.TempDir(), "x")
			err := unpack(t.Context(), into)
			require.ErrorIs(t, err, store.ErrCorrupt, "byte %d", at)
			require.ErrorIs(t, err, ErrInternal)
			requireEmpty(t, into)
		}
		out := stored(t, taskHost{artifacts: artifacts}, TreeAt(dir), FileFrom(bytes.NewReader(nil)))
		require.Equal(t, tree.Digest(), out.Artifacts[0].Digest)
		into := filepath.Join(t.TempDir(), "x")
		require.NoError(t, tree.UnpackReadOnly(t.Context(), into))
		require.Equal(t, readOnly(t, dir), listing(t, into))
	}
}
