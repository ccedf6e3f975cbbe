package s3dir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/penstock-dev/penstock"
)

// Options say where buckets are.
type Options struct {
	// Root is the directory whose folders are buckets. It is needed, and made if it is not there.
	Root string
}

// Register has this process run S3 sources and S3 deployments, which without it wait for a worker that does. It panics where penstock.Register
// does.
func Register(to *penstock.Actions, o Options) {
	penstock.Register(to, &Sourcer{Options: o})
	penstock.Register(to, &Deployer{Options: o})
}

// codeConfiguration is the service's word for an action that cannot run as it is configured.
const codeConfiguration penstock.Code = "ConfigurationError"

func misconfigured(hint, format string, args ...any) error {
	return penstock.Permanent(&penstock.Error{Code: codeConfiguration, Err: fmt.Errorf(format, args...), Hint: hint})
}

// working is the folder of what is under way. No bucket has its name.
const working = ".penstock"

// buckets are a Root that is open.
type buckets struct {
	dir  string
	root *os.Root
}

func (o Options) open() (*buckets, error) {
	if o.Root == "" {
		return nil, &penstock.Error{Code: penstock.ErrFailedPrecondition, Op: "s3dir", Err: errors.New("there is no directory for buckets"), Hint: "set Options.Root"}
	}
	dir, err := filepath.Abs(o.Root)
	if err == nil {
		err = os.MkdirAll(filepath.Join(dir, working), 0o700)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unavailable(err)
	}
	return &buckets{dir, root}, nil
}

func (b *buckets) close() { _ = b.root.Close() } // nothing is written through it that is not closed by itself

func unavailable(err error) error {
	return &penstock.Error{Code: penstock.ErrUnavailable, Op: "s3dir", Err: err}
}

// bucketName is what the service takes for one (spec A3, ArtifactStore).
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// longestKey is how many bytes a key may have there.
const longestKey = 1024

// locate is the path of an object below the root.
func locate(bucket, key string) (string, error) {
	if !bucketName.MatchString(bucket) || strings.Contains(bucket, "..") {
		return "", misconfigured("name a bucket of 3 to 63 lower-case letters, digits, dots and hyphens", "%.80q cannot be a bucket", bucket)
	}
	if _, err := filepath.Localize(key); err != nil || key == "." || len(key) > longestKey {
		return "", misconfigured("name an object by a path below its bucket, without empty parts", "%.80q cannot be the key of an object in a directory", key)
	}
	return bucket + "/" + key, nil
}

// scratch is a directory of its own for the run of an action. What an earlier run has left is removed.
func (b *buckets) scratch(actionExecution string) (dir string, done func(), err error) {
	prefix := working + "/" + filepath.Base(cmp.Or(actionExecution, "run")) + "-"
	left, err := fs.Glob(b.root.FS(), prefix+"*")
	for _, name := range left {
		err = errors.Join(err, b.root.RemoveAll(name))
	}
	if err != nil {
		return "", nil, unavailable(err)
	}
	full, err := os.MkdirTemp(filepath.Join(b.dir, working), path.Base(prefix)+"*")
	if err != nil {
		return "", nil, unavailable(err)
	}
	dir = working + "/" + filepath.Base(full)
	return dir, func() { _ = b.root.RemoveAll(dir) }, nil // what stays is removed by the next run
}

// path is where a name below the root is on the disk.
func (b *buckets) path(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

// ended is the ctx's cause where it has ended.
func ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
