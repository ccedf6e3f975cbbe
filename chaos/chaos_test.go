package main

import (
	"log"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMain lets this test be the processes that are killed, too.
func TestMain(m *testing.M) {
	if life, ok := os.LookupEnv(lifeVariable); ok {
		if err := live(life); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

func TestNothingIsLostWhenItIsKilled(t *testing.T) {
	tally, err := play(t.Context(), 1, 6, false)
	require.NoError(t, err)
	t.Log(tally)
	require.False(t, tally.broken(), tally)
	require.Greater(t, tally.Kills, 2)
	require.Greater(t, tally.Commands, 10, "lives in which nothing is ordered prove nothing")
	require.NotZero(t, tally.Accepted)
}
