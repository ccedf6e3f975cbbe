package catalogue

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Definitions as people write them are right with the catalogue in force; the custom types that they name take anything.
func TestDefinitionsAsPeopleWriteThem(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "definition", "testdata", "examples", "*.json"))
	require.NoError(t, err)
	require.Greater(t, len(files), 30)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			p, err := definition.Parse(data)
			require.NoError(t, err)
			var layers Layers
			for _, stage := range p.Stages {
				for _, a := range stage.Actions {
					if a.ActionTypeID.Owner == "Custom" {
						anything := definition.TypeInfo{OpenKeys: true, OpenVariables: true, Inputs: from(0, 5), Outputs: from(0, 5)}
						layers.Registered = append(layers.Registered, Registered{ID: a.ActionTypeID, Info: anything})
					}
				}
			}
			require.NoError(t, definition.Validate(p, New(layers), definition.Limits{}))
		})
	}
}
