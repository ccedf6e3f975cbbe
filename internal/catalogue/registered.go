package catalogue

import (
	"encoding/json"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Registered is a type of actions or of rules that was registered in Go. Its JSON is what one process records so that others know the type: all of it
// but Whole and Check, which only a process that has the code can answer.
type Registered struct {
	ID definition.TypeID
	// Former are names that the type had. Definitions that carry them are still accepted; nothing lists them.
	Former []definition.TypeID
	Info   definition.TypeInfo
	// Settings are the links of a type that is declared by its description alone.
	Settings Settings
}

func (r Registered) declared() Type {
	limit := fixed(day)
	switch {
	case r.ID.Category == rule:
		limit = ruleTimeout
	case r.ID.Owner != "Custom":
		limit = fixed(time.Hour)
	}
	return Type{ID: r.ID, TypeInfo: r.Info, Timeout: limit, Settings: r.Settings}
}

// record is the stored form of a Registered.
type record struct {
	ID            definition.TypeID   `json:"id"`
	Former        []definition.TypeID `json:"former,omitempty"`
	Keys          []recordedKey       `json:"keys,omitempty"`
	OpenKeys      bool                `json:"openKeys,omitempty"`
	Inputs        ArtifactDetails     `json:"inputs"`
	Outputs       ArtifactDetails     `json:"outputs"`
	Variables     []string            `json:"variables,omitempty"`
	OpenVariables bool                `json:"openVariables,omitempty"`
	V2            bool                `json:"v2,omitempty"`
	Commands      bool                `json:"commands,omitempty"`
	Settings      Settings            `json:"settings,omitzero"`
}

type recordedKey struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Required    bool            `json:"required,omitempty"`
	Secret      bool            `json:"secret,omitempty"`
	Queryable   bool            `json:"queryable,omitempty"`
	Role        definition.Role `json:"role,omitempty"`
	Kind        definition.Kind `json:"kind,omitempty"`
	Values      []string        `json:"values,omitempty"`
}

// MarshalJSON writes what is recorded of the type.
func (r Registered) MarshalJSON() ([]byte, error) {
	out := record{
		ID: r.ID, Former: r.Former, OpenKeys: r.Info.OpenKeys, Inputs: detailsOf(r.Info.Inputs), Outputs: detailsOf(r.Info.Outputs),
		Variables: r.Info.Variables, OpenVariables: r.Info.OpenVariables, V2: r.Info.V2, Commands: r.Info.Commands,
		Settings: r.Settings,
	}
	for _, k := range r.Info.Keys {
		out.Keys = append(out.Keys, recordedKey(k))
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote; members that it does not know are ignored.
func (r *Registered) UnmarshalJSON(data []byte) error {
	var in record
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*r = Registered{ID: in.ID, Former: in.Former, Settings: in.Settings, Info: definition.TypeInfo{
		OpenKeys: in.OpenKeys, Inputs: in.Inputs.bounds(), Outputs: in.Outputs.bounds(),
		Variables: in.Variables, OpenVariables: in.OpenVariables, V2: in.V2, Commands: in.Commands,
	}}
	for _, k := range in.Keys {
		r.Info.Keys = append(r.Info.Keys, definition.Key(k))
	}
	return nil
}
