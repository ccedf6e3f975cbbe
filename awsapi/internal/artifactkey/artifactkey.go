// Package artifactkey answers one question: under which key of the artifact bucket is an artifact said to be?
package artifactkey

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// Lengths of the parts of an object's key. The names in it are for people, and are cut as the service cuts them; the last part tells keys apart.
const (
	pipelinePart = 20
	artifactPart = 10
	uniquePart   = 16
)

// Content is the key of content that a pipeline has: the same for the same content.
func Content(pipeline, artifact, digest string) string {
	return key(pipeline, artifact, "in", digest)
}

// Output is the key under which a job, and those that continue it, put an output.
func Output(pipeline, artifact, actionExecution string) string {
	return key(pipeline, artifact, "out", actionExecution)
}

func key(pipeline, artifact string, unique ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(append(unique, pipeline, artifact), "\x00")))
	name := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:uniquePart])
	return pipeline[:min(len(pipeline), pipelinePart)] + "/" + artifact[:min(len(artifact), artifactPart)] + "/" + name
}
