//go:build !race

package definition

const slowdown = 1
