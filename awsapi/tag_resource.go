package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func tagResource(ctx context.Context, c *call, in *wire.TagResourceInput) (*none, error) {
	r, err := c.resource(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	return c.retag(ctx, in.ResourceArn, r.tag(c.command, tags))
}
