package penstock

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the schema says of definitions is tested with a real validator in the module schema.

func TestSchemaKnowsWhatIsRegistered(t *testing.T) {
	actions := &Actions{}
	Register(actions, nothing[Deploy]())
	var schema struct {
		Defs map[string]struct {
			Properties struct {
				Configuration struct {
					Properties map[string]struct{ Description string }
					Required   []string
				}
			}
		} `json:"$defs"`
	}
	first := Schema(actions)
	require.NoError(t, json.Unmarshal(first, &schema))
	require.Contains(t, schema.Defs, "Deploy.AWS.S3.1", "the service's own")
	deploy, ok := schema.Defs["Deploy.Custom.AcmeDeploy.1"]
	require.True(t, ok)
	require.Contains(t, deploy.Properties.Configuration.Required, "Image")
	require.Equal(t, "the name of an input artifact", deploy.Properties.Configuration.Properties["Image"].Description)
	require.Equal(t, first, Schema(actions))
	require.Equal(t, Schema(nil), Schema(&Actions{}))
	require.NotEqual(t, Schema(nil), first)
}
