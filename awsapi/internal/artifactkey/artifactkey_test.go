package artifactkey_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/awsapi/internal/artifactkey"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	key := artifactkey.Content("a-pipeline-with-a-long-name", "artifact-of-the-build", "sha256:1")
	require.Regexp(t, `^a-pipeline-with-a-lo/artifact-o/[a-z2-7]{16}$`, key)
	require.Equal(t, key, artifactkey.Content("a-pipeline-with-a-long-name", "artifact-of-the-build", "sha256:1"))

	keys := map[string]bool{key: true}
	for _, other := range []string{
		artifactkey.Content("a-pipeline-with-a-long-name", "artifact-of-the-build", "sha256:2"),
		artifactkey.Content("a-pipeline-with-a-long-nose", "artifact-of-the-build", "sha256:1"),
		artifactkey.Content("a-pipeline-with-a-long-name", "artifact-of-the-test", "sha256:1"),
		artifactkey.Output("a-pipeline-with-a-long-name", "artifact-of-the-build", "sha256:1"),
	} {
		require.False(t, keys[other], "what differs behind the cut, or is an output, has a key of its own")
		keys[other] = true
	}
}
