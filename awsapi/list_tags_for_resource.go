package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// listTagsForResource answers all tags at once, as the service does whatever maxResults says.
func listTagsForResource(ctx context.Context, c *call, in *wire.ListTagsForResourceInput) (*wire.ListTagsForResourceOutput, error) {
	r, err := c.resource(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if in.NextToken != "" {
		return nil, invalidToken
	}
	tags, err := r.tags(ctx, c)
	return &wire.ListTagsForResourceOutput{Tags: tagList(tags)}, err
}
