package s3dir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"time"

	"github.com/penstock-dev/penstock"
)

// Source is the service's S3 source (spec D1), taken from a directory.
type Source struct {
	Bucket string `penstock:"S3Bucket"`
	Key    string `penstock:"S3ObjectKey"`
	// AllowKeyOverride has a start name another key. Default: it may not.
	AllowKeyOverride bool `penstock:"AllowOverrideForS3ObjectKey,optional"`
	// Polls says whether a Poller starts the pipeline when the object changes. Default, as the service's: it does.
	Polls *bool `penstock:"PollForSourceChanges,optional"`
	// Object is what was found.
	Object penstock.Output[penstock.Tree] `penstock:"-"`
}

// ActionType is Source/AWS/S3/1.
func (Source) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Owner: penstock.OwnerAWS, Provider: "S3", Version: "1"}
}

// CommandFields implements penstock.CommandConfig: the service has the artifact beside the configuration.
func (s *Source) CommandFields() penstock.CommandFields {
	return penstock.CommandFields{Artifact: &s.Object}
}

// Sourcer runs a Source.
type Sourcer struct {
	Options Options
}

// movingPause is the wait before an object that changes is read again.
const movingPause = time.Second

// Run takes the object that is there. While it changes it is Pending. Code RevisionUnavailable: a start named a version that is not there.
func (s *Sourcer) Run(ctx context.Context, call *penstock.Call[Source]) error {
	name, err := locate(call.Config.Bucket, cmp.Or(call.RequestedKey, call.Config.Key))
	if err != nil {
		return err
	}
	b, err := s.Options.open()
	if err != nil {
		return err
	}
	defer b.close()
	scratch, done, err := b.scratch(call.ActionExecution)
	if err != nil {
		return err
	}
	defer done()
	found, err := b.fetch(ctx, name, scratch+"/object")
	if errors.Is(err, errMoving) {
		call.Summary("waits until " + name + " is written")
		return penstock.Pending(movingPause, "")
	}
	if err != nil {
		return asFailure(name, err)
	}
	if wanted := call.RequestedRevision; wanted != "" && wanted != found.version {
		return penstock.Permanent(&penstock.Error{
			Code: "RevisionUnavailable", Err: fmt.Errorf("version %.80s of %s is not there: a directory has the newest only, %s", wanted, name, found.version),
		})
	}
	if err := b.expand(ctx, scratch, path.Base(name)); err != nil {
		return err
	}
	if err := call.Config.Object.Store(ctx, call, penstock.TreeAt(b.path(scratch+"/tree"))); err != nil {
		return err
	}
	return tell(call, name, found)
}

// asFailure is what an operator reads who can put the object there.
func asFailure(name string, err error) error {
	if missing, ok := errors.AsType[*noObject](err); ok {
		return &penstock.Error{Code: penstock.ErrNotFound, Err: missing, Hint: "put it into the directory of the buckets at " + name + ", then retry the stage or start the pipeline again"}
	}
	return err
}

// fetch copies an object to a file.
func (b *buckets) fetch(ctx context.Context, name, to string) (object, error) {
	file, err := b.root.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return object{}, unavailable(err)
	}
	found, err := b.read(ctx, name, file)
	return found, errors.Join(err, file.Close())
}

// tell says what was found (spec C15).
func tell(call *penstock.Call[Source], name string, found object) error {
	summary := "Amazon S3 version id: " + found.version
	call.Summary(summary)
	fmt.Fprintf(call.Log(), "%s: %s\n", name, summary)
	err := call.SetRevision(penstock.Revision{ID: found.version, Summary: summary, Created: found.modified})
	for _, v := range [][2]string{
		{"BucketName", call.Config.Bucket}, {"ObjectKey", cmp.Or(call.RequestedKey, call.Config.Key)}, {"VersionId", found.version}, {"ETag", found.etag},
	} {
		err = errors.Join(err, call.SetVariable(v[0], v[1]))
	}
	return err
}
