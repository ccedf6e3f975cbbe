package catalogue

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

// What the schema says of definitions is tested with a real validator in the module schema.

func TestEveryFieldIsExplained(t *testing.T) {
	left := map[string]bool{}
	for field := range notes {
		left[field] = true
	}
	var visit func(t reflect.Type)
	seen := map[reflect.Type]bool{}
	visit = func(in reflect.Type) {
		switch in.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			visit(in.Elem())
		case reflect.Struct:
			if seen[in] {
				return
			}
			seen[in] = true
			for f := range in.Fields() {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				field := in.Name() + "." + name
				require.NotEmpty(t, notes[field].about, "say in notes what %s is", field)
				delete(left, field)
				visit(f.Type)
			}
		}
	}
	visit(reflect.TypeFor[definition.Pipeline]())
	require.Empty(t, left, "there are no such fields")
}

func TestSchemaIsDeterministic(t *testing.T) {
	r := registered(ship("2"), "A", "B", "C")
	r.Former = []definition.TypeID{ship("1")}
	c := New(Layers{Registered: []Registered{r}, Custom: []CustomType{scanner()}})
	first := string(Schema(c))
	for range 5 {
		require.Equal(t, first, string(Schema(c)))
	}
	var parsed struct {
		Schema string                     `json:"$schema"`
		Defs   map[string]json.RawMessage `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal([]byte(first), &parsed))
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", parsed.Schema)
	for _, name := range []string{"Deploy.Custom.Ship.2", "Deploy.Custom.Ship.1", "Test.Custom.Scanner.1", "Deploy.AWS.S3.1", "Rule.AWS.Commands.1"} {
		require.Contains(t, parsed.Defs, name)
	}
	require.NotContains(t, string(Schema(Catalogue{})), "Scanner", "one schema leaves nothing for the next")
}
