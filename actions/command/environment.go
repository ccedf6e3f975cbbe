package command

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
)

// environment is all that the program sees; of two entries with one name the last counts.
func (j *job) environment(ctx context.Context, inputs []string) ([]string, error) {
	var env []string
	pass := j.PassEnv
	if pass == nil {
		pass = DefaultPassEnv()
	}
	for _, name := range pass {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	call := j.call
	env = append(env,
		"TMPDIR="+j.space.temporary(), "TMP="+j.space.temporary(), "TEMP="+j.space.temporary(),
		"PENSTOCK_PIPELINE="+call.Pipeline, "PENSTOCK_EXECUTION="+call.Execution, "PENSTOCK_STAGE="+call.Stage,
		"PENSTOCK_ACTION="+call.Action, "PENSTOCK_ACTION_EXECUTION="+call.ActionExecution, "PENSTOCK_TRY="+strconv.Itoa(call.Try),
	)
	for i, dir := range inputs {
		env = append(env, fmt.Sprintf("PENSTOCK_INPUT_%d=%s", i+1, dir))
	}
	for _, name := range slices.Sorted(maps.Keys(call.Config.Env)) {
		env = append(env, name+"="+call.Config.Env[name])
	}
	for _, name := range slices.Sorted(maps.Keys(call.Config.Secrets)) {
		value, err := call.Config.Secrets[name].Value(ctx, call)
		if err != nil {
			return nil, err
		}
		if value != "" {
			j.secrets = append(j.secrets, value)
		}
		env = append(env, name+"="+value)
	}
	return env, nil
}
