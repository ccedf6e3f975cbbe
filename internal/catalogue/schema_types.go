package catalogue

import (
	"cmp"
	"maps"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// actionTypes says of every declared type what its actions look like.
func (s *schema) actionTypes(types []named) {
	s.property("Action", "actionTypeId")["enum"] = idsWhere(types, func(Type) bool { return true })
	s.types("Action", "actionTypeId", types, func(id definition.TypeID) object { return object{"const": id} }, actionOf)
}

// ruleTypes says of every rule type what its rules look like. Of a rule type the owner and the version may be left out (spec A2).
func (s *schema) ruleTypes(types []named) {
	id := maps.Clone(s.def("TypeID"))
	id["required"] = list{"category", "provider"}
	s.defs["RuleTypeID"] = id
	match := func(id definition.TypeID) object {
		return object{
			"properties": object{
				"category": object{"const": id.Category}, "owner": object{"const": id.Owner},
				"provider": object{"const": id.Provider}, "version": object{"const": id.Version},
			},
			"required": list{"provider"},
		}
	}
	var all list
	for _, t := range types {
		all = append(all, match(t.name))
	}
	property := s.property("Rule", "ruleTypeId")
	property["$ref"], property["anyOf"] = "#/$defs/RuleTypeID", all
	s.types("Rule", "ruleTypeId", types, match, ruleOf)
}

// types adds a definition for every type, and has it followed where a type's name matches.
func (s *schema) types(def, field string, types []named, match func(definition.TypeID) object, of func(Type) object) {
	for _, t := range types {
		name := strings.ReplaceAll(t.name.String(), "/", ".")
		s.defs[name] = of(t.Type)
		s.also(def, object{"if": having(field, match(t.name)), "then": object{"$ref": "#/$defs/" + name}})
	}
}

// actionOf is what an action of a type must be beyond what every action is.
func actionOf(t Type) object {
	out := common(t)
	properties := out["properties"].(object)
	properties["outputArtifacts"] = counted(t.Outputs)
	if t.Outputs.Min > 0 {
		out["required"] = append(out["required"].(list), "outputArtifacts")
	}
	if !t.Commands {
		properties["outputVariables"] = counted(definition.Bounds{})
		properties["outputArtifacts"].(object)["items"] = with("files", false)
		properties["environmentVariables"] = object{"items": with("type", object{"const": "PLAINTEXT"})}
	}
	if !t.Commands && !t.Environment {
		properties["environmentVariables"] = counted(definition.Bounds{})
	}
	if t.ID.Owner != "AWS" {
		properties["roleArn"] = false
	}
	if !t.Timeout.Settable {
		properties["timeoutInMinutes"] = false
	}
	return out
}

func ruleOf(t Type) object { return common(t) }

// common is what actions and rules have in common.
func common(t Type) object {
	inputs := counted(t.Inputs)
	inputs["items"] = with("files", false)
	properties := object{"configuration": configurationOf(t), "inputArtifacts": inputs}
	required := list{}
	if needsConfiguration(t) {
		required = append(required, "configuration")
	}
	if t.Inputs.Min > 0 {
		required = append(required, "inputArtifacts")
	}
	if t.Commands {
		required = append(required, "commands")
		properties["commands"] = object{"minItems": 1}
	} else {
		properties["commands"] = counted(definition.Bounds{})
	}
	out := object{"properties": properties, "required": required}
	if t.About != "" {
		out["description"] = t.About
	}
	var needs list
	for _, n := range t.Needs {
		needs = append(needs, object{"if": n.When.schema(), "then": n.schema()})
	}
	if needs != nil {
		out["allOf"] = needs
	}
	return out
}

func needsConfiguration(t Type) bool {
	for _, k := range t.Keys {
		if k.Required {
			return true
		}
	}
	return len(t.Either) > 0
}

func counted(b definition.Bounds) object {
	out := object{"minItems": b.Min}
	if b.Max != definition.Unbounded {
		out["maxItems"] = b.Max
	}
	return out
}

func configurationOf(t Type) object {
	properties, required := object{}, list{}
	for _, k := range t.Keys {
		properties[k.Name] = keyOf(t, k)
		if k.Required {
			required = append(required, k.Name)
		}
	}
	out := object{"properties": properties, "required": required, "additionalProperties": t.OpenKeys}
	if len(t.Either) > 0 {
		out["oneOf"] = eitherOf(t.Either)
	}
	return out
}

// reference matches every text that holds a reference: what it will be is not known yet.
func reference() object { return object{"pattern": `#\{`} }

func orReference(schema object) list { return list{schema, reference()} }

// oneOfTexts matches what among finds.
func oneOfTexts(values ...string) object {
	patterns := map[string]string{"true": "[Tt][Rr][Uu][Ee]", "false": "[Ff][Aa][Ll][Ss][Ee]"}
	var out []string
	for _, v := range values {
		out = append(out, cmp.Or(patterns[v], v))
	}
	return object{"pattern": "^(" + strings.Join(out, "|") + ")$"}
}

func keyOf(t Type, k definition.Key) object {
	out := object{"description": describe(k)}
	for _, path := range t.Paths {
		if path == k.Name {
			out["anyOf"] = orReference(object{"pattern": `^[A-Za-z0-9_-]+::.+$`})
		}
	}
	switch {
	case k.Values != nil:
		values := list{}
		for _, v := range k.Values {
			values = append(values, v)
		}
		out["anyOf"] = orReference(object{"enum": values})
	case k.Kind == definition.Boolean:
		out["anyOf"] = list{object{"enum": list{"true", "false"}}, oneOfTexts("true", "false"), reference()}
	case k.Kind == definition.Number:
		out["anyOf"] = orReference(object{"pattern": `^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`})
	}
	return out
}

// describe is what a key is for. A key of a type registered in Go may say nothing but its role.
func describe(k definition.Key) string {
	roles := map[definition.Role]string{definition.Input: "the name of an input artifact", definition.Output: "the name of an output artifact"}
	var out []string
	if about := cmp.Or(k.Description, roles[k.Role]); about != "" {
		out = append(out, about)
	}
	if k.Secret {
		out = append(out, "secret: it is masked wherever it is read")
	}
	if k.Queryable {
		out = append(out, "job workers may poll by it")
	}
	return strings.Join(out, "; ")
}

// eitherOf matches a configuration that has one alternative whole and nothing of the others.
func eitherOf(alternatives [][]string) list {
	var out list
	for i, keys := range alternatives {
		var others list
		for j, more := range alternatives {
			for _, key := range more {
				if j != i {
					others = append(others, object{"required": list{key}})
				}
			}
		}
		out = append(out, object{"required": sortedList(keys), "not": object{"anyOf": others}})
	}
	return out
}

// schema matches an action for which the condition holds.
func (c Condition) schema() object {
	configuration := func(rules object) object { return having("configuration", rules) }
	switch {
	case c.Given != "":
		return configuration(object{"required": list{c.Given}})
	case c.Missing != "":
		return object{"not": configuration(object{"required": list{c.Missing}})}
	case c.Inputs != nil:
		return countedIn("inputArtifacts", *c.Inputs)
	case c.Outputs != nil:
		return countedIn("outputArtifacts", *c.Outputs)
	case c.NotIn != nil:
		return configuration(having(c.Key, object{"not": object{"anyOf": orReference(oneOfTexts(c.NotIn...))}}))
	default:
		return configuration(having(c.Key, oneOfTexts(c.In...)))
	}
}

func countedIn(field string, b definition.Bounds) object {
	if b.Min == 0 {
		return with(field, counted(b))
	}
	return having(field, counted(b))
}

// schema matches an action that has what is needed.
func (n Need) schema() object {
	keys := list{}
	properties := object{}
	for _, key := range n.Keys {
		keys = append(keys, key)
		if n.Is != "" {
			properties[key] = object{"anyOf": orReference(oneOfTexts(n.Is))}
		}
	}
	return having("configuration", object{"required": keys, "properties": properties})
}
