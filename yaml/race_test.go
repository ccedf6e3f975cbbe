//go:build race

package yaml_test

import "time"

// mostTime is what a refusal may take, with what the race detector costs.
const mostTime = time.Second
