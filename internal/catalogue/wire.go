package catalogue

import (
	"slices"

	"github.com/penstock-dev/penstock/internal/definition"
)

// ActionType is a declared type as ListActionTypes answers it (spec Appendix 1).
type ActionType struct {
	ID                            definition.TypeID `json:"id"`
	Settings                      *Settings         `json:"settings,omitempty"`
	ActionConfigurationProperties []Property        `json:"actionConfigurationProperties,omitempty"`
	InputArtifactDetails          ArtifactDetails   `json:"inputArtifactDetails"`
	OutputArtifactDetails         ArtifactDetails   `json:"outputArtifactDetails"`
}

// RuleType is a rule type as ListRuleTypes answers it (spec Appendix 1).
type RuleType struct {
	ID                          definition.TypeID `json:"id"`
	Settings                    *Settings         `json:"settings,omitempty"`
	RuleConfigurationProperties []Property        `json:"ruleConfigurationProperties,omitempty"`
	InputArtifactDetails        ArtifactDetails   `json:"inputArtifactDetails"`
}

// ActionType is the type as ListActionTypes answers it.
func (t Type) ActionType() ActionType {
	return ActionType{
		ID: t.ID, Settings: t.links(), ActionConfigurationProperties: t.properties(),
		InputArtifactDetails: onWire(t.Inputs), OutputArtifactDetails: onWire(t.Outputs),
	}
}

// RuleType is the type as ListRuleTypes answers it.
func (t Type) RuleType() RuleType {
	return RuleType{ID: t.ID, Settings: t.links(), RuleConfigurationProperties: t.properties(), InputArtifactDetails: onWire(t.Inputs)}
}

// mostArtifacts is the most that the service's model knows for any type; clients could not read a larger number.
const mostArtifacts = 10

func onWire(b definition.Bounds) ArtifactDetails {
	return ArtifactDetails{MinimumCount: b.Min, MaximumCount: min(b.Max, mostArtifacts)}
}

func (t Type) links() *Settings {
	if t.Settings == (Settings{}) {
		return nil
	}
	return &t.Settings
}

func (t Type) properties() []Property {
	if t.Properties != nil {
		return slices.Clone(t.Properties)
	}
	names := map[definition.Kind]string{definition.Text: "String", definition.Number: "Number", definition.Boolean: "Boolean"}
	var out []Property
	for _, k := range t.Keys {
		out = append(out, Property{
			Name: k.Name, Required: k.Required, Key: k.Required, Secret: k.Secret, Queryable: k.Queryable,
			Description: k.Description, Type: names[k.Kind],
		})
	}
	return out
}
