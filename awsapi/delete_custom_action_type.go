package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func deleteCustomActionType(ctx context.Context, c *call, in *wire.DeleteCustomActionTypeInput) (*none, error) {
	_, err := c.do(ctx, penstock.DeleteActionType{ID: c.command, Category: penstock.Category(in.Category), Provider: in.Provider, Version: in.Version})
	return &none{}, err
}
