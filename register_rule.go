package penstock

import (
	"errors"
	"fmt"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/zone"
)

// The rule types that the engine decides by itself.
var (
	variableCheckType    = definition.TypeID{Category: string(CategoryRule), Owner: string(OwnerAWS), Provider: "VariableCheck", Version: "1"}
	deploymentWindowType = definition.TypeID{Category: string(CategoryRule), Owner: string(OwnerAWS), Provider: "DeploymentWindow", Version: "1"}
)

// checkType judges the name of a type that is registered, and that a rule's puts nothing out.
func checkType(t ActionType, info definition.TypeInfo) error {
	id := t.id()
	if t.Category != CategoryRule {
		return definition.CheckTypeID(id)
	}
	switch {
	case id.Owner != string(OwnerAWS):
		return fmt.Errorf("rule type %s: rules have no owner but %s", t, OwnerAWS)
	case id == variableCheckType || id == deploymentWindowType:
		return fmt.Errorf("rule type %s is decided by the engine itself", t)
	case info.Outputs.Max > 0:
		return errors.New("a rule puts out no artifacts")
	}
	id.Category = string(CategoryTest) // the names are spelt as those of actions
	return definition.CheckTypeID(id)
}

// zoned is a catalogue that knows the time zones that there are here.
type zoned struct{ definition.Catalogue }

// LookupRule judges the zones of deployment windows too.
func (c zoned) LookupRule(id definition.TypeID) (definition.TypeInfo, bool) {
	info, ok := c.Catalogue.LookupRule(id)
	if check := info.Check; id == deploymentWindowType {
		info.Check = func(key, text string) error {
			if key == "TimeZone" {
				_, err := zone.Load(text)
				return err
			}
			return check(key, text)
		}
	}
	return info, ok
}
