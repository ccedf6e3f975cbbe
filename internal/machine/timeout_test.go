package machine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

// An action that says no timeout has that of its type (spec F).
func TestDefaultTimeout(t *testing.T) {
	const hour, day = time.Hour, 24 * time.Hour
	for _, test := range []struct {
		of   string
		id   definition.TypeID
		want time.Duration
	}{
		{"a manual approval", definition.ManualApproval, 7 * day},
		{"commands", definition.TypeID{Category: "Compute", Owner: "AWS", Provider: "Commands", Version: "1"}, 55 * time.Minute},
		{"a build", definition.TypeID{Category: "Build", Owner: "AWS", Provider: "CodeBuild", Version: "1"}, 36 * hour},
		{"a test", definition.TypeID{Category: "Test", Owner: "AWS", Provider: "CodeBuild", Version: "1"}, 8 * hour},
		{"a stack", definition.TypeID{Category: "Deploy", Owner: "AWS", Provider: "CloudFormation", Version: "1"}, 3 * day},
		{"a blue/green deployment", definition.TypeID{Category: "Deploy", Owner: "AWS", Provider: "CodeDeployToECS", Version: "1"}, 5 * day},
		{"a function", definition.TypeID{Category: "Invoke", Owner: "AWS", Provider: "Lambda", Version: "1"}, day},
		{"a source", definition.TypeID{Category: "Source", Owner: "AWS", Provider: "S3", Version: "1"}, hour},
		{"one's own", definition.TypeID{Category: "Deploy", Owner: "Custom", Provider: "Acme", Version: "1"}, day},
		{"a partner's", definition.TypeID{Category: "Test", Owner: "ThirdParty", Provider: "Probe", Version: "1"}, hour},
	} {
		require.Equal(t, test.want, compileLeaf(definition.Action{ActionTypeID: test.id}, definition.ActionBlock{}).Timeout, test.of)
	}
	said := compileLeaf(definition.Action{ActionTypeID: definition.ManualApproval}, definition.ActionBlock{Timeout: definition.Duration(time.Minute)})
	require.Equal(t, time.Minute, said.Timeout)
}
