//go:build race

package penstock_test

// slowness is how much slower than usual this build runs.
const slowness = 20
