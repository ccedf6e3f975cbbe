package machine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVariableCheck(t *testing.T) {
	const holds, not, errs = "holds", "ConditionNotMet", "ConfigurationError"
	for name, c := range map[string]struct{ variable, operator, value, want string }{
		"equal":                   {"main", "EQ", "main", holds},
		"equal, but for the case": {"Main", "EQ", "main", not},
		"not equal":               {"feature", "NE", "main", holds},
		"not not equal":           {"main", "NE", "main", not},
		"contains":                {"release/1.2", "CONTAINS", "1.2", holds},
		"contains not":            {"release/1.2", "CONTAINS", "1.3", not},
		"matches":                 {"v1.22", "MATCHES", `v\d+\.\d+`, holds},
		"matches as a whole":      {"v1.22-rc", "MATCHES", `v\d+\.\d+`, not},
		"alternatives as a whole": {"mainline", "MATCHES", "main|release", not},
		"one line, no more":       {"main\nx", "MATCHES", "main", not},
		"no expression":           {"main", "MATCHES", "(", errs},
		"unbalanced":              {"main", "MATCHES", "a)(b", errs},
		"look-around":             {"main", "MATCHES", "(?!x).*", errs},
		"no operator":             {"main", "eq", "main", errs},
		"nothing":                 {"", "EQ", "", holds},
	} {
		t.Run(name, func(t *testing.T) {
			e := compare(map[string]string{"Variable": c.variable, "Operator": c.operator, "Value": c.value})
			if c.want == holds {
				require.Equal(t, Succeeded, e.Status)
				require.Nil(t, e.Failure)
				return
			}
			require.Equal(t, Failed, e.Status)
			require.Equal(t, c.want, e.Failure.Code)
		})
	}
}
