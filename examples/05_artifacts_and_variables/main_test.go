package main

import (
	"log"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

func Example() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// publishing shop-1.4-beta: 2 pages [index.html prices.html], whole: true, with a banner: false
	//   bundle is application/octet-stream
	//   report is application/json
	//   site is application/x-tar
	// publishing shop-1.4-stable: 2 pages [index.html prices.html], whole: true, with a banner: false
	//   variables: map[Channel:stable] revision: Lower the prices
}

func TestAllThatIsMissingIsFoundBeforeAnythingRuns(t *testing.T) {
	require.NoError(t, Release().Validate(actions()))
	var problems penstock.Problems
	require.ErrorAs(t, Hasty().Validate(actions()), &problems)
	require.Len(t, problems, 3)
}
