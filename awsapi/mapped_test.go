package awsapi

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func TestEveryOperationOfTheModelIsMapped(t *testing.T) {
	var mapped, modelled []string
	for _, op := range operations() {
		mapped = append(mapped, op.model.Name)
	}
	for _, op := range wire.Operations {
		modelled = append(modelled, op.Name)
	}
	require.Equal(t, modelled, mapped, "each once, by name")
	require.Len(t, mapped, 44)
}
