//go:build race

package definition

// slowdown is what the race detector costs.
const slowdown = 20
