package awsapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// Lengths of the parts of an object's key. The names in it are for people, and are cut as the service cuts them; the last part tells keys apart.
const (
	keyPipeline = 20
	keyArtifact = 10
	keyUnique   = 16
)

// contentKey is where a job finds an input: the same for the same content.
func contentKey(pipeline string, a penstock.ArtifactInfo) string {
	return objectKey(pipeline, a.Name, "in", a.Digest)
}

// outputKey is where a job, and those that continue it, put an output.
func outputKey(job penstock.Job, name string) string {
	return objectKey(job.Pipeline, name, "out", job.ActionExecution)
}

func objectKey(pipeline, artifact string, unique ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append(unique, pipeline, artifact), "\x00")))
	name := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:keyUnique])
	return pipeline[:min(len(pipeline), keyPipeline)] + "/" + artifact[:min(len(artifact), keyArtifact)] + "/" + name
}

// store is where the artifacts of a pipeline are said to be.
func (o *Options) store(of *wire.PipelineDeclaration) wire.ArtifactStore {
	if of.ArtifactStore != nil {
		return *of.ArtifactStore
	}
	store := of.ArtifactStores[o.Region]
	store.Location = cmp.Or(store.Location, o.Bucket)
	return store
}

func located(name, revision, bucket, key string) wire.Artifact {
	return wire.Artifact{Name: name, Revision: revision, Location: &wire.ArtifactLocation{
		Type: wire.ArtifactLocationTypeS3, S3Location: &wire.S3ArtifactLocation{BucketName: bucket, ObjectKey: key},
	}}
}
