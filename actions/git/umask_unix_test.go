//go:build unix

package git_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/actions/git"
)

func TestTheSameCommitIsTheSameTreeUnderAnyUmask(t *testing.T) {
	r := newRepo(t)
	r.commit("first", map[string]string{"dir/file": "content"})
	before := syscall.Umask(0o077)
	defer syscall.Umask(before)
	strict := fetch(t, local(t), git.Source{URL: r.dir}, "").succeeded(t)
	syscall.Umask(0o002)
	lax := fetch(t, local(t), git.Source{URL: r.dir}, "").succeeded(t)
	require.Equal(t, strict.digest, lax.digest)
}
