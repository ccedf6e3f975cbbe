package definition

import (
	"maps"
	"slices"
)

// SecretMask stands for a secret wherever a definition is read, and says in an update that the stored one is to be kept (spec A6).
const SecretMask = "****"

// Mask is p with every secret that the catalogue knows of replaced by SecretMask; p itself is left alone.
func Mask(p Pipeline, known Catalogue) Pipeline {
	return eachSecret(p, known, func(_ owner, _, _ string) string { return SecretMask })
}

// Unmask is an update with every SecretMask replaced by the secret of the stored definition, where the action, or the rule, has the same
// name and type in a stage of the same name. A mask that stands for nothing stays, for Validate to refuse.
func Unmask(update, stored Pipeline, known Catalogue) Pipeline {
	secrets := map[owner]map[string]string{}
	eachSecret(stored, known, func(o owner, key, text string) string {
		if secrets[o] == nil {
			secrets[o] = map[string]string{}
		}
		secrets[o][key] = text
		return text
	})
	return eachSecret(update, known, func(o owner, key, text string) string {
		if kept, ok := secrets[o][key]; ok && text == SecretMask {
			return kept
		}
		return text
	})
}

// owner is whose secret it is.
type owner struct {
	stage, gate, name string // gate is empty for an action
	of                TypeID
}

// eachSecret is p with every secret replaced.
func eachSecret(p Pipeline, known Catalogue, with func(o owner, key, text string) string) Pipeline {
	replace := func(o owner, info TypeInfo, config *map[string]string) {
		for _, key := range info.Keys {
			if text, ok := (*config)[key.Name]; ok && key.Secret {
				*config = maps.Clone(*config)
				(*config)[key.Name] = with(o, key.Name, text)
			}
		}
	}
	p.Stages = slices.Clone(p.Stages)
	for i := range p.Stages {
		s := &p.Stages[i]
		s.Actions = slices.Clone(s.Actions)
		for j := range s.Actions {
			a := &s.Actions[j]
			if info, ok := known.Lookup(a.ActionTypeID); ok {
				replace(owner{s.Name, "", a.Name, a.ActionTypeID}, info, &a.Configuration)
			}
		}
		eachRule(s, func(gate string, r *Rule) {
			if info, ok := known.LookupRule(r.RuleTypeID); ok {
				replace(owner{s.Name, gate, r.Name, r.RuleTypeID}, info, &r.Configuration)
			}
		})
	}
	return p
}

// eachRule visits copies of a stage's rules, which become the stage's.
func eachRule(s *Stage, visit func(gate string, r *Rule)) {
	copied := func(gate string, conditions []Condition) []Condition {
		conditions = slices.Clone(conditions)
		for i := range conditions {
			conditions[i].Rules = slices.Clone(conditions[i].Rules)
			for j := range conditions[i].Rules {
				visit(gate, &conditions[i].Rules[j])
			}
		}
		return conditions
	}
	if s.BeforeEntry != nil {
		s.BeforeEntry = &Conditions{copied("beforeEntry", s.BeforeEntry.Conditions)}
	}
	if s.OnSuccess != nil {
		s.OnSuccess = &Conditions{copied("onSuccess", s.OnSuccess.Conditions)}
	}
	if s.OnFailure != nil {
		failure := *s.OnFailure
		failure.Conditions = copied("onFailure", failure.Conditions)
		s.OnFailure = &failure
	}
}
