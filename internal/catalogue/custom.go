package catalogue

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/penstock-dev/penstock/internal/definition"
)

// CustomType is an action type that was created at run time, as CreateCustomActionType describes it and as it is stored (spec B1). Its
// owner is Custom.
type CustomType struct {
	Category                string          `json:"category"` // Source, Build, Deploy, Test or Invoke
	Provider                string          `json:"provider"`
	Version                 string          `json:"version"`
	Settings                *Settings       `json:"settings,omitempty"`
	ConfigurationProperties []Property      `json:"configurationProperties,omitempty"` // up to 10
	InputArtifactDetails    ArtifactDetails `json:"inputArtifactDetails"`              // 0 to 5
	OutputArtifactDetails   ArtifactDetails `json:"outputArtifactDetails"`             // 0 to 5
	// Deleted says that it is no longer declared. It is kept, so that its name never stands for something else.
	Deleted bool `json:"deleted,omitempty"`
}

// Property is a configuration key of a CustomType.
type Property struct {
	Name        string `json:"name"`
	Required    bool   `json:"required"`
	Key         bool   `json:"key"` // kept for the service's clients; nothing follows from it
	Secret      bool   `json:"secret"`
	Queryable   bool   `json:"queryable,omitempty"`
	Description string `json:"description,omitempty"`
	Type        string `json:"type,omitempty"` // String, the default, Number or Boolean
}

// Jenkins is the type that the Jenkins plugin works for: a custom type in the category Build or Test, whose provider and version are
// what its author has set there (spec D2).
func Jenkins(category, provider, version string) CustomType {
	return CustomType{
		Category: category, Provider: provider, Version: version,
		ConfigurationProperties: []Property{{
			Name: "ProjectName", Required: true, Key: true, Queryable: true, Type: "String", Description: "The name of the build project",
		}},
		InputArtifactDetails: ArtifactDetails{MaximumCount: 5}, OutputArtifactDetails: ArtifactDetails{MaximumCount: 5},
	}
}

// ID is the name of the type.
func (t CustomType) ID() definition.TypeID { return customID(t.Category, t.Provider, t.Version) }

func customID(category, provider, version string) definition.TypeID {
	return definition.TypeID{Category: category, Owner: "Custom", Provider: provider, Version: version}
}

// kinds are the types of a Property.
var kinds = map[string]definition.Kind{"": definition.Text, "String": definition.Text, "Number": definition.Number, "Boolean": definition.Boolean}

func (t CustomType) keys() []definition.Key {
	var keys []definition.Key
	for _, p := range t.ConfigurationProperties {
		keys = append(keys, definition.Key{
			Name: p.Name, Description: p.Description, Required: p.Required, Secret: p.Secret, Queryable: p.Queryable, Kind: kinds[p.Type],
		})
	}
	return keys
}

// declared is the type as the catalogue lists it. Its job workers may report any output variables.
func (t CustomType) declared() Type {
	keys := t.keys()
	out := Type{
		ID: t.ID(), Timeout: fixed(day), Properties: t.ConfigurationProperties,
		TypeInfo: definition.TypeInfo{
			Keys: keys, OpenVariables: true, Inputs: t.InputArtifactDetails.bounds(), Outputs: t.OutputArtifactDetails.bounds(),
			Check: checkQueryable(keys),
		},
	}
	if t.Settings != nil {
		out.Settings = *t.Settings
	}
	return out
}

// Validate answers a Validation error that says all that is wrong with the type by itself, or nil.
func (t CustomType) Validate() error {
	var r refusals
	r.oneOf("category", t.Category, "Source", "Build", "Deploy", "Test", "Invoke")
	r.name("provider", t.Provider, 35)
	r.name("version", t.Version, 9)
	if t.Settings != nil {
		t.Settings.check(&r, "settings")
	}
	r.atMost("configurationProperties", len(t.ConfigurationProperties), 10)
	for i, p := range t.ConfigurationProperties {
		at := fmt.Sprintf("configurationProperties.%d.member", i+1)
		r.sized(at+".name", p.Name, 1, 50)
		r.optional(at+".description", p.Description, 160)
		if _, ok := kinds[p.Type]; !ok {
			r.oneOf(at+".type", p.Type, "String", "Number", "Boolean")
		}
	}
	r.counts("inputArtifactDetails", t.InputArtifactDetails, 5)
	r.counts("outputArtifactDetails", t.OutputArtifactDetails, 5)
	if err := r.error(); err != nil {
		return err
	}
	return t.validateWhole()
}

// validateWhole judges what no single member says.
func (t CustomType) validateWhole() error {
	if err := queryables(t.keys()); err != nil {
		return err
	}
	if err := orderedCounts(t.InputArtifactDetails, t.OutputArtifactDetails); err != nil || t.Settings == nil {
		return err
	}
	return t.Settings.checkPlaceholders(t.keys())
}

func orderedCounts(in, out ArtifactDetails) error {
	for _, d := range []struct {
		name string
		ArtifactDetails
	}{{"inputArtifactDetails", in}, {"outputArtifactDetails", out}} {
		if d.MinimumCount > d.MaximumCount {
			return invalid("%s: minimumCount %d is more than maximumCount %d", d.name, d.MinimumCount, d.MaximumCount)
		}
	}
	return nil
}

// Custom lists what CreateCustomActionType has made, deleted types included, in the order of creation: all that has to be stored.
func (c Catalogue) Custom() []CustomType { return slices.Clone(c.layers.Custom) }

// Create declares a custom type (CreateCustomActionType). It fails with Validation when the type is malformed, is declared already, or
// has the name of a deleted one without being identical to it; with LimitExceeded when there are too many. To create a deleted type
// again, identically, restores it (spec B1).
func (c Catalogue) Create(t CustomType) (Catalogue, error) {
	t.Deleted = false
	if err := t.Validate(); err != nil {
		return c, err
	}
	if _, ok := c.Type(t.ID()); ok {
		return c, invalid("ActionType (Category: '%s', Owner: 'Custom', Provider: '%s', Version: '%s') already exists", t.Category, t.Provider, t.Version)
	}
	living := 0
	for _, other := range c.layers.Custom {
		if !other.Deleted {
			living++
		}
	}
	if most := c.mostCustom(); living >= most {
		return c, &Error{Code: LimitExceeded, Message: fmt.Sprintf("There are %d custom action types; up to %d are allowed", living, most)}
	}
	return c.put(t)
}

// put adds a type, or restores it.
func (c Catalogue) put(t CustomType) (Catalogue, error) {
	custom := slices.Clone(c.layers.Custom)
	i := slices.IndexFunc(custom, func(o CustomType) bool { return o.ID() == t.ID() })
	if i < 0 {
		return c.withCustom(append(custom, t)), nil
	}
	old := custom[i]
	old.Deleted = false
	if !same(old, t) {
		return c, invalid("Version '%s' of the deleted custom action type '%s' (category '%s') cannot be used for another definition; "+
			"use a version that has never been used, or the identical definition to restore it", t.Version, t.Provider, t.Category)
	}
	custom[i] = t
	return c.withCustom(custom), nil
}

// same compares two types; what is left out is the same as its default.
func same(a, b CustomType) bool {
	for _, t := range []*CustomType{&a, &b} {
		if t.Settings == nil {
			t.Settings = &Settings{}
		}
		t.ConfigurationProperties = append([]Property{}, t.ConfigurationProperties...)
		for i := range t.ConfigurationProperties {
			if t.ConfigurationProperties[i].Type == "" {
				t.ConfigurationProperties[i].Type = "String"
			}
		}
	}
	return reflect.DeepEqual(a, b)
}

// Delete takes a custom type out of the catalogue (DeleteCustomActionType). Its name is kept. One that is not there is no error, as the
// service knows none for it. Malformed names fail with Validation.
func (c Catalogue) Delete(category, provider, version string) (Catalogue, error) {
	var r refusals
	r.oneOf("category", category, "Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute")
	r.name("provider", provider, 35)
	r.name("version", version, 9)
	if err := r.error(); err != nil {
		return c, err
	}
	custom := slices.Clone(c.layers.Custom)
	for i := range custom {
		if custom[i].ID() == customID(category, provider, version) {
			custom[i].Deleted = true
		}
	}
	return c.withCustom(custom), nil
}

func (c Catalogue) withCustom(custom []CustomType) Catalogue {
	layers := c.layers
	layers.Custom = custom
	return New(layers)
}

func (c Catalogue) mostCustom() int {
	if c.layers.MostCustom == 0 {
		return 50
	}
	return c.layers.MostCustom
}
