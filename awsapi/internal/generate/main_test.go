package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsGeneratedIsUpToDate(t *testing.T) {
	files, err := generate(filepath.Join("..", "..", "model"))
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", "wire", name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s is out of date: go generate ./awsapi/...", name)
	}
}

func TestCamel(t *testing.T) {
	for value, want := range map[string]string{
		"FAILED_ACTIONS": "FailedActions", "AWS": "Aws", "CodeStarSourceConnection": "CodeStarSourceConnection", "V2": "V2", "InProgress": "InProgress",
	} {
		require.Equal(t, want, camel(value))
	}
}

func TestADanglingReferenceIsFound(t *testing.T) {
	m := &model{Shapes: map[string]*shape{"A": {Type: "structure", Members: members{{"b", "B"}}}}}
	require.EqualError(t, m.check(), "shape A refers to B, which is not there")
}
