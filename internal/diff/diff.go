package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Change is one thing that differs. Old is empty for what came, New for what went.
type Change struct {
	Path  string // what it is about: storefront, storefront/Build, storefront/Build/Image
	Field string // the field of it; empty when the stage or action itself came or went
	Old   string
	New   string
}

// Pipelines lists what differs between two definitions, always in the same order.
func Pipelines(before, after definition.Pipeline) []Change {
	w := &walker{}
	w.object(spot{path: after.Name}, tree(before), tree(after))
	return w.found
}

// object is JSON as it is walked over.
type object = map[string]any

// tree is a definition's canonical form with the penstock block's parts where they belong.
func tree(p definition.Pipeline) object {
	out := object{}
	d := json.NewDecoder(bytes.NewReader(definition.Canonical(p)))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		panic("diff: " + err.Error()) // Canonical writes JSON
	}
	block, _ := out["penstock"].(object)
	stages, _ := block["stages"].(object)
	for _, stage := range named(out["stages"]) {
		move(stages, stage)
		settings, _ := stage["penstock"].(object)
		actions, _ := settings["actions"].(object)
		for _, action := range named(stage["actions"]) {
			move(actions, action)
		}
		prune(settings, "actions")
		prune(stage, "penstock")
	}
	prune(block, "stages")
	prune(out, "penstock")
	return out
}

// move puts the settings of a stage or an action into it. Of several with a name, which is a mistake, the first has them.
func move(settings, to object) {
	name, _ := to["name"].(string)
	if own, ok := settings[name]; ok {
		to["penstock"] = own
		delete(settings, name)
	}
}

// prune takes out what has become empty.
func prune(o object, key string) {
	if inside, ok := o[key].(object); ok && len(inside) == 0 {
		delete(o, key)
	}
}

// named are the members of a list that are objects.
func named(list any) (out []object) {
	all, _ := list.([]any)
	for _, member := range all {
		if o, ok := member.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

// spot is where the walk is.
type spot struct{ path, field string }

// member is a field of what the spot is.
func (s spot) member(name string) spot {
	if s.field != "" {
		name = s.field + "." + name
	}
	return spot{s.path, name}
}

// walker gathers what it finds.
type walker struct{ found []Change }

func (w *walker) add(s spot, before, after string) {
	w.found = append(w.found, Change{Path: s.path, Field: s.field, Old: before, New: after})
}

// object compares member by member; what is not there is as what is empty.
func (w *walker) object(s spot, before, after object) {
	keys := map[string]bool{}
	for key := range before {
		keys[key] = true
	}
	for key := range after {
		keys[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		w.value(s.member(key), before[key], after[key])
	}
}

func (w *walker) value(s spot, before, after any) {
	if reflect.DeepEqual(before, after) {
		return
	}
	a, isObject := objectOr(before)
	b, isToo := objectOr(after)
	x, isList := listOr(before)
	y, isListToo := listOr(after)
	switch {
	case s.field == "penstock.tree":
		w.add(s, group(before), group(after))
	case strings.HasSuffix(s.field, "TypeId") && isObject && isToo:
		w.add(s, typeName(a), typeName(b))
	case isObject && isToo && len(a)+len(b) > 0:
		w.object(s, a, b)
	case isList && isListToo && len(x)+len(y) > 0 && allNamed(x) && allNamed(y):
		w.members(s, x, y)
	case isList && isListToo && len(x)+len(y) > 0 && ofObjects(x) && ofObjects(y):
		w.byIndex(s, x, y)
	default:
		w.add(s, text(before), text(after))
	}
}

func objectOr(v any) (object, bool) {
	o, ok := v.(object)
	return o, ok || v == nil
}

func listOr(v any) ([]any, bool) {
	l, ok := v.([]any)
	return l, ok || v == nil
}

func ofObjects(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(object); return !ok })
}

// byIndex compares lists whose members have no names.
func (w *walker) byIndex(s spot, before, after []any) {
	at := func(list []any, i int) any {
		if i < len(list) {
			return list[i]
		}
		return nil
	}
	for i := range max(len(before), len(after)) {
		w.value(spot{s.path, fmt.Sprintf("%s[%d]", s.field, i)}, at(before, i), at(after, i))
	}
}

// nameOf is what a member of a list is known by; a trigger by the source that it is for.
func nameOf(v any) string {
	o, _ := v.(object)
	if name, ok := o["name"].(string); ok {
		return name
	}
	git, _ := o["gitConfiguration"].(object)
	name, _ := git["sourceActionName"].(string)
	return name
}

func names(list []any) []string {
	var out []string
	for _, v := range list {
		out = append(out, nameOf(v))
	}
	return out
}

// allNamed reports whether all members have names, each its own.
func allNamed(list []any) bool {
	seen := map[string]bool{"": true}
	for _, v := range list {
		name := nameOf(v)
		if seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}

// members compares lists whose members have names: what came or went, in which order they stand, and what is in them.
func (w *walker) members(s spot, before, after []any) {
	was, is := names(before), names(after)
	if ordered := s.field == "stages"; ordered && !slices.Equal(was, is) || !slices.Equal(kept(was, is), kept(is, was)) {
		w.add(s, join(was), join(is))
	}
	for i, name := range was {
		if !slices.Contains(is, name) {
			w.add(inside(s, name), summary(before[i]), "")
		}
	}
	for i, name := range is {
		if j := slices.Index(was, name); j >= 0 {
			w.value(inside(s, name), before[j], after[i])
		} else {
			w.add(inside(s, name), "", summary(after[i]))
		}
	}
}

// kept are the names that others have too.
func kept(these, others []string) []string {
	return slices.DeleteFunc(slices.Clone(these), func(name string) bool { return !slices.Contains(others, name) })
}

// inside is the spot of a member: stages and actions are paths, all else is a field.
func inside(s spot, name string) spot {
	if s.field == "stages" || s.field == "actions" {
		return spot{path: s.path + "/" + name}
	}
	return s.member(name)
}
