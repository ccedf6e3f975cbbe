package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Declaration is an action type that its provider built, as GetActionType and UpdateActionType describe it and as it is stored (spec B1,
// ActionTypeDeclaration). Its owner is AWS or ThirdParty.
type Declaration struct {
	Description           string            `json:"description,omitempty"`
	Executor              ExecutorOf        `json:"executor"`
	ID                    definition.TypeID `json:"id"`
	InputArtifactDetails  ArtifactDetails   `json:"inputArtifactDetails"`  // 0 to 10
	OutputArtifactDetails ArtifactDetails   `json:"outputArtifactDetails"` // 0 to 10
	Permissions           *Permissions      `json:"permissions,omitempty"`
	Properties            []DeclaredKey     `json:"properties,omitempty"` // up to 10
	URLs                  *URLs             `json:"urls,omitempty"`
}

// ExecutorOf says what runs the actions of a Declaration.
type ExecutorOf struct {
	Configuration            ExecutorConfiguration `json:"configuration"`
	Type                     string                `json:"type"` // JobWorker or Lambda
	PolicyStatementsTemplate string                `json:"policyStatementsTemplate,omitempty"`
	JobTimeout               int                   `json:"jobTimeout,omitempty"` // seconds a job, 60 to 43200
}

// ExecutorConfiguration has the one member that belongs to the executor's type.
type ExecutorConfiguration struct {
	Lambda    *LambdaExecutor    `json:"lambdaExecutorConfiguration,omitempty"`
	JobWorker *JobWorkerExecutor `json:"jobWorkerExecutorConfiguration,omitempty"`
}

// LambdaExecutor is a function.
type LambdaExecutor struct {
	LambdaFunctionArn string `json:"lambdaFunctionArn"`
}

// JobWorkerExecutor says who may poll.
type JobWorkerExecutor struct {
	PollingAccounts          []string `json:"pollingAccounts,omitempty"`          // up to 1000
	PollingServicePrincipals []string `json:"pollingServicePrincipals,omitempty"` // up to 10
}

// Permissions say which accounts may use a type.
type Permissions struct {
	AllowedAccounts []string `json:"allowedAccounts"` // account numbers, or *
}

// DeclaredKey is a configuration key of a Declaration.
type DeclaredKey struct {
	Name        string `json:"name"`
	Optional    bool   `json:"optional"`
	Key         bool   `json:"key"`
	NoEcho      bool   `json:"noEcho"` // a secret
	Queryable   bool   `json:"queryable,omitempty"`
	Description string `json:"description,omitempty"`
}

// URLs are the links of a Declaration.
type URLs struct {
	ConfigurationURL     string `json:"configurationUrl,omitempty"`
	EntityURLTemplate    string `json:"entityUrlTemplate,omitempty"`
	ExecutionURLTemplate string `json:"executionUrlTemplate,omitempty"`
	RevisionURLTemplate  string `json:"revisionUrlTemplate,omitempty"`
}

func (d Declaration) keys() []definition.Key {
	var keys []definition.Key
	for _, p := range d.Properties {
		keys = append(keys, definition.Key{
			Name: p.Name, Description: p.Description, Required: !p.Optional, Secret: p.NoEcho, Queryable: p.Queryable,
		})
	}
	return keys
}

func (d Declaration) settings() Settings {
	if d.URLs == nil {
		return Settings{}
	}
	return Settings{
		ThirdPartyConfigurationURL: d.URLs.ConfigurationURL, EntityURLTemplate: d.URLs.EntityURLTemplate,
		ExecutionURLTemplate: d.URLs.ExecutionURLTemplate, RevisionURLTemplate: d.URLs.RevisionURLTemplate,
	}
}

func (d Declaration) declared() Type {
	keys := d.keys()
	return Type{
		ID: d.ID, About: d.Description, Settings: d.settings(),
		Timeout: fixed(max(time.Hour, time.Duration(d.Executor.JobTimeout)*time.Second)),
		TypeInfo: definition.TypeInfo{
			Keys: keys, OpenVariables: true, Inputs: d.InputArtifactDetails.bounds(), Outputs: d.OutputArtifactDetails.bounds(),
			Check: checkQueryable(keys),
		},
	}
}

// Published lists what providers have published, in the order of publication: all that has to be stored.
func (c Catalogue) Published() []Declaration { return slices.Clone(c.layers.Published) }

// Declaration answers what a provider published under a name (GetActionType), or ActionTypeNotFound: of its own types the service
// tells no declaration.
func (c Catalogue) Declaration(id definition.TypeID) (Declaration, error) {
	i := c.published(id)
	if i < 0 {
		return Declaration{}, notAvailable(id)
	}
	return c.layers.Published[i], nil
}

func (c Catalogue) published(id definition.TypeID) int {
	return slices.IndexFunc(c.layers.Published, func(d Declaration) bool { return d.ID == id })
}

// Publish declares a type that a provider built. It fails with Validation when it is malformed or its name is taken.
func (c Catalogue) Publish(d Declaration) (Catalogue, error) {
	if err := d.Validate(); err != nil {
		return c, err
	}
	if _, ok := c.Type(d.ID); ok {
		return c, invalid("ActionType %s already exists", d.ID)
	}
	layers := c.layers
	layers.Published = append(slices.Clone(layers.Published), d)
	return New(layers), nil
}

// Update replaces what a provider has published (UpdateActionType). It fails with ActionTypeNotFound when there is nothing under that
// name, and with Validation when it is malformed or requires a key that was optional: pipelines may lack it (spec B1).
func (c Catalogue) Update(d Declaration) (Catalogue, error) {
	if err := d.Validate(); err != nil {
		return c, err
	}
	i := c.published(d.ID)
	if i < 0 {
		return c, notAvailable(d.ID)
	}
	for _, before := range c.layers.Published[i].Properties {
		if before.Optional && slices.ContainsFunc(d.Properties, func(p DeclaredKey) bool { return p.Name == before.Name && !p.Optional }) {
			return c, invalid("The property '%s' is optional in the published action type and cannot be made required", before.Name)
		}
	}
	layers := c.layers
	layers.Published = slices.Clone(layers.Published)
	layers.Published[i] = d
	return New(layers), nil
}

var (
	accounts  = regexp.MustCompile(`^[0-9]{12}$`)
	allowed   = regexp.MustCompile(`^([0-9]{12}|\*)$`)
	functions = regexp.MustCompile(`^arn:aws(-[\w]+)*:lambda:[a-z0-9-]+:[0-9]{12}:function:.+$`)
)

// Validate answers a Validation error that says all that is wrong with the declaration by itself, or nil.
func (d Declaration) Validate() error {
	var r refusals
	r.optional("actionType.description", d.Description, 1024)
	r.oneOf("actionType.id.category", d.ID.Category, "Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute")
	r.oneOf("actionType.id.owner", d.ID.Owner, "AWS", "ThirdParty")
	r.name("actionType.id.provider", d.ID.Provider, 35)
	r.name("actionType.id.version", d.ID.Version, 9)
	d.Executor.check(&r, "actionType.executor")
	r.counts("actionType.inputArtifactDetails", d.InputArtifactDetails, 10)
	r.counts("actionType.outputArtifactDetails", d.OutputArtifactDetails, 10)
	d.checkLists(&r)
	if d.URLs != nil {
		d.settings().check(&r, "actionType.urls")
	}
	if err := r.error(); err != nil {
		return err
	}
	if err := queryables(d.keys()); err != nil {
		return err
	}
	if err := orderedCounts(d.InputArtifactDetails, d.OutputArtifactDetails); err != nil {
		return err
	}
	return d.settings().checkPlaceholders(d.keys())
}

func (d Declaration) checkLists(r *refusals) {
	if d.Permissions != nil {
		for i, account := range d.Permissions.AllowedAccounts {
			r.matches(fmt.Sprintf("actionType.permissions.allowedAccounts.%d.member", i+1), account, allowed)
		}
	}
	r.atMost("actionType.properties", len(d.Properties), 10)
	for i, p := range d.Properties {
		at := fmt.Sprintf("actionType.properties.%d.member", i+1)
		r.sized(at+".name", p.Name, 1, 50)
		r.optional(at+".description", p.Description, 250)
	}
}

func (e ExecutorOf) check(r *refusals, at string) {
	r.oneOf(at+".type", e.Type, "JobWorker", "Lambda")
	r.optional(at+".policyStatementsTemplate", e.PolicyStatementsTemplate, 2048)
	if e.JobTimeout != 0 {
		r.between(at+".jobTimeout", e.JobTimeout, 60, 43200)
	}
	at += ".configuration"
	switch function, worker := e.Configuration.Lambda, e.Configuration.JobWorker; {
	case e.Type == "Lambda" && function == nil:
		r.add(at+".lambdaExecutorConfiguration", "null", "not be null")
	case e.Type == "JobWorker" && worker == nil:
		r.add(at+".jobWorkerExecutorConfiguration", "null", "not be null")
	case e.Type == "Lambda":
		r.sized(at+".lambdaExecutorConfiguration.lambdaFunctionArn", function.LambdaFunctionArn, 1, 140)
		r.matches(at+".lambdaExecutorConfiguration.lambdaFunctionArn", function.LambdaFunctionArn, functions)
	case e.Type == "JobWorker":
		at += ".jobWorkerExecutorConfiguration"
		r.atMost(at+".pollingAccounts", len(worker.PollingAccounts), 1000)
		for i, account := range worker.PollingAccounts {
			r.matches(fmt.Sprintf("%s.pollingAccounts.%d.member", at, i+1), account, accounts)
		}
		r.atMost(at+".pollingServicePrincipals", len(worker.PollingServicePrincipals), 10)
	}
}
