package penstock

import (
	"strings"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/definition"
)

// Schema is a JSON Schema (draft 2020-12) of stored pipelines, for editors: with it they complete fields, action types and configuration
// keys, and underline what is wrong. It knows AWS CodePipeline's own action types and those of actions, which may be nil. The same types
// give the same bytes. What takes the whole pipeline to be judged, such as wiring, is left to Pipeline.Validate.
func Schema(actions *Actions) []byte {
	if actions == nil {
		actions = &Actions{}
	}
	return declared.Schema(actions.declared())
}

// parseTypeName is the inverse of ActionType.String.
func parseTypeName(name string) definition.TypeID {
	parts := strings.SplitN(name, "/", 4)
	return definition.TypeID{Category: parts[0], Owner: parts[1], Provider: parts[2], Version: parts[3]}
}
