//go:build race

package penstocktest_test

// slowness is how much slower than usual this build runs.
const slowness = 20
