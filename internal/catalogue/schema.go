package catalogue

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Schema is a JSON Schema (draft 2020-12) of a whole definition, the penstock block included, for editors: they complete fields, action
// types and configuration keys by it, and underline what is wrong. It takes the structure itself or get-pipeline's answer around it. The
// same catalogue gives the same bytes. What needs the whole pipeline to be judged (wiring, references, unique names) is left to
// definition.Validate.
func Schema(known Catalogue) []byte {
	s := &schema{known: known, defs: object{}}
	pipeline := s.of(reflect.TypeFor[definition.Pipeline]())
	s.gates()
	s.stageOrder()
	s.firstVersion()
	s.penstockNode()
	s.actionTypes(known.all())
	s.ruleTypes(known.allRules())
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "Penstock pipeline",
		"description": "A pipeline in CodePipeline's own structure, with Penstock's additions",
		"type":        "object",
		"if":          object{"required": list{"pipeline"}},
		"then": object{
			"properties":           object{"pipeline": pipeline, "metadata": object{"type": "object", "description": "what get-pipeline adds; ignored"}},
			"additionalProperties": false,
		},
		"else":  pipeline,
		"$defs": s.defs,
	}); err != nil {
		panic("catalogue: " + err.Error()) // texts, numbers, lists and objects always encode
	}
	return out.Bytes()
}

// object and list are JSON values; json.Marshal writes the members of an object in order.
type (
	object map[string]any
	list   []any
)

// schema is a schema in the making.
type schema struct {
	known Catalogue
	defs  object // by the name of the Go type
}

// of is the schema of a Go type. A struct gets a definition of its own.
func (s *schema) of(t reflect.Type) object {
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Struct:
		if s.defs[t.Name()] == nil {
			s.defs[t.Name()] = object{} // a type may hold itself
			s.defs[t.Name()] = s.structure(t)
		}
		return object{"$ref": "#/$defs/" + t.Name()}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Int:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	default: // text, and a Duration
		return object{"type": "string"}
	}
}

func (s *schema) structure(t reflect.Type) object {
	properties, required := object{}, list{}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		n := notes[t.Name()+"."+name]
		field := s.of(f.Type)
		field["description"] = n.about
		maps.Copy(field, n.rules)
		if n.members != nil {
			maps.Copy(field[memberKeyword(f.Type)].(object), n.members)
		}
		properties[name] = field
		if n.required {
			required = append(required, name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func memberKeyword(t reflect.Type) string {
	if t.Kind() == reflect.Map {
		return "additionalProperties"
	}
	return "items"
}

// def is a definition that structure has made.
func (s *schema) def(name string) object { return s.defs[name].(object) }

func (s *schema) property(def, name string) object {
	return s.def(def)["properties"].(object)[name].(object)
}

// also adds a schema that values of a definition have to match too.
func (s *schema) also(def string, more ...any) {
	all, _ := s.def(def)["allOf"].(list)
	s.def(def)["allOf"] = append(all, more...)
}

// with matches an object whose member matches, or that has no such member.
func with(member string, schema any) object { return object{"properties": object{member: schema}} }

// having matches an object that has the member, and it matches.
func having(member string, schema any) object {
	return object{"properties": object{member: schema}, "required": list{member}}
}

// gates says which results a condition may have at which gate (spec A2, C12).
func (s *schema) gates() {
	results := func(values ...any) object { return with("result", object{"enum": list(values)}) }
	s.property("Stage", "beforeEntry")["properties"] = object{"conditions": object{"items": results("FAIL", "SKIP")}}
	s.property("Stage", "onSuccess")["properties"] = object{"conditions": object{"items": results("FAIL", "ROLLBACK")}}
	s.property("OnFailure", "conditions")["items"].(object)["properties"] = results("ROLLBACK", "RETRY")["properties"]
	s.def("OnFailure")["oneOf"] = list{object{"required": list{"result"}}, object{"required": list{"conditions"}}}
	s.also("OnFailure", object{
		"if":   object{"required": list{"retryConfiguration"}},
		"then": having("result", object{"const": "RETRY"}),
	})
	s.also("Condition", object{
		"if":   having("result", object{"const": "SKIP"}),
		"then": with("rules", object{"items": with("ruleTypeId", with("provider", object{"enum": list{"LambdaInvoke", "VariableCheck"}}))}),
	})
}

// stageOrder says that the first stage, and no other, holds sources (spec A9), and what excludes each other.
func (s *schema) stageOrder() {
	stage := func(category any) object {
		return object{
			"$ref":       "#/$defs/Stage",
			"properties": object{"actions": object{"items": with("actionTypeId", with("category", category))}},
		}
	}
	stages := s.property("Pipeline", "stages")
	stages["prefixItems"] = list{stage(object{"const": "Source"})}
	stages["items"] = stage(object{"not": object{"const": "Source"}})
	s.def("Pipeline")["not"] = object{"required": list{"artifactStore", "artifactStores"}}
	s.def("Patterns")["anyOf"] = list{object{"required": list{"includes"}}, object{"required": list{"excludes"}}}
	s.def("PushFilter")["oneOf"] = list{
		object{"required": list{"tags"}, "not": object{"anyOf": list{object{"required": list{"branches"}}, object{"required": list{"filePaths"}}}}},
		object{"required": list{"branches"}, "not": object{"required": list{"tags"}}},
	}
}

// firstVersion says what a pipeline that calls itself V1 must not have (spec A8).
func (s *schema) firstVersion() {
	none := object{"maxItems": 0}
	action := object{"not": having("actionTypeId", object{"enum": idsWhere(s.known.all(), func(t Type) bool { return t.V2 })})}
	stage := with("actions", object{"items": action})
	for _, gate := range []string{"beforeEntry", "onSuccess", "onFailure"} {
		stage["properties"].(object)[gate] = false
	}
	s.also("Pipeline", object{
		"if": having("pipelineType", object{"const": "V1"}),
		"then": object{"properties": object{
			"executionMode": object{"const": "SUPERSEDED"}, "variables": none, "triggers": none, "stages": object{"items": stage},
		}},
	})
}

// penstockNode says that a node is one thing.
func (s *schema) penstockNode() {
	var kinds list
	for _, kind := range []string{"action", "sequence", "parallel"} {
		kinds = append(kinds, object{"required": list{kind}})
	}
	s.def("Node")["oneOf"] = kinds
	s.also("Node", object{"if": object{"required": list{"limit"}}, "then": object{"required": list{"parallel"}}})
}

func idsWhere(types []named, wanted func(Type) bool) list {
	out := list{}
	for _, t := range types {
		if wanted(t.Type) {
			out = append(out, t.name)
		}
	}
	return out
}

// sortedList is texts in order, as JSON.
func sortedList(texts []string) list {
	out := list{}
	for _, text := range slices.Sorted(slices.Values(texts)) {
		out = append(out, text)
	}
	return out
}
