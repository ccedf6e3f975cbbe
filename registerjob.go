package penstock

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	declared "github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/replica"
)

// Polled is for the ActionConfig of a job type whose workers poll for one value of a configuration key, as Jenkins polls for one
// ProjectName: PolledBy answers that key. Its values are 1 to 50 letters, digits, - or _, and every action must have one.
type Polled interface{ PolledBy() string }

// jobTraits say how jobs of a type are handed out.
type jobTraits struct {
	query   string   // configuration key; empty: none
	secrets []string // keys whose text may be secret:NAME, which job workers get as the secret itself
}

// RegisterJob adds an action type whose work job workers do: they poll for it, wherever they are, with Engine.PollJobs. They get the text of
// its configuration, with the secret itself where a field is a Secret. It panics where Register would.
func RegisterJob[A ActionConfig](to *Actions) {
	config := reflect.TypeFor[A]()
	plan := planOf(config)
	err := error(plan.problems)
	if len(plan.problems) == 0 {
		var zero A
		names := []ActionType{zero.ActionType()}
		if renamed, ok := any(zero).(Renamed); ok {
			names = append(names, renamed.FormerTypes()...)
		}
		info, traits := plan.info(config), &jobTraits{secrets: plan.secrets(config)}
		if polled, ok := any(zero).(Polled); ok {
			traits.query = polled.PolledBy()
		}
		if err = queryable(&info, traits.query); err == nil {
			err = to.addJob(&registered{id: names[0].id(), info: info, job: traits}, names...)
		}
	}
	if err != nil {
		panic(&Error{Code: ErrInvalid, Op: "register job", Path: config.String(), Err: err})
	}
}

// secrets are the keys of the fields that are secrets.
func (p *configPlan) secrets(t reflect.Type) (keys []string) {
	for _, f := range p.fields {
		if t.FieldByIndex(f.index).Type == reflect.TypeFor[Secret]() {
			keys = append(keys, f.key)
		}
	}
	return keys
}

// queryable marks the key that workers poll by.
func queryable(info *definition.TypeInfo, key string) error {
	if key == "" {
		return nil
	}
	i := slices.IndexFunc(info.Keys, func(k definition.Key) bool { return k.Name == key && k.Role == definition.Setting })
	if i < 0 {
		return fmt.Errorf("PolledBy answers %q, which is no setting of the configuration", key)
	}
	info.Keys[i].Queryable, info.Keys[i].Required = true, true
	return nil
}

func (a *Actions) addJob(entry *registered, names ...ActionType) error {
	more := map[string]*registered{}
	entry.id = names[0].id()
	for _, t := range names {
		switch err := definition.CheckTypeID(t.id()); {
		case err != nil:
			return err
		case a.byName[t.String()] != nil || more[t.String()] != nil || a.declares(t):
			return fmt.Errorf("action type %s is registered already", t)
		case t.id().Owner == string(OwnerAWS):
			return errors.New("job workers serve types of the owners Custom and ThirdParty")
		}
		more[t.String()] = entry
	}
	if a.byName == nil {
		a.byName = map[string]*registered{}
	}
	maps.Copy(a.byName, more)
	return nil
}

// JobType is an action type that is known by its description alone, as CreateCustomActionType has it: for definitions that come as JSON,
// and for workers that are not written in Go.
type JobType struct {
	Type       ActionType // of the owner Custom or ThirdParty
	Properties []JobProperty
	Inputs     ArtifactCount // 0 to 5
	Outputs    ArtifactCount // 0 to 5
}

// JobProperty is a configuration key of a JobType.
type JobProperty struct {
	Name        string // 1 to 50 characters
	Description string // up to 160 characters; may be empty
	Required    bool
	Secret      bool // its text may be secret:NAME, which job workers get as the secret itself
	Queryable   bool // workers poll for one value of it; at most one property, which must be Required and not Secret
}

// RegisterJobType adds an action type whose work job workers do. ErrInvalid: what the service would refuse, or the name is taken.
func RegisterJobType(to *Actions, t JobType) error {
	custom := declared.CustomType{
		Category: string(t.Type.Category), Provider: t.Type.Provider, Version: t.Type.Version,
		InputArtifactDetails: t.Inputs.stored(), OutputArtifactDetails: t.Outputs.stored(),
	}
	traits := &jobTraits{}
	for _, p := range t.Properties {
		custom.ConfigurationProperties = append(custom.ConfigurationProperties, declared.Property{
			Name: p.Name, Required: p.Required, Secret: p.Secret, Queryable: p.Queryable, Description: p.Description,
		})
		if p.Secret {
			traits.secrets = append(traits.secrets, p.Name)
		}
		if p.Queryable {
			traits.query = p.Name
		}
	}
	err := custom.Validate()
	if err == nil {
		info, _ := declared.New(declared.Layers{Custom: []declared.CustomType{custom}}).Lookup(custom.ID())
		err = to.addJob(&registered{id: t.Type.id(), info: info, job: traits}, t.Type)
	}
	if err != nil {
		return &Error{Code: ErrInvalid, Op: "register job", Path: t.Type.String(), Err: err}
	}
	return nil
}

// PolledBy says whether job workers serve a type, named Category/Owner/Provider/Version, and by which configuration key they poll; the
// key is empty where they poll for all of its jobs.
func (a *Actions) PolledBy(actionType string) (key string, served bool) {
	entry := a.byName[actionType]
	if entry == nil || entry.job == nil {
		return "", false
	}
	return entry.job.query, true
}

// offerJobs adds the types of jobs to what is served here. What an executor runs is no job.
func (a *Actions) offerJobs(served map[string]replica.Served) {
	for name, entry := range a.byName {
		if _, taken := served[name]; entry.job != nil && !taken {
			served[name] = replica.Served{Job: true, Query: entry.job.query}
		}
	}
}

// queueOf is what a poll asks for. Nobody serves a type without traits.
func queueOf(t ActionType, traits *jobTraits, query map[string]string) (key, value string, err error) {
	if traits != nil {
		key = traits.query
	}
	id := t.id()
	switch given := slices.Collect(maps.Keys(query)); {
	case traits == nil:
		err := fmt.Errorf("ActionType (Category: '%s', Owner: '%s', Provider: '%s', Version: '%s') is not available", id.Category, id.Owner, id.Provider, id.Version)
		return "", "", &Error{Code: ErrActionTypeNotFound, Op: string(VerbPoll), Path: t.String(), Err: err, Hint: "register it with RegisterJob, or create it"}
	case key == "" && len(given) > 0:
		return "", "", &Error{Code: ErrInvalid, Op: string(VerbPoll), Path: t.String(), Err: errors.New("its workers poll without a query")}
	case key != "" && !slices.Equal(given, []string{key}):
		return "", "", &Error{Code: ErrInvalid, Op: string(VerbPoll), Path: t.String(), Err: fmt.Errorf("its workers poll by %s, and by nothing else", key)}
	}
	if value = query[key]; len(value) > 50 || strings.ContainsFunc(value, notInQuery) {
		return "", "", &Error{Code: ErrInvalid, Op: string(VerbPoll), Path: t.String(), Err: fmt.Errorf("%s has 1 to 50 letters, digits, - or _", key)}
	}
	return key, value, nil
}

func notInQuery(c rune) bool {
	return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
}
