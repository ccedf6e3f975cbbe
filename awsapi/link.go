package awsapi

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// links are those of the action types of a pipeline.
type links map[wire.ActionTypeId]penstock.ActionTypeLinks

// links asks for the links of a pipeline's types; the service's own have none.
func (c *call) links(ctx context.Context, declared *wire.PipelineDeclaration) (links, error) {
	var names []penstock.ActionType
	for _, s := range declared.Stages {
		for _, a := range s.Actions {
			if name := typeNamed(a.ActionTypeId); name.Owner != penstock.OwnerAWS && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	types, err := c.engine.DeclaredTypes(ctx, names...)
	out := links{}
	for name, t := range types {
		if t.Links != (penstock.ActionTypeLinks{}) {
			out[*typeID(name)] = t.Links
		}
	}
	return out, err
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// link fills a template in (spec B1, custom action types); it answers "" where something is not known yet.
func link(template string, configuration map[string]string, external string) string {
	if template == "" {
		return ""
	}
	whole := true
	text := placeholder.ReplaceAllStringFunc(template, func(found string) string {
		value := external
		if key, ok := strings.CutPrefix(found[1:len(found)-1], "Config:"); ok {
			value = configuration[key]
		}
		whole = whole && value != "" && !strings.Contains(value, "#{")
		return value
	})
	if !whole {
		return ""
	}
	return url(text)
}
