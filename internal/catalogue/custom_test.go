package catalogue

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/definition"
)

func scanner() CustomType {
	return CustomType{
		Category: "Test", Provider: "Scanner", Version: "1",
		Settings: &Settings{
			EntityURLTemplate: "https://scan.example/{Config:Project}", ExecutionURLTemplate: "https://scan.example/{Config:Project}/{ExternalExecutionId}",
		},
		ConfigurationProperties: []Property{
			{Name: "Project", Required: true, Key: true, Queryable: true, Description: "what is scanned"},
			{Name: "Token", Required: true, Secret: true, Type: "String"},
			{Name: "Depth", Type: "Number"},
			{Name: "Fast", Type: "Boolean"},
		},
		InputArtifactDetails: ArtifactDetails{1, 2}, OutputArtifactDetails: ArtifactDetails{0, 1},
	}
}

func create(t *testing.T, c Catalogue, custom CustomType) Catalogue {
	t.Helper()
	c, err := c.Create(custom)
	require.NoError(t, err)
	return c
}

func requireCode(t *testing.T, err error, code Code, text string) {
	t.Helper()
	refused, ok := errors.AsType[*Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, code, refused.Code)
	require.Contains(t, refused.Message, text)
}

func TestACustomTypeIsDeclared(t *testing.T) {
	before := Catalogue{}
	c := create(t, before, scanner())
	info, ok := c.Lookup(scanner().ID())
	require.True(t, ok)
	require.Equal(t, []definition.Key{
		{Name: "Project", Description: "what is scanned", Required: true, Queryable: true},
		{Name: "Token", Required: true, Secret: true},
		{Name: "Depth", Kind: definition.Number},
		{Name: "Fast", Kind: definition.Boolean},
	}, info.Keys)
	require.Equal(t, definition.Bounds{Min: 1, Max: 2}, info.Inputs)
	require.Equal(t, definition.Bounds{Min: 0, Max: 1}, info.Outputs)
	require.True(t, info.OpenVariables)
	require.NoError(t, info.Check("Project", "a-b_9"))
	require.NoError(t, info.Check("Token", "as long as it likes, and with any character"))
	require.Error(t, info.Check("Project", "a b"), "workers poll by it")
	require.Error(t, info.Check("Project", strings.Repeat("x", 21)))
	custom, _ := c.Type(scanner().ID())
	require.Equal(t, fixed(24*time.Hour), custom.Timeout)
	_, ok = before.Lookup(scanner().ID())
	require.False(t, ok, "the catalogue that it began with is as it was")
}

func TestWhatIsStoredMakesTheSameCatalogue(t *testing.T) {
	c := create(t, create(t, Catalogue{}, scanner()), Jenkins("Build", "MyJenkins", "1"))
	c, err := c.Delete("Build", "MyJenkins", "1")
	require.NoError(t, err)
	data, err := json.Marshal(c.Custom())
	require.NoError(t, err)
	var stored []CustomType
	require.NoError(t, json.Unmarshal(data, &stored))
	again := New(Layers{Custom: stored})
	require.Equal(t, c.Custom(), again.Custom())
	_, ok := again.Lookup(scanner().ID())
	require.True(t, ok)
	_, ok = again.Lookup(customID("Build", "MyJenkins", "1"))
	require.False(t, ok)
	require.Contains(t, string(data), `"entityUrlTemplate":"https://scan.example/{Config:Project}"`, "the words of the wire")
}

func TestADeletedTypeKeepsItsName(t *testing.T) {
	before := create(t, Catalogue{}, scanner())
	c, err := before.Delete("Test", "Scanner", "1")
	require.NoError(t, err)
	_, ok := c.Lookup(scanner().ID())
	require.False(t, ok)
	require.False(t, before.Custom()[0].Deleted, "the catalogue that it began with is as it was")

	other := scanner()
	other.ConfigurationProperties = other.ConfigurationProperties[:3]
	_, err = c.Create(other)
	requireCode(t, err, Validation, "use a version that has never been used, or the identical definition to restore it")

	identical := scanner()
	identical.ConfigurationProperties[0].Type = "String" // as it is when left out
	restored := create(t, c, identical)
	_, ok = restored.Lookup(scanner().ID())
	require.True(t, ok)
	require.Len(t, restored.Custom(), 1)

	other.Version = "2"
	create(t, c, other)

	again, err := c.Delete("Test", "Scanner", "1")
	require.NoError(t, err)
	require.Equal(t, c.Custom(), again.Custom())
	_, err = c.Delete("Test", "Nobody", "1")
	require.NoError(t, err, "the service has no error for what is not there")
	_, err = c.Delete("Test", "No body", "1")
	requireCode(t, err, Validation, "Value 'No body' at 'provider' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9A-Za-z_-]+")
}

func TestCreateRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(c *CustomType)
		want   string
	}{
		{"a category that is none", func(c *CustomType) { c.Category = "Approval" }, "1 validation error detected: Value 'Approval' at 'category' failed to satisfy constraint: Member must satisfy enum value set: [Source, Build, Deploy, Test, Invoke]"},
		{"no provider", func(c *CustomType) { c.Provider = "" }, "Value '' at 'provider' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"a long provider", func(c *CustomType) { c.Provider = strings.Repeat("x", 36) }, "at 'provider' failed to satisfy constraint: Member must have length less than or equal to 35"},
		{"a provider with a space", func(c *CustomType) { c.Provider = "a b" }, "at 'provider' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9A-Za-z_-]+"},
		{"a long version", func(c *CustomType) { c.Version = "1234567890" }, "at 'version' failed to satisfy constraint: Member must have length less than or equal to 9"},
		{"a version with a dot", func(c *CustomType) { c.Version = "1.0" }, "at 'version'"},
		{"a long link", func(c *CustomType) { c.Settings.RevisionURLTemplate = strings.Repeat("x", 2049) }, "at 'settings.revisionUrlTemplate' failed to satisfy constraint: Member must have length less than or equal to 2048"},
		{"a long configuration link", func(c *CustomType) { c.Settings.ThirdPartyConfigurationURL = strings.Repeat("x", 2049) }, "at 'settings.thirdPartyConfigurationUrl'"},
		{"eleven properties", func(c *CustomType) { c.ConfigurationProperties = make([]Property, 11) }, "at 'configurationProperties' failed to satisfy constraint: Member must have length less than or equal to 10"},
		{"a property without a name", func(c *CustomType) { c.ConfigurationProperties[1].Name = "" }, "at 'configurationProperties.2.member.name' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"a property with a long name", func(c *CustomType) { c.ConfigurationProperties[1].Name = strings.Repeat("x", 51) }, "Member must have length less than or equal to 50"},
		{"a long description", func(c *CustomType) { c.ConfigurationProperties[0].Description = strings.Repeat("x", 161) }, "at 'configurationProperties.1.member.description' failed to satisfy constraint: Member must have length less than or equal to 160"},
		{"a property of another type", func(c *CustomType) { c.ConfigurationProperties[2].Type = "Float" }, "Value 'Float' at 'configurationProperties.3.member.type' failed to satisfy constraint: Member must satisfy enum value set: [String, Number, Boolean]"},
		{"a negative count", func(c *CustomType) { c.InputArtifactDetails.MinimumCount = -1 }, "Value '-1' at 'inputArtifactDetails.minimumCount' failed to satisfy constraint: Member must have value greater than or equal to 0"},
		{"six artifacts", func(c *CustomType) { c.OutputArtifactDetails.MaximumCount = 6 }, "Value '6' at 'outputArtifactDetails.maximumCount' failed to satisfy constraint: Member must have value less than or equal to 5"},
		{"a range upside down", func(c *CustomType) { c.InputArtifactDetails = ArtifactDetails{3, 2} }, "inputArtifactDetails: minimumCount 3 is more than maximumCount 2"},
		{"a property twice", func(c *CustomType) { c.ConfigurationProperties[3].Name = "Depth" }, "Configuration property 'Depth' is declared more than once"},
		{"two queryable properties", func(c *CustomType) {
			c.ConfigurationProperties[2].Queryable, c.ConfigurationProperties[2].Required = true, true
		}, "Only one configuration property can be queryable: 'Project' and 'Depth' are"},
		{"a queryable property that is optional", func(c *CustomType) { c.ConfigurationProperties[0].Required = false }, "The queryable configuration property 'Project' must be required and must not be secret"},
		{"a queryable secret", func(c *CustomType) { c.ConfigurationProperties[0].Secret = true }, "must be required and must not be secret"},
		{"a placeholder for nothing", func(c *CustomType) { c.Settings.EntityURLTemplate = "{Config:Nothing}" }, "entityUrlTemplate: {Config:Nothing} names no configuration property"},
		{"a placeholder for a secret", func(c *CustomType) { c.Settings.ExecutionURLTemplate = "x{Config:Token}" }, "executionUrlTemplate: {Config:Token} names a secret configuration property"},
		{"a placeholder for what may be missing", func(c *CustomType) { c.Settings.RevisionURLTemplate = "{Config:Depth}" }, "revisionUrlTemplate: {Config:Depth} names a configuration property that is not required"},
		{"an unknown placeholder", func(c *CustomType) { c.Settings.EntityURLTemplate = "{Project}" }, "entityUrlTemplate: {Project} is not known"},
		{"two things", func(c *CustomType) { c.Category, c.Version = "Nap", "" }, "2 validation errors detected: Value 'Nap' at 'category'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			custom := scanner()
			test.change(&custom)
			c, err := Catalogue{}.Create(custom)
			requireCode(t, err, Validation, test.want)
			require.Empty(t, c.Custom())
		})
	}
}

func TestCreateRefusesWhatIsThere(t *testing.T) {
	c := create(t, Catalogue{}, scanner())
	_, err := c.Create(scanner())
	requireCode(t, err, Validation, "ActionType (Category: 'Test', Owner: 'Custom', Provider: 'Scanner', Version: '1') already exists")

	registered := New(Layers{Registered: []Registered{{ID: scanner().ID()}}})
	_, err = registered.Create(scanner())
	requireCode(t, err, Validation, "already exists")
}

func TestCustomTypesAreCounted(t *testing.T) {
	c := New(Layers{MostCustom: 2})
	c = create(t, create(t, c, Jenkins("Build", "A", "1")), Jenkins("Build", "B", "1"))
	_, err := c.Create(Jenkins("Build", "C", "1"))
	requireCode(t, err, LimitExceeded, "There are 2 custom action types; up to 2 are allowed")
	c, err = c.Delete("Build", "A", "1")
	require.NoError(t, err)
	c = create(t, c, Jenkins("Build", "C", "1"))
	_, err = c.Create(Jenkins("Build", "A", "1"))
	requireCode(t, err, LimitExceeded, "up to 2")

	many := Catalogue{}
	for i := range 50 {
		many = create(t, many, Jenkins("Build", strings.Repeat("x", i%25+1), string(rune('a'+i/25))))
	}
	_, err = many.Create(scanner())
	requireCode(t, err, LimitExceeded, "up to 50")
}

func TestJenkins(t *testing.T) {
	c := create(t, Catalogue{}, Jenkins("Test", "MyJenkins", "7"))
	e := example{id: customID("Test", "MyJenkins", "7"), in: 5, out: 5, config: map[string]string{"ProjectName": "site"}}
	require.Empty(t, e.validateWith(c))
	e.in = 6
	require.Contains(t, e.validateWith(c), "more than the maximum count (5)")
	e.in, e.config = 0, map[string]string{}
	require.Contains(t, e.validateWith(c), "missing required configuration 'ProjectName'")
}
