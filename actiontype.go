package penstock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/definition"
)

// CustomActionType is an action type that no Go code of this program declares: what it takes is said here, and job workers do its work
// (spec B1, CreateCustomActionType). Its owner is Custom.
type CustomActionType struct {
	Category   Category // Source, Build, Test, Deploy or Invoke
	Provider   string   // 1 to 35 letters, digits, - or _
	Version    string   // 1 to 9 letters, digits, - or _
	Properties []ActionTypeProperty
	Inputs     ArtifactCount // 0 to 5
	Outputs    ArtifactCount // 0 to 5
	Links      ActionTypeLinks
}

// ActionTypeProperty is a configuration key of an action type; a type that is created has up to 10.
type ActionTypeProperty struct {
	Name        string // 1 to 50 characters
	Description string // up to 160
	Required    bool
	Key         bool   // kept for the service's clients; nothing follows from it
	Secret      bool   // masked wherever a definition or an action is read
	Queryable   bool   // job workers may poll by it; at most one, which must be required and no secret
	Type        string // String, Number or Boolean; default String
}

// ArtifactCount is how many artifacts an action takes in or puts out.
type ArtifactCount struct{ Min, Max int }

// ActionTypeLinks are what a console shows for a type: up to 2048 characters each. All but Configuration may hold {Config:name}, of a
// property that is required and no secret, and {ExternalExecutionId}.
type ActionTypeLinks struct {
	Configuration string // where actions of the type are set up
	Entity        string // what an action works on
	Execution     string // one execution of an action
	Revision      string // a revision that an action found
}

// Type is the name of the type.
func (t CustomActionType) Type() ActionType {
	return ActionType{Category: t.Category, Owner: OwnerCustom, Provider: t.Provider, Version: t.Version}
}

// Validate answers nil, or an *Error with code ErrInvalid that says all that is wrong with the type by itself, in the service's words.
func (t CustomActionType) Validate() error {
	if err := t.stored().Validate(); err != nil {
		return declareError("validate", t.Type().String(), err)
	}
	return nil
}

// ParseCustomActionType reads the service's form of a type, which create-custom-action-type takes with --cli-input-json. Tags are
// passed over. It fails with ErrInvalid where the text is something else; it does not validate.
func ParseCustomActionType(data []byte) (CustomActionType, error) {
	var in struct {
		declared.CustomType
		Tags json.RawMessage `json:"tags"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := definition.Readable(data) // what is too large or too deep is not read
	if err == nil {
		err = d.Decode(&in)
	}
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more behind the type")
		}
	}
	if err != nil {
		return CustomActionType{}, &Error{Code: ErrInvalid, Op: "parse", Err: fmt.Errorf("custom action type: %w", err)}
	}
	return customActionType(in.CustomType), nil
}

// Declare makes a type known that this process does not run. Pipelines may have it: its actions wait until another process serves it; for one
// that job workers serve here see RegisterJobType. It fails
// as CustomActionType.Validate does, and with ErrAlreadyExists where the type is known already.
func (a *Actions) Declare(t CustomActionType) error {
	if err := t.Validate(); err != nil {
		return err
	}
	id := t.Type().id()
	known := declared.New(declared.Layers{Registered: a.types()})
	if _, ok := known.Type(id); ok {
		return &Error{Code: ErrAlreadyExists, Op: "declare", Path: id.String(), Err: errors.New("the type is known already")}
	}
	a.others = append(a.others, t.registered())
	return nil
}

// registered is the type as one that this process registers.
func (t CustomActionType) registered() declared.Registered {
	found, _ := declared.New(declared.Layers{Custom: []declared.CustomType{t.stored()}}).Type(t.Type().id())
	return declared.Registered{ID: found.ID, Info: found.Info(), Settings: found.Settings}
}

// stored is the type in the service's form.
func (t CustomActionType) stored() declared.CustomType {
	out := declared.CustomType{
		Category: string(t.Category), Provider: t.Provider, Version: t.Version,
		InputArtifactDetails: t.Inputs.stored(), OutputArtifactDetails: t.Outputs.stored(),
	}
	if links := t.Links.stored(); links != (declared.Settings{}) {
		out.Settings = &links
	}
	for _, p := range t.Properties {
		out.ConfigurationProperties = append(out.ConfigurationProperties, p.stored())
	}
	return out
}

func customActionType(t declared.CustomType) CustomActionType {
	out := CustomActionType{
		Category: Category(t.Category), Provider: t.Provider, Version: t.Version,
		Inputs: artifactCount(t.InputArtifactDetails), Outputs: artifactCount(t.OutputArtifactDetails),
	}
	if t.Settings != nil {
		out.Links = actionTypeLinks(*t.Settings)
	}
	for _, p := range t.ConfigurationProperties {
		out.Properties = append(out.Properties, actionTypeProperty(p))
	}
	return out
}

func (p ActionTypeProperty) stored() declared.Property {
	return declared.Property{
		Name: p.Name, Description: p.Description, Required: p.Required, Key: p.Key, Secret: p.Secret, Queryable: p.Queryable, Type: p.Type,
	}
}

func actionTypeProperty(p declared.Property) ActionTypeProperty {
	return ActionTypeProperty{
		Name: p.Name, Description: p.Description, Required: p.Required, Key: p.Key, Secret: p.Secret, Queryable: p.Queryable, Type: p.Type,
	}
}

func (c ArtifactCount) stored() declared.ArtifactDetails {
	return declared.ArtifactDetails{MinimumCount: c.Min, MaximumCount: c.Max}
}

func artifactCount(d declared.ArtifactDetails) ArtifactCount {
	return ArtifactCount{Min: d.MinimumCount, Max: d.MaximumCount}
}

func (l ActionTypeLinks) stored() declared.Settings {
	return declared.Settings{
		ThirdPartyConfigurationURL: l.Configuration, EntityURLTemplate: l.Entity, ExecutionURLTemplate: l.Execution, RevisionURLTemplate: l.Revision,
	}
}

func actionTypeLinks(s declared.Settings) ActionTypeLinks {
	return ActionTypeLinks{
		Configuration: s.ThirdPartyConfigurationURL, Entity: s.EntityURLTemplate, Execution: s.ExecutionURLTemplate, Revision: s.RevisionURLTemplate,
	}
}

// DeclaredType is an action type, or a rule type, that pipelines may use.
type DeclaredType struct {
	Type       ActionType
	About      string // what it does, in one sentence; may be empty
	Properties []ActionTypeProperty
	Inputs     ArtifactCount // Max is math.MaxInt where any number is taken
	Outputs    ArtifactCount
	Links      ActionTypeLinks
	Variables  []string      // output variables that each of its actions has; there may be others
	Timeout    time.Duration // of an action that says none
	Served     bool          // this engine runs it, or hands it to job workers; manual approvals, VariableCheck and DeploymentWindow need neither
}

func declaredType(t declared.Type) DeclaredType {
	wire := t.ActionType()
	out := DeclaredType{
		Type: actionTypeOf(t.ID), About: t.About, Links: actionTypeLinks(t.Settings), Variables: t.Variables, Timeout: t.Timeout.Default,
		Inputs: ArtifactCount(t.Inputs), Outputs: ArtifactCount(t.Outputs),
	}
	for _, p := range wire.ActionConfigurationProperties {
		out.Properties = append(out.Properties, actionTypeProperty(p))
	}
	return out
}

func actionTypeOf(id definition.TypeID) ActionType {
	return ActionType{Category: Category(id.Category), Owner: Owner(id.Owner), Provider: id.Provider, Version: id.Version}
}
