package dir_test

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
	"github.com/penstock-dev/penstock/store/dir"
)

var (
	artifactName = regexp.MustCompile(`^sha256/[0-9a-f]{2}/[0-9a-f]{62}$`)
	logFileName  = regexp.MustCompile(`^log/[0-9a-f]{2}/[0-9a-f]{62}\.[0-9]+$`)
)

// FuzzDigest: whatever is asked for is refused, or is absent at the one place that its digits name.
func FuzzDigest(f *testing.F) {
	for _, bad := range badDigests {
		f.Add(bad)
	}
	f.Add("sha256:" + strings.Repeat("0a", 32))
	a := openArtifacts(f, f.TempDir(), nil)
	f.Fuzz(func(t *testing.T, digest string) {
		_, stat := a.Stat(t.Context(), digest)
		_, open := a.Open(t.Context(), digest)
		removed := a.Delete(t.Context(), digest, 0)
		if invalid := (*store.Invalid)(nil); errors.As(stat, &invalid) {
			require.ErrorAs(t, open, &invalid)
			require.ErrorAs(t, removed, &invalid)
			return
		}
		require.ErrorIs(t, stat, store.ErrNotFound)
		require.ErrorIs(t, open, store.ErrNotFound)
		require.NoError(t, removed)
		place := dir.Place(digest)
		require.Regexp(t, artifactName, place)
		require.True(t, filepath.IsLocal(place))
		require.Equal(t, digest, "sha256:"+strings.ReplaceAll(strings.TrimPrefix(place, "sha256/"), "/", ""))
	})
}

// FuzzLogID: whatever names a log is refused, or has a log of its own whose file is where it belongs.
func FuzzLogID(f *testing.F) {
	for _, id := range []string{"x", "../x", "", "a\x00", "\xff", "\n", strings.Repeat("é", 300)} {
		f.Add(id, 0, "text")
	}
	f.Add("x", -1, "")
	l := openLogs(f, f.TempDir(), &dir.LogOptions{Sync: -1})
	f.Fuzz(func(t *testing.T, id string, run int, text string) {
		err := l.Append(t.Context(), store.LogRef{ID: id, Run: run}, []byte(text))
		_, size, readErr := l.Read(context.Background(), id, run, 0, 1)
		if err != nil {
			require.Error(t, readErr)
			return
		}
		require.NoError(t, readErr)
		require.GreaterOrEqual(t, size, int64(len(text)))
		require.Regexp(t, logFileName, dir.LogName(id, run))
	})
}
