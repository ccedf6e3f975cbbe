package awsapi

import (
	"context"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

func listActionTypes(ctx context.Context, c *call, in *wire.ListActionTypesInput) (*wire.ListActionTypesOutput, error) {
	question := []string{c.model.Name, string(in.ActionOwnerFilter), in.RegionFilter}
	from, err := readToken(in.NextToken, question...)
	if err != nil {
		return nil, err
	}
	page, err := c.engine.ActionTypes(ctx, penstock.ActionTypeQuery{Owner: penstock.Owner(in.ActionOwnerFilter), Cursor: from.Cursor})
	if err != nil {
		return nil, err
	}
	out := &wire.ListActionTypesOutput{ActionTypes: []wire.ActionType{}}
	for _, t := range page.Types {
		if c.available(t.Type, in.RegionFilter) {
			out.ActionTypes = append(out.ActionTypes, actionType(t))
		}
	}
	if page.Next != "" {
		out.NextToken = place{Cursor: page.Next}.token(question...)
	}
	return out, nil
}

// available reports whether an action of a type may be in a region: in another than the pipeline's own only the service's may, sources aside.
func (c *call) available(t penstock.ActionType, region string) bool {
	return region == "" || region == c.options.Region || t.Owner == penstock.OwnerAWS && t.Category != penstock.CategorySource
}
