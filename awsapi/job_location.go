package awsapi

import (
	"cmp"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/artifactkey"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// contentKey is where a job finds an input: the same for the same content.
func contentKey(pipeline string, a penstock.ArtifactInfo) string {
	return artifactkey.Content(pipeline, a.Name, a.Digest)
}

// outputKey is where a job, and those that continue it, put an output.
func outputKey(job penstock.Job, name string) string {
	return artifactkey.Output(job.Pipeline, name, job.ActionExecution)
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
