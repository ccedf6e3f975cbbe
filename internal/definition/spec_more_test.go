package definition

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestA2ResultsOfGates(t *testing.T) {
	entry := func(result string) func(p *Pipeline) {
		return func(p *Pipeline) { p.Stages[1].BeforeEntry = &Conditions{ruled(result, "VariableCheck")} }
	}
	success := func(result string) func(p *Pipeline) {
		return func(p *Pipeline) { p.Stages[1].OnSuccess = &Conditions{ruled(result, "VariableCheck")} }
	}
	failure := func(result string) func(p *Pipeline) {
		return func(p *Pipeline) { p.Stages[1].OnFailure = &OnFailure{Result: result} }
	}
	for _, test := range []row{
		{"beforeEntry ROLLBACK", entry("ROLLBACK"), InvalidStage, "storefront/Build (beforeEntry.conditions[0].result): The result ROLLBACK cannot be used in beforeEntry; write FAIL or SKIP"},
		{"beforeEntry RETRY", entry("RETRY"), InvalidStage, "The result RETRY cannot be used in beforeEntry"},
		{"onSuccess SKIP", success("SKIP"), InvalidStage, "storefront/Build (onSuccess.conditions[0].result): The result SKIP cannot be used in onSuccess; write FAIL or ROLLBACK"},
		{"onSuccess RETRY", success("RETRY"), InvalidStage, "The result RETRY cannot be used in onSuccess"},
		{"onFailure FAIL", failure("FAIL"), InvalidStage, "storefront/Build (onFailure.result): The result FAIL cannot be used in onFailure; write ROLLBACK or RETRY"},
		{"onFailure SKIP", failure("SKIP"), InvalidStage, "The result SKIP cannot be used in onFailure"},
	} {
		test.check(t, Options{Catalogue: known})
	}
	for name, change := range map[string]func(p *Pipeline){
		"beforeEntry FAIL": entry("FAIL"), "beforeEntry SKIP": entry("SKIP"), "onSuccess FAIL": success("FAIL"), "onSuccess ROLLBACK": success("ROLLBACK"),
		"onFailure ROLLBACK": failure("ROLLBACK"), "onFailure RETRY": failure("RETRY"),
	} {
		require.Empty(t, judged(change), name)
	}
}

// Strictly, a command is one line.
func TestA3CommandsOfMoreThanOneLine(t *testing.T) {
	action := func(p *Pipeline) { command(p).Commands = []string{"make", "cd x\nmake"} }
	row{"of an action", action, InvalidAction, "storefront/Build/Image (commands[1]): Action Image has a command of more than one line; make each line a command, or put them into a script"}.check(t, Options{Catalogue: known, Strict: true})
	rule := gated(func(r *Rule) { r.RuleTypeID.Provider, r.Commands = "Commands", []string{"a\r"} })
	row{"of a rule", rule, InvalidStage, "storefront/Build (onSuccess.conditions[0].rules[0].commands[0]): Rule Check has a command of more than one line"}.check(t, Options{Catalogue: known, Strict: true})
	require.Empty(t, judged(action))
}
