package machine

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTextsAreMeasuredInCharacters: the service's bounds count characters, so who writes others than ASCII has as much room.
func TestTextsAreMeasuredInCharacters(t *testing.T) {
	defined := describe(t, []string{"pipeline p QUEUED", "variable env=a", "stage Source FetchTree", "stage Build Image"})
	for name, test := range map[string]struct {
		limit int
		with  func(text string) Input
	}{
		"the reason of a transition": {300, func(text string) Input { return &SetTransition{Stage: "Build", Reason: text} }},
		"the reason of a stop":       {200, func(text string) Input { return &Stop{Reason: text} }},
		"the reason of a hold":       {300, func(text string) Input { return &RollBack{Stage: "Build", Hold: text} }},
		"the summary of an approval": {512, func(text string) Input { return &Approve{Stage: "Build", Action: "Image", Summary: text} }},
		"a pipeline variable":        {1000, func(text string) Input { return &Start{Variables: map[string]string{"env": text}} }},
		"a revision":                 {1500, func(text string) Input { return &Start{Revisions: map[string]string{"FetchTree": text}} }},
		"a revision of a type":       {1500, func(text string) Input { return &Start{Overrides: []SourceOverride{{"FetchTree", CommitID, text}}} }},
		"the detail of a trigger":    {1024, func(text string) Input { return &Start{Trigger: Trigger{Type: "Webhook", Detail: text}} }},
		"an announced revision": {1500, func(text string) Input {
			return &PutRevision{Stage: "Source", Action: "FetchTree", Revision: text, Change: "c"}
		}},
		"what tells changes apart": {100, func(text string) Input {
			return &PutRevision{Stage: "Source", Action: "FetchTree", Revision: "r", Change: text}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			// Other refusals are fine: there is no such execution.
			tooLong := func(n int) bool {
				s := New("p")
				_, err := s.Decide(&Define{Definition: defined}, Env{Now: epoch})
				require.NoError(t, err)
				_, err = s.Decide(test.with(strings.Repeat("ü", n)), Env{Now: epoch})
				refusal, ok := errors.AsType[*Error](err)
				return ok && refusal.Code == CodeInvalid
			}
			require.False(t, tooLong(test.limit))
			require.True(t, tooLong(test.limit+1))
		})
	}
}
