package awsapi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func TestLiveExecutionsAmongThoseThatEnded(t *testing.T) {
	live := func(ids ...string) (out []penstock.Execution) {
		for _, id := range ids {
			out = append(out, penstock.Execution{ID: id, Status: penstock.StatusInProgress})
		}
		return out
	}
	ended := func(ids ...string) (out []penstock.Execution) {
		for _, id := range ids {
			out = append(out, penstock.Execution{ID: id, Status: penstock.StatusSucceeded})
		}
		return out
	}
	for _, test := range []struct {
		name         string
		live, page   []penstock.Execution
		next, last   string
		batch, later []string
	}{
		{"all in one page", live("7", "3"), ended("5", "1"), "", "", []string{"7", "5", "3", "1"}, nil},
		{"the older ones wait for the pages behind", live("7", "3"), ended("8", "5"), "more", "", []string{"8", "7", "5"}, []string{"3"}},
		{"the engine lists them on its first page too", live("7", "3"), append(live("7", "3"), ended("8", "5")...), "more", "", []string{"8", "7", "5"}, []string{"3"}},
		{"one that has ended meanwhile comes once", live("5", "3"), ended("5", "4"), "more", "", []string{"5", "4"}, []string{"3"}},
		{"one that has started meanwhile comes", live("3"), append(live("9", "3"), ended("5")...), "", "", []string{"9", "5", "3"}, nil},
		{"what has been told is left out", live("7", "3"), ended("8", "5"), "", "7", []string{"5", "3"}, nil},
		{"a page of live ones alone", live("2", "1"), nil, "more", "", []string{"2", "1"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			batch, later := merge(test.live, penstock.ExecutionPage{Executions: test.page, Next: test.next}, test.last)
			require.Equal(t, test.batch, ids(batch))
			require.Equal(t, test.later, ids(later))
		})
	}
}

func ids(all []penstock.Execution) (out []string) {
	for _, x := range all {
		out = append(out, x.ID)
	}
	return out
}
