package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func untagResource(ctx context.Context, c *call, in *wire.UntagResourceInput) (*none, error) {
	r, err := c.resource(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return c.retag(ctx, in.ResourceArn, r.untag(c.command, in.TagKeys))
}
