package main

import (
	"encoding/json"
	"slices"

	"github.com/penstock-dev/penstock"
)

// declared is an action of a definition.
type declared struct {
	name string // Stage/Action
	kind string // Category/Owner/Provider/Version
}

// actionsOf are a definition's, in order.
func actionsOf(p penstock.Pipeline) (out []declared) {
	type id struct{ Category, Owner, Provider, Version string }
	var stored struct {
		Stages []struct {
			Name    string
			Actions []struct {
				Name         string
				ActionTypeID id `json:"actionTypeId"`
			}
		}
	}
	data, err := p.MarshalJSON()
	if err != nil || json.Unmarshal(data, &stored) != nil {
		return nil // it does not validate either
	}
	for _, stage := range stored.Stages {
		for _, a := range stage.Actions {
			t := a.ActionTypeID
			out = append(out, declared{stage.Name + "/" + a.Name, t.Category + "/" + t.Owner + "/" + t.Provider + "/" + t.Version})
		}
	}
	return slices.Clip(out)
}
