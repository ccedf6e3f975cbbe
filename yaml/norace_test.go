//go:build !race

package yaml_test

import "time"

const mostTime = 50 * time.Millisecond
