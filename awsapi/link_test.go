package awsapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinks(t *testing.T) {
	configuration := map[string]string{"Project": "web", "Later": "#{Build.Name}"}
	for _, test := range []struct{ name, template, external, want string }{
		{"no template", "", "7", ""},
		{"no placeholder", "https://ci.example", "", "https://ci.example"},
		{"a property", "https://ci.example/{Config:Project}/", "", "https://ci.example/web/"},
		{"all", "https://ci.example/{Config:Project}/{ExternalExecutionId}/", "7", "https://ci.example/web/7/"},
		{"an execution that nobody named yet", "https://ci.example/{Config:Project}/{ExternalExecutionId}/", "", ""},
		{"a property that is not there", "https://ci.example/{Config:Nope}/{Config:Project}/", "", ""},
		{"a reference that nobody resolved yet", "https://ci.example/{Config:Later}/{Config:Project}/", "", ""},
		{"too long", "https://ci.example/{ExternalExecutionId}/", strings.Repeat("7", 2048), ""},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, link(test.template, configuration, test.external)) })
	}
}
