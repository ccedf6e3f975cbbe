package penstock

import (
	"encoding/json"

	"github.com/penstock-dev/penstock/internal/definition"
)

// CodePipeline is the pipeline in the form that AWS CodePipeline takes: {"pipeline": …}, for create-pipeline and update-pipeline with
// --cli-input-json. What CodePipeline has no words for is left out: timeouts of actions other than approvals, tries, tags of actions, limits of
// groups; groups within groups become run orders, which is a stricter order. It does not validate, and fails for a pipeline whose
// configurations cannot be stored. ParsePipeline reads it.
func (p Pipeline) CodePipeline() ([]byte, error) {
	stored, err := p.definition()
	if err != nil {
		return nil, err
	}
	stored.Penstock = nil
	return json.Marshal(map[string]json.RawMessage{"pipeline": definition.Canonical(stored)})
}
