package definition

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUpdatePolicy(t *testing.T) {
	for name, test := range map[string]struct {
		update, want string // want: as it is stored
		valid        bool
	}{
		"none":              {"", "", true},
		"the default":       {UpdateCancels, "", true},
		"finish":            {UpdateFinishes, `{"update":"FINISH"}`, true},
		"what no one knows": {"finish", `{"update":"finish"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := base()
			p.Penstock = &Block{Update: test.update}
			p = Normalize(p)
			if test.want == "" {
				require.Nil(t, p.Penstock)
			} else {
				stored, err := json.Marshal(p.Penstock)
				require.NoError(t, err)
				require.JSONEq(t, test.want, string(stored))
			}
			err := Validate(p, nil, Limits{})
			require.Equal(t, test.valid, err == nil, "%v", err)
			if !test.valid {
				require.ErrorContains(t, err, `must be CANCEL or FINISH, not "finish"`)
			}
		})
	}
}

func TestCarryKeepsTheUpdatePolicy(t *testing.T) {
	stored := base()
	stored.Penstock = &Block{Update: UpdateFinishes}
	got, dropped := Carry(Normalize(base()), Normalize(stored))
	require.Empty(t, dropped)
	require.Equal(t, &Block{Update: UpdateFinishes}, got.Penstock)
}
