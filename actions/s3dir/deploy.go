package s3dir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
)

// Deploy is the service's S3 deployment (spec D3), made to a directory.
type Deploy struct {
	Bucket string `penstock:"BucketName"`
	// Extract has the tree's files put, and not a ZIP of it. It must be said.
	Extract *bool
	// Key is that of the ZIP, or what comes before the paths of the files. {datetime} in it is the time of the deployment in UTC, as
	// 2006-01-02_15-04-05, {uuid} the action execution.
	Key string `penstock:"ObjectKey,optional"`
	// EncryptionKey is for the service, as ACL and CacheControl are. Here they do not count.
	EncryptionKey string `penstock:"KMSEncryptionKeyARN,optional"`
	// ACL is a canned one.
	ACL string `penstock:"CannedACL,optional"`
	// CacheControl is a header.
	CacheControl string `penstock:",optional"`
	// Inputs is the one tree that is deployed.
	Inputs []penstock.Input[penstock.Tree] `penstock:"-"`
}

// ActionType is Deploy/AWS/S3/1.
func (Deploy) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Owner: penstock.OwnerAWS, Provider: "S3", Version: "1"}
}

// CommandFields implements penstock.CommandConfig: the service has the artifact beside the configuration.
func (d *Deploy) CommandFields() penstock.CommandFields {
	return penstock.CommandFields{Inputs: &d.Inputs}
}

// Deployer runs a Deploy. Each object is replaced at one stroke; what else is in the bucket stays. Done again after a crash, it puts the same
// objects.
type Deployer struct {
	Options Options
}

// Run puts the objects.
func (d *Deployer) Run(ctx context.Context, call *penstock.Call[Deploy]) error {
	config := call.Config
	if config.Extract == nil || len(config.Inputs) != 1 {
		return misconfigured("say Extract, and give one input", "the deployment is incomplete")
	}
	key := strings.NewReplacer("{datetime}", time.Now().UTC().Format("2006-01-02_15-04-05"), "{uuid}", call.ActionExecution).Replace(config.Key)
	to, err := locate(config.Bucket, cmp.Or(strings.Trim(key, "/"), "x"))
	if err != nil {
		return err
	}
	switch {
	case *config.Extract && strings.Trim(key, "/") == "":
		to = config.Bucket
	case key == "" || !*config.Extract && strings.HasSuffix(key, "/"):
		return misconfigured("set ObjectKey", "there is no key for the ZIP")
	}
	tree, err := config.Inputs[0].Load(ctx, call)
	if err != nil {
		return err
	}
	b, err := d.Options.open()
	if err != nil {
		return err
	}
	defer b.close()
	scratch, done, err := b.scratch(call.ActionExecution)
	if err != nil {
		return err
	}
	defer done()
	if err := tree.Unpack(ctx, b.path(scratch+"/tree")); err != nil {
		return err
	}
	put := b.putZip
	if *config.Extract {
		put = b.putFiles
	}
	n, err := put(ctx, scratch, to)
	if err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	call.Summary(fmt.Sprintf("Deployment Succeeded: %d in %s", n, to))
	fmt.Fprintf(call.Log(), "%d in %s\n", n, to)
	return nil
}

// putZip puts one object.
func (b *buckets) putZip(ctx context.Context, scratch, to string) (int, error) {
	tree, err := b.root.OpenRoot(scratch + "/tree")
	if err != nil {
		return 0, unavailable(err)
	}
	defer tree.Close()
	err = b.put(scratch, to, func(out io.Writer) error { return pack(ctx, tree, out) })
	return 1, err
}

// putFiles puts an object a file. A link counts as what it leads to.
func (b *buckets) putFiles(ctx context.Context, scratch, to string) (n int, err error) {
	tree, err := b.root.OpenRoot(scratch + "/tree")
	if err != nil {
		return 0, unavailable(err)
	}
	defer tree.Close()
	err = fs.WalkDir(tree.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := tree.Stat(name); err != nil || !info.Mode().IsRegular() {
			return misconfigured("deploy files only", "%.80q leads to no file: a bucket has nothing else (%v)", name, err)
		}
		n++
		return b.put(scratch, to+"/"+name, func(out io.Writer) error {
			from, err := tree.Open(name)
			if err != nil {
				return err
			}
			defer from.Close()
			_, err = io.Copy(out, &reader{ctx, from})
			return err
		})
	})
	return n, err
}

// put writes an object beside its place first.
func (b *buckets) put(scratch, to string, write func(io.Writer) error) error {
	beside := scratch + "/put"
	file, err := b.root.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return unavailable(err)
	}
	if err = write(file); err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = b.root.MkdirAll(path.Dir(to), 0o755)
	}
	if err == nil {
		err = b.root.Rename(beside, to)
	}
	return err
}
