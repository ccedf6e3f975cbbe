package command

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
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
	env = append(env, "TMPDIR="+j.space.temporary(), "TMP="+j.space.temporary(), "TEMP="+j.space.temporary())
	env = append(env, j.names...)
	for i, dir := range inputs {
		env = append(env, fmt.Sprintf("PENSTOCK_INPUT_%d=%s", i+1, dir))
	}
	if len(j.lines) > 0 {
		env = append(env, j.sourceDirectories(inputs)...)
	}
	for _, name := range slices.Sorted(maps.Keys(j.config.Env)) {
		env = append(env, name+"="+j.config.Env[name])
	}
	for _, name := range slices.Sorted(maps.Keys(j.config.Secrets)) {
		value, err := j.config.Secrets[name].Value(ctx, j)
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
