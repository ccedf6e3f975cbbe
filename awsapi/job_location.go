package awsapi

import (
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

// inputKey is where a job finds an input: the same for the same content.
func inputKey(job penstock.Job, in penstock.ArtifactInfo) string {
	return objectKey(job.Pipeline, in.Name, "in", in.Digest)
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

func located(name, revision, bucket, key string) wire.Artifact {
	return wire.Artifact{Name: name, Revision: revision, Location: &wire.ArtifactLocation{
		Type: wire.ArtifactLocationTypeS3, S3Location: &wire.S3ArtifactLocation{BucketName: bucket, ObjectKey: key},
	}}
}
