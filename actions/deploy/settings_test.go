package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/actions/deploy"
)

func TestRefusesBadSettings(t *testing.T) {
	within := t.TempDir()
	outside := t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(within, "link")))
	one := version(t, "one", 0)
	for _, test := range []struct {
		name   string
		within string
		d      deploy.Directory
		says   string
	}{
		{"a relative path", "", deploy.Directory{To: "shop"}, "nothing says to what"},
		{"what is missing", filepath.Join(within, "missing"), deploy.Directory{To: "shop"}, "what it has to be within cannot be opened"},
		{"outside by steps", within, deploy.Directory{To: "../shop"}, "outside of what is allowed"},
		{"outside", within, deploy.Directory{To: filepath.Join(outside, "shop")}, "outside of what is allowed"},
		{"outside by a link", within, deploy.Directory{To: "link/shop"}, "escapes"},
		{"a release with steps", within, deploy.Directory{To: "shop", Release: "../../x"}, "no name of a release"},
		{"a release with a dot", within, deploy.Directory{To: "shop", Release: ".x"}, "no name of a release"},
		{"a long release", within, deploy.Directory{To: "shop", Release: strings.Repeat("x", 200)}, "no name of a release"},
		{"nothing kept", within, deploy.Directory{To: "shop", Keep: -1}, "too few"},
		{"a negative timeout", within, deploy.Directory{To: "shop", CheckTimeout: -1}, "negative"},
		{"no program", within, deploy.Directory{To: "shop", Check: []string{"", "x"}}, "no program"},
		{"no variable", within, deploy.Directory{To: "shop", Environment: map[string]string{"A=B": "C"}}, "no name of a variable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, &deploy.Deployer{Options: deploy.Options{Within: test.within}})
			out := b.deploy("shop", one, test.d)
			require.Equal(t, "Failed", string(out.Status))
			require.Contains(t, out.action.Failure.Message, test.says)
			for _, dir := range []string{outside, filepath.Join(within, "shop")} {
				entries, err := os.ReadDir(dir)
				if err == nil {
					require.Empty(t, entries)
				}
			}
		})
	}
}

func TestLeavesWhatIsNotItsOwn(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(t *testing.T, to string)
		says string
	}{
		{"a directory as current", func(t *testing.T, to string) { require.NoError(t, os.MkdirAll(filepath.Join(to, "current"), 0o755)) }, "no symbolic link"},
		{"a file as releases", func(t *testing.T, to string) {
			require.NoError(t, os.MkdirAll(to, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(to, "releases"), nil, 0o644))
		}, "/srv/shop: mkdirat releases: file exists"},
		{"a record that is damaged", func(t *testing.T, to string) {
			require.NoError(t, os.MkdirAll(filepath.Join(to, ".penstock"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(to, ".penstock", "deployment.json"), []byte("{"), 0o644))
		}, "remove it once the right release is in use"},
		{"releases that lead elsewhere", func(t *testing.T, to string) {
			require.NoError(t, os.MkdirAll(to, 0o755))
			require.NoError(t, os.Symlink(t.TempDir(), filepath.Join(to, "releases")))
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, &deploy.Deployer{})
			test.make(t, b.to)
			out := b.deploy("shop", version(t, "one", 0), deploy.Directory{})
			require.Equal(t, "Failed", string(out.Status))
			require.Contains(t, out.action.Failure.Message, test.says)
		})
	}
	t.Run("a link of somebody's own is gone back to", func(t *testing.T) {
		b := newBench(t, &deploy.Deployer{})
		own := version(t, "own", 0)
		require.NoError(t, os.MkdirAll(b.to, 0o755))
		require.NoError(t, os.Symlink(own, filepath.Join(b.to, "current")))
		b.deploy("shop", version(t, "bad", 1), deploy.Directory{Check: []string{"./check.sh"}})
		require.Equal(t, "own", b.current())
		out := b.deploy("shop", version(t, "one", 0), deploy.Directory{Check: []string{"./check.sh"}})
		require.Equal(t, own, out.action.Variables["Previous"])
	})
}
