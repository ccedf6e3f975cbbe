package penstock

import (
	"github.com/penstock-dev/penstock/internal/definition"
)

// Judging says how far definitions are judged as AWS CodePipeline would judge them in an account of its own (spec A9). The zero value leaves
// unjudged what depends on the account, and asks for nothing that an engine of one's own does not need.
type Judging struct {
	// Region is where pipelines are, such as eu-west-1: which actions may be elsewhere, which artifact stores are needed, and where the topics
	// of approvals have to be, is judged by it. Default: unjudged.
	Region string
	// Strict wants what the service wants: a service role, an artifact store, configuration values of up to 1000 characters, commands of
	// one line, triggers of connections only.
	Strict bool
	// CanAssume answers whether a role can be taken on: by the service, where by is empty, or by the pipeline's service role. It must be quick and
	// safe for concurrent use. Default: every role can.
	CanAssume func(by, role string) bool
}

func (j Judging) options(known definition.Catalogue, limits Limits) definition.Options {
	return definition.Options{Catalogue: known, Limits: limits.definition(), Region: j.Region, Strict: j.Strict, CanAssume: j.CanAssume}
}

// ValidateAs is Validate with more or less of what the service knows.
func (p Pipeline) ValidateAs(known *Actions, j Judging) error {
	if known == nil {
		return p.validate(j.options(nil, Limits{}))
	}
	return p.validate(j.options(zoned{known.declared()}, Limits{}))
}
