package definition

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// CloudFormation is what a resource of type AWS::CodePipeline::Pipeline says.
type CloudFormation struct {
	Pipeline        Pipeline
	Tags            map[string]string
	Disabled        map[string]string // the transitions into these stages are to be disabled, for these reasons
	RestartOnUpdate bool              // an update starts an execution
}

// Resolver answers the value of an intrinsic function: "Ref", "Fn::Sub" … with what it is given in the template. What is nested in that
// is resolved already, except in Fn::If, which is to answer one of its branches as it is.
type Resolver func(name string, args any) (any, error)

// ParseCloudFormation reads the pipeline resource of a template in JSON, as strictly as Parse. The resource is named by its logical ID; an
// empty one is the only pipeline of the template. A pipeline without a name has the logical ID's. A nil resolve knows no function but
// Ref AWS::NoValue.
func ParseCloudFormation(template []byte, resource string, resolve Resolver) (CloudFormation, error) {
	if err := checkSyntax(template); err != nil {
		return CloudFormation{}, err
	}
	c := &templateCheck{fieldCheck: fieldCheck{way: []string{"template"}}, resolve: resolve}
	id, properties := c.resource(c.tree(template), resource)
	if len(c.found) > 0 {
		return CloudFormation{}, c.found
	}
	c.way = []string{"Resources", "." + clip(id), ".Properties"}
	out := c.pipeline(id, properties)
	if len(c.found) > 0 {
		return CloudFormation{}, c.found
	}
	return out, nil
}

type templateCheck struct {
	fieldCheck
	resolve Resolver
}

const pipelineResource = "AWS::CodePipeline::Pipeline"

// resource finds the pipeline in a template.
func (c *templateCheck) resource(template any, id string) (string, map[string]any) {
	c.way = []string{"Resources"}
	root, _ := template.(map[string]any)
	resources, _ := root["Resources"].(map[string]any)
	var ids []string
	for _, name := range sortedKeys(resources) {
		if r, ok := resources[name].(map[string]any); ok && r["Type"] == pipelineResource {
			ids = append(ids, name)
		}
	}
	switch {
	case id != "" && !slices.Contains(ids, id):
		c.report(DidYouMean(id, ids), "there is no resource %q of type %s", clip(id), pipelineResource)
		return "", nil
	case id == "" && len(ids) != 1:
		c.report("name the resource", "there are %d resources of type %s: %s", len(ids), pipelineResource, clip(strings.Join(ids, ", ")))
		return "", nil
	case id == "":
		id = ids[0]
	}
	properties, ok := resources[id].(map[string]any)["Properties"].(map[string]any)
	if !ok {
		c.report("", "resource %q has no Properties", clip(id))
	}
	return id, properties
}

// noValue is what Ref AWS::NoValue leaves: nothing.
type noValue struct{}

// resolved is a value without intrinsic functions.
func (c *templateCheck) resolved(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if name, args, ok := intrinsic(value); ok {
			return c.call(name, args)
		}
		out := map[string]any{}
		for _, name := range sortedKeys(value) {
			c.within("."+clip(name), func() {
				if inside := c.resolved(value[name]); inside != (noValue{}) {
					out[name] = inside
				}
			})
		}
		return out
	case []any:
		out := []any{}
		for i, member := range value {
			c.within("["+strconv.Itoa(i)+"]", func() {
				if inside := c.resolved(member); inside != any(noValue{}) {
					out = append(out, inside)
				}
			})
		}
		return out
	default:
		return value
	}
}

func intrinsic(value map[string]any) (name string, args any, ok bool) {
	for name, args = range value {
		ok = len(value) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::"))
	}
	return name, args, ok
}

// call asks the caller's function. A branch of Fn::If is resolved when it has been taken: the other one may make no sense.
func (c *templateCheck) call(name string, args any) any {
	if name == "Ref" && args == "AWS::NoValue" {
		return noValue{}
	}
	if len(c.way) > maxNesting {
		c.report("", "functions are nested too deeply")
		return noValue{}
	}
	if name != "Fn::If" {
		c.within("."+name, func() { args = c.resolved(args) })
	}
	if c.resolve == nil {
		c.report("give a function that resolves it", "%s is not resolved", name)
		return noValue{}
	}
	answer, err := c.resolve(name, args)
	if err != nil {
		c.report("", "%s: %v", name, err)
		return noValue{}
	}
	data, err := json.Marshal(answer)
	if err == nil {
		err = Readable(data)
	}
	if err != nil {
		c.report("", "%s is resolved to what cannot be read: %v", name, err)
		return noValue{}
	}
	value := c.tree(data)
	if name == "Fn::If" {
		c.within("."+name, func() { value = c.resolved(value) })
	}
	return value
}

// The lists that a resource has where the structure has a map, or nothing.
type (
	templateStore struct {
		Region        string        `json:"region"`
		ArtifactStore ArtifactStore `json:"artifactStore"`
	}
	templateTransition struct {
		StageName string `json:"stageName"`
		Reason    string `json:"reason"`
	}
	templateTag struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
)

func (c *templateCheck) pipeline(id string, properties map[string]any) CloudFormation {
	properties, _ = c.resolved(properties).(map[string]any)
	out := CloudFormation{Tags: map[string]string{}, Disabled: map[string]string{}}
	stores := map[string]ArtifactStore{}
	each(c, properties, "ArtifactStores", func(s templateStore) bool { return put(stores, s.Region, s.ArtifactStore) })
	each(c, properties, "Tags", func(t templateTag) bool { return put(out.Tags, t.Key, t.Value) })
	each(c, properties, "DisableInboundStageTransitions", func(t templateTransition) bool { return put(out.Disabled, t.StageName, t.Reason) })
	if restart, ok := properties["RestartExecutionOnUpdate"]; ok {
		delete(properties, "RestartExecutionOnUpdate")
		out.RestartOnUpdate = fmt.Sprint(restart) == "true"
	}
	convert(c, properties, &out.Pipeline)
	if out.Pipeline.Name == "" {
		out.Pipeline.Name = id
	}
	if len(stores) > 0 {
		out.Pipeline.ArtifactStores = stores
	}
	for stage := range out.Disabled {
		if len(c.found) == 0 && out.Pipeline.stage(stage).Name == "" {
			c.within(".DisableInboundStageTransitions", func() { c.report("", "there is no stage %q", clip(stage)) })
		}
	}
	out.Pipeline = Normalize(out.Pipeline)
	return out
}

// put says whether the key is new.
func put[V any](m map[string]V, key string, value V) bool {
	_, taken := m[key]
	m[key] = value
	return !taken
}

// each takes a list out of the properties.
func each[T any](c *templateCheck, properties map[string]any, name string, take func(T) bool) {
	value, ok := properties[name]
	if !ok {
		return
	}
	delete(properties, name)
	c.within("."+name, func() {
		var all []T
		convert(c, value, &all)
		for i, member := range all {
			c.within("["+strconv.Itoa(i)+"]", func() {
				if !take(member) {
					c.report("keep one of them", "is given twice")
				}
			})
		}
	})
}

// convert reads a value in the manner of templates: fields begin with a capital letter, and text may be a number or a boolean, or the
// other way round.
func convert[T any](c *templateCheck, value any, to *T) {
	data, err := json.Marshal(c.converted(reflect.TypeFor[T](), value))
	if err == nil && len(c.found) == 0 {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		c.report("", "%v", err)
	}
}

func (c *templateCheck) converted(t reflect.Type, value any) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch value := value.(type) {
	case map[string]any:
		switch t.Kind() {
		case reflect.Struct:
			return c.members(t, value)
		case reflect.Map:
			out := map[string]any{}
			for _, name := range sortedKeys(value) {
				c.within("."+clip(name), func() { out[name] = c.converted(t.Elem(), value[name]) })
			}
			return out
		}
		c.report("", "%s is wanted here, not an object", kindName(t))
	case []any:
		if t.Kind() == reflect.Slice {
			out := []any{}
			for i, member := range value {
				c.within("["+strconv.Itoa(i)+"]", func() { out = append(out, c.converted(t.Elem(), member)) })
			}
			return out
		}
		c.report("", "%s is wanted here, not a list", kindName(t))
	case nil:
		c.report("remove it", "%s is wanted here, not null", kindName(t))
	default:
		return c.scalarOf(t, value)
	}
	return nil
}

func (c *templateCheck) members(t reflect.Type, value map[string]any) any {
	out := map[string]any{}
	for _, name := range sortedKeys(value) {
		c.within("."+clip(name), func() {
			field := ""
			if name != "" && name[0] >= 'A' && name[0] <= 'Z' {
				field = strings.ToLower(name[:1]) + name[1:]
			}
			f, ok := fieldNamed(t, field)
			if !ok || t == reflect.TypeFor[Pipeline]() && (field == "penstock" || field == "version") {
				c.report(DidYouMean(name, templateNames(t)), "unknown property")
				return
			}
			out[field] = c.converted(f, value[name])
		})
	}
	return out
}

func templateNames(t reflect.Type) []string {
	var out []string
	for _, name := range fieldNames(t) {
		out = append(out, strings.ToUpper(name[:1])+name[1:])
	}
	return out
}

func (c *templateCheck) scalarOf(t reflect.Type, value any) any {
	text := fmt.Sprint(value)
	switch t.Kind() {
	case reflect.String:
		return text
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			c.report("", "%q is not a whole number in range", clip(text))
		}
		return n
	default:
		c.report("", "%s is wanted here, not %q", kindName(t), clip(text))
		return nil
	}
}
