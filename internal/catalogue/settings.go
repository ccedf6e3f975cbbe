package catalogue

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Settings are the links that a console shows for a type. The templates may hold {Config:key}, of a key that is required and no secret,
// and {ExternalExecutionId} (spec B1).
type Settings struct {
	ThirdPartyConfigurationURL string `json:"thirdPartyConfigurationUrl,omitempty"`
	EntityURLTemplate          string `json:"entityUrlTemplate,omitempty"`
	ExecutionURLTemplate       string `json:"executionUrlTemplate,omitempty"`
	RevisionURLTemplate        string `json:"revisionUrlTemplate,omitempty"`
}

// ArtifactDetails is how many artifacts a type takes in or puts out.
type ArtifactDetails struct {
	MinimumCount int `json:"minimumCount"`
	MaximumCount int `json:"maximumCount"`
}

func (d ArtifactDetails) bounds() definition.Bounds {
	return definition.Bounds{Min: d.MinimumCount, Max: d.MaximumCount}
}

func detailsOf(b definition.Bounds) ArtifactDetails {
	return ArtifactDetails{MinimumCount: b.Min, MaximumCount: b.Max}
}

// longestURL is how many characters a link may have.
const longestURL = 2048

func (s Settings) check(r *refusals, at string) {
	r.optional(at+".thirdPartyConfigurationUrl", s.ThirdPartyConfigurationURL, longestURL)
	r.optional(at+".entityUrlTemplate", s.EntityURLTemplate, longestURL)
	r.optional(at+".executionUrlTemplate", s.ExecutionURLTemplate, longestURL)
	r.optional(at+".revisionUrlTemplate", s.RevisionURLTemplate, longestURL)
}

var placeholders = regexp.MustCompile(`\{([^{}]*)\}`)

// checkPlaceholders judges what stands in braces in the templates.
func (s Settings) checkPlaceholders(keys []definition.Key) error {
	for _, t := range []struct{ name, text string }{
		{"entityUrlTemplate", s.EntityURLTemplate}, {"executionUrlTemplate", s.ExecutionURLTemplate}, {"revisionUrlTemplate", s.RevisionURLTemplate},
	} {
		for _, found := range placeholders.FindAllStringSubmatch(t.text, -1) {
			if err := checkPlaceholder(found[1], keys); err != nil {
				return invalid("%s: %s %v", t.name, found[0], err)
			}
		}
	}
	return nil
}

func checkPlaceholder(inside string, keys []definition.Key) error {
	if inside == "ExternalExecutionId" {
		return nil
	}
	key, ok := cutConfig(inside)
	i := slices.IndexFunc(keys, func(k definition.Key) bool { return k.Name == key })
	switch {
	case !ok:
		return fmt.Errorf("is not known; write {Config:name} or {ExternalExecutionId}")
	case i < 0:
		return fmt.Errorf("names no configuration property")
	case keys[i].Secret:
		return fmt.Errorf("names a secret configuration property")
	case !keys[i].Required:
		return fmt.Errorf("names a configuration property that is not required")
	}
	return nil
}

func cutConfig(inside string) (key string, ok bool) {
	const prefix = "Config:"
	if len(inside) <= len(prefix) || inside[:len(prefix)] != prefix {
		return "", false
	}
	return inside[len(prefix):], true
}

// queryables checks the keys that job workers may poll by: at most one, required and no secret (spec B1).
func queryables(keys []definition.Key) error {
	found := ""
	for i, k := range keys {
		if slices.ContainsFunc(keys[:i], func(o definition.Key) bool { return o.Name == k.Name }) {
			return invalid("Configuration property '%s' is declared more than once", k.Name)
		}
		switch {
		case !k.Queryable:
		case found != "":
			return invalid("Only one configuration property can be queryable: '%s' and '%s' are", found, k.Name)
		case !k.Required || k.Secret:
			return invalid("The queryable configuration property '%s' must be required and must not be secret", k.Name)
		default:
			found = k.Name
		}
	}
	return nil
}

var pollable = regexp.MustCompile(`^[A-Za-z0-9_-]{1,20}$`)

// checkQueryable judges the text of a key that job workers may poll by: up to 20 letters, digits, _ or - (spec B1).
func checkQueryable(keys []definition.Key) func(key, text string) error {
	i := slices.IndexFunc(keys, func(k definition.Key) bool { return k.Queryable })
	if i < 0 {
		return nil
	}
	return func(key, text string) error {
		if key == keys[i].Name && !pollable.MatchString(text) {
			return fmt.Errorf("%q must be 1 to 20 letters, digits, _ or -, for workers poll by it", text)
		}
		return nil
	}
}
