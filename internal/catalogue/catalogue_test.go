package catalogue

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

func ship(version string) definition.TypeID { return customID("Deploy", "Ship", version) }

func registered(id definition.TypeID, keys ...string) Registered {
	r := Registered{ID: id}
	for _, key := range keys {
		r.Info.Keys = append(r.Info.Keys, definition.Key{Name: key})
	}
	return r
}

func keysOf(t *testing.T, c Catalogue, id definition.TypeID) []string {
	t.Helper()
	info, ok := c.Lookup(id)
	require.True(t, ok, "%s", id)
	var out []string
	for _, k := range info.Keys {
		out = append(out, k.Name)
	}
	return out
}

func TestTheFirstLayerWins(t *testing.T) {
	custom := scanner()
	custom.Category, custom.Provider = "Deploy", "Ship"
	layers := Layers{Custom: []CustomType{custom}}
	require.Equal(t, []string{"Project", "Token", "Depth", "Fast"}, keysOf(t, New(layers), ship("1")))
	layers.Recorded = []Registered{registered(ship("1"), "Recorded")}
	require.Equal(t, []string{"Recorded"}, keysOf(t, New(layers), ship("1")))
	layers.Registered = []Registered{registered(ship("1"), "Here")}
	require.Equal(t, []string{"Here"}, keysOf(t, New(layers), ship("1")))

	_, ok := New(layers).Lookup(ship("2"))
	require.False(t, ok)
	_, ok = New(layers).LookupRule(ship("1"))
	require.False(t, ok)
}

func TestTheServicesOwnTypesKeepTheirContract(t *testing.T) {
	r := registered(aws("Deploy", "S3"), "Mine")
	r.Info.Check = func(key, text string) error {
		if text == "forbidden" {
			return errors.New("not here")
		}
		return nil
	}
	c := New(Layers{Registered: []Registered{r}})
	require.Equal(t, []string{"BucketName", "Extract", "ObjectKey", "KMSEncryptionKeyARN", "CannedACL", "CacheControl"}, keysOf(t, c, r.ID))
	info, _ := c.Lookup(r.ID)
	require.NotNil(t, info.Whole)
	require.Error(t, info.Check("BucketName", "forbidden"))
	require.NoError(t, info.Check("BucketName", "allowed"))

	ecs := registered(aws("Deploy", "ECS"))
	ecs.Info.Check = r.Info.Check
	info, _ = New(Layers{Registered: []Registered{ecs}}).Lookup(ecs.ID)
	require.Error(t, info.Check("DeploymentTimeout", "61"), "the service's own check stays")
	require.Error(t, info.Check("FileName", "forbidden"))
}

func TestWhatIsRegisteredKeepsItsChecks(t *testing.T) {
	r := registered(ship("1"), "A")
	r.Info.Whole = func(definition.Action) []definition.Fault { return []definition.Fault{{Message: "never"}} }
	info, _ := New(Layers{Registered: []Registered{r}}).Lookup(ship("1"))
	require.NotNil(t, info.Whole)
}

func TestARenamedTypeIsFoundByItsFormerNames(t *testing.T) {
	r := registered(ship("2"), "A")
	r.Former = []definition.TypeID{ship("1"), customID("Deploy", "Boat", "1")}
	c := New(Layers{Registered: []Registered{r}})
	for _, name := range append(r.Former, r.ID) {
		found, ok := c.Type(name)
		require.True(t, ok)
		require.Equal(t, ship("2"), found.ID, "under its present name")
	}
	listed, _, err := c.List("Custom", "", 0)
	require.NoError(t, err)
	require.Len(t, listed, 1)
	_, err = c.Create(CustomType{Category: "Deploy", Provider: "Boat", Version: "1"})
	requireCode(t, err, Validation, "already exists")
}

func TestWhatAnotherProcessRecorded(t *testing.T) {
	r := Registered{
		ID: ship("2"), Former: []definition.TypeID{ship("1")},
		Info: definition.TypeInfo{
			Keys: []definition.Key{{
				Name: "To", Description: "where", Required: true, Secret: true, Queryable: true,
				Role: definition.Input, Kind: definition.Number, Values: []string{"1", "2"},
			}},
			OpenKeys: true, Inputs: definition.Bounds{Min: 1, Max: definition.Unbounded}, Outputs: definition.Bounds{Max: 3},
			Variables: []string{"Version"}, OpenVariables: true, V2: true, Commands: true,
		},
	}
	data, err := json.Marshal(r)
	require.NoError(t, err)
	var again Registered
	require.NoError(t, json.Unmarshal(data, &again))
	require.Equal(t, r, again)

	r.Info.Whole, r.Info.Check = func(definition.Action) []definition.Fault { return nil }, func(string, string) error { return nil }
	withCode, err := json.Marshal(r)
	require.NoError(t, err)
	require.Equal(t, data, withCode, "code is not recorded")
	require.Error(t, json.Unmarshal([]byte(`{"id": 7}`), &again))
}

func TestList(t *testing.T) {
	c := New(Layers{Registered: []Registered{registered(ship("1")), registered(ship("2"))}, Custom: []CustomType{scanner()}})
	all, next, err := c.List("", "", 0)
	require.NoError(t, err)
	require.Empty(t, next)
	require.True(t, slices.IsSortedFunc(all, func(a, b Type) int { return Compare(a.ID, b.ID) }))
	for owner, want := range map[string]int{"Custom": 3, "ThirdParty": 3, "AWS": len(all) - 6} {
		some, _, err := c.List(owner, "", 0)
		require.NoError(t, err)
		require.Len(t, some, want, owner)
	}
	for most := 1; most <= len(all)+1; most++ {
		var paged []Type
		pages := 0
		for token := ""; pages < 100; pages++ {
			page, next, err := c.List("", token, most)
			require.NoError(t, err)
			paged = append(paged, page...)
			if next == "" {
				break
			}
			require.Len(t, page, most)
			token = next
		}
		require.Equal(t, ids(all), ids(paged))
		require.Equal(t, (len(all)-1)/most, pages, "no page is empty")
	}
	for _, token := range []string{"x", "a/b/c/d", "Build/AWS/CodeBuild/1/1"} {
		_, _, err = c.List("", token, 1)
		requireCode(t, err, InvalidNextToken, "next token")
	}
	_, _, err = c.List("Me", "", 1)
	requireCode(t, err, Validation, "Value 'Me' at 'actionOwnerFilter' failed to satisfy constraint: Member must satisfy enum value set: [AWS, ThirdParty, Custom]")
}

func ids(types []Type) []definition.TypeID {
	var out []definition.TypeID
	for _, t := range types {
		out = append(out, t.ID)
	}
	return out
}

func TestAPageMindsWhatCameAndWent(t *testing.T) {
	c := create(t, create(t, Catalogue{}, Jenkins("Build", "B", "1")), Jenkins("Build", "D", "1"))
	page, next, err := c.List("Custom", "", 1)
	require.NoError(t, err)
	require.Equal(t, "B", page[0].ID.Provider)
	c, err = c.Delete("Build", "B", "1")
	require.NoError(t, err)
	c = create(t, create(t, c, Jenkins("Build", "A", "1")), Jenkins("Build", "C", "1"))
	page, _, err = c.List("Custom", next, 0)
	require.NoError(t, err)
	require.Equal(t, []definition.TypeID{customID("Build", "C", "1"), customID("Build", "D", "1")}, ids(page))
}

func TestOnTheWire(t *testing.T) {
	c := create(t, New(Layers{Registered: []Registered{{ID: ship("1"), Info: definition.TypeInfo{Inputs: definition.Bounds{Max: definition.Unbounded}}}}}), scanner())
	wire := func(id definition.TypeID) string {
		found, ok := c.Type(id)
		require.True(t, ok)
		data, err := json.Marshal(found.ActionType())
		require.NoError(t, err)
		return string(data)
	}
	require.JSONEq(t, `{
		"id": {"category": "Test", "owner": "Custom", "provider": "Scanner", "version": "1"},
		"settings": {"entityUrlTemplate": "https://scan.example/{Config:Project}", "executionUrlTemplate": "https://scan.example/{Config:Project}/{ExternalExecutionId}"},
		"actionConfigurationProperties": [
			{"name": "Project", "required": true, "key": true, "secret": false, "queryable": true, "description": "what is scanned"},
			{"name": "Token", "required": true, "key": false, "secret": true, "type": "String"},
			{"name": "Depth", "required": false, "key": false, "secret": false, "type": "Number"},
			{"name": "Fast", "required": false, "key": false, "secret": false, "type": "Boolean"}
		],
		"inputArtifactDetails": {"minimumCount": 1, "maximumCount": 2},
		"outputArtifactDetails": {"minimumCount": 0, "maximumCount": 1}
	}`, wire(scanner().ID()))
	require.Contains(t, wire(ship("1")), `"inputArtifactDetails":{"minimumCount":0,"maximumCount":10}`)
	require.Contains(t, wire(aws("Deploy", "ElasticBeanstalk")), `"actionConfigurationProperties":[{"name":"ApplicationName","required":true,"key":true,"secret":false,"description":"application","type":"String"}`)

	rules := c.Rules()
	require.Len(t, rules, 6)
	data, err := json.Marshal(rules[3].RuleType())
	require.NoError(t, err)
	require.JSONEq(t, `{
		"id": {"category": "Rule", "owner": "AWS", "provider": "DeploymentWindow", "version": "1"},
		"ruleConfigurationProperties": [
			{"name": "Cron", "required": true, "key": true, "secret": false, "description": "Quartz expression: six fields and an optional year", "type": "String"},
			{"name": "TimeZone", "required": false, "key": false, "secret": false, "description": "Region/City, UTC±HH:MM or an abbreviation; default UTC", "type": "String"}
		],
		"inputArtifactDetails": {"minimumCount": 0, "maximumCount": 0}
	}`, string(data))
}
