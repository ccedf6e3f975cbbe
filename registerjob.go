package penstock

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

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

// RegisterJobType adds an action type that is known by its description alone, and whose work job workers do: for definitions that come as
// JSON, and for workers that are not written in Go. The text of a property that is a secret may be secret:NAME, which job workers get as
// the secret itself. ErrInvalid: what CustomActionType.Validate refuses, or the name is taken. See Actions.Declare for a type that is served elsewhere,
// and CreateActionType for one that comes while engines run.
func RegisterJobType(to *Actions, t CustomActionType) error {
	err := t.Validate()
	if err == nil {
		is := t.registered()
		err = to.addJob(&registered{id: is.ID, info: is.Info, links: is.Settings, job: traitsOf(is.Info)}, t.Type())
	}
	if err != nil {
		return &Error{Code: ErrInvalid, Op: "register job", Path: t.Type().String(), Err: err}
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
