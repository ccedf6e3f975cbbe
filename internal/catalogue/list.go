package catalogue

import (
	"cmp"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Compare orders types by category, owner, provider and version.
func Compare(a, b definition.TypeID) int {
	return cmp.Or(
		strings.Compare(a.Category, b.Category), strings.Compare(a.Owner, b.Owner),
		strings.Compare(a.Provider, b.Provider), strings.Compare(a.Version, b.Version),
	)
}

// List answers the declared action types of an owner, "" of all, in order and each under its present name (ListActionTypes). token is
// what an earlier call answered as next, "" at the beginning; most is the size of a page, 0 for all. next is "" on the last page. Types
// that come and go between two pages disturb nothing else. An unknown owner is a Validation error, a token that List did not make an
// InvalidNextToken error.
func (c Catalogue) List(owner, token string, most int) (page []Type, next string, err error) {
	var r refusals
	r.oneOf("actionOwnerFilter", owner, "AWS", "ThirdParty", "Custom")
	if err := r.error(); owner != "" && err != nil {
		return nil, "", err
	}
	after, err := parseToken(token)
	if err != nil {
		return nil, "", err
	}
	for _, t := range c.all() {
		switch {
		case t.name != t.ID, owner != "" && t.ID.Owner != owner, token != "" && Compare(t.ID, after) <= 0:
		case most > 0 && len(page) == most:
			return page, page[most-1].ID.String(), nil
		default:
			page = append(page, t.Type)
		}
	}
	return page, "", nil
}

func parseToken(token string) (definition.TypeID, error) {
	if token == "" {
		return definition.TypeID{}, nil
	}
	parts := strings.Split(token, "/")
	if len(parts) != 4 {
		return definition.TypeID{}, &Error{Code: InvalidNextToken, Message: "The next token is not one that a list has answered."}
	}
	id := definition.TypeID{Category: parts[0], Owner: parts[1], Provider: parts[2], Version: parts[3]}
	if definition.CheckTypeID(id) != nil {
		return definition.TypeID{}, &Error{Code: InvalidNextToken, Message: "The next token is not one that a list has answered."}
	}
	return id, nil
}

// Rules answers the rule types, in order and each under its present name (ListRuleTypes; it has no pages).
func (c Catalogue) Rules() []Type {
	var out []Type
	for _, t := range c.allRules() {
		if t.name == t.ID {
			out = append(out, t.Type)
		}
	}
	return out
}
