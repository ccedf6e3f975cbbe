package dir_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
)

type writeFunc func(p []byte) (int, error)

func (f writeFunc) Write(p []byte) (int, error) { return f(p) }

// What io.Copy takes another way is verified as well, also where a part was read before.
func TestCopyVerifies(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	for _, size := range []int{0, 1, 256<<10 - 1, 256 << 10, 256<<10 + 1, 512 << 10, 1_000_000} {
		for _, head := range []int{0, 1, size / 2, size} {
			content := pattern(size, 1)
			digest := put(t, a, content)
			copied := func() ([]byte, error) {
				r, err := a.Open(t.Context(), digest)
				require.NoError(t, err)
				defer r.Close()
				var b bytes.Buffer
				_, err = io.CopyN(&b, struct{ io.Reader }{r}, int64(min(head, size)))
				require.NoError(t, err)
				n, err := io.Copy(&b, r)
				require.Equal(t, int64(b.Len()-min(head, size)), n)
				return b.Bytes(), err
			}
			got, err := copied()
			require.NoError(t, err, "%d after %d", size, head)
			require.True(t, bytes.Equal(content, got))
			if size == 0 {
				continue
			}
			flip(filepath.Join(path, dir.Place(digest)), int64(size-1))
			_, err = copied()
			require.ErrorIs(t, err, store.ErrCorrupt)
			require.Equal(t, digest, put(t, a, content))
			_, err = copied()
			require.NoError(t, err, "putting it again heals it")
		}
	}
}

// A writer that fails, and a context that ends, also with the content, have the last word, and prove nothing about the content.
func TestCopyIsGivenUp(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	a := openArtifacts(t, path, nil)
	digest := put(t, a, pattern(600_000, 1))
	full := errors.New("full")
	for want, write := range map[error]writeFunc{
		full:             func([]byte) (int, error) { return 7, full },
		io.ErrShortWrite: func(p []byte) (int, error) { return len(p) - 1, nil },
	} {
		r, err := a.Open(t.Context(), digest)
		require.NoError(t, err)
		_, err = io.Copy(write, r)
		require.ErrorIs(t, err, want)
		require.NoError(t, r.Close())
	}
	for after := range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := a.Open(ctx, digest)
		require.NoError(t, err)
		n := 0
		_, err = io.Copy(writeFunc(func(p []byte) (int, error) {
			if n++; n > after {
				cancel()
			}
			return len(p), nil
		}), r)
		require.ErrorIs(t, err, context.Canceled, fmt.Sprint(after))
		require.NoError(t, r.Close())
	}
	info, err := os.Stat(filepath.Join(path, dir.Place(digest)))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o444), info.Mode(), "it is not held for damaged")
	got, err := read(a, digest)
	require.NoError(t, err)
	require.Len(t, got, 600_000)
}
