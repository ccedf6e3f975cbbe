package awsapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func untagResource(ctx context.Context, c *call, in *wire.UntagResourceInput) (*none, error) {
	r, err := c.resource(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, &exception{http.StatusBadRequest, "InvalidTagsException", "The tag key '" + key + "' begins with aws:, which is reserved"}
		}
	}
	return c.retag(ctx, in.ResourceArn, r.untag(c.command, in.TagKeys))
}
