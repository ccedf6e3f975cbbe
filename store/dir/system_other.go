//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package dir

import "io/fs"

// Without file locks the constructors fail, and nothing else is ever called.

func unlinked(fs.FileInfo) bool { return false }
func noRoom(error) bool         { return false }
func cannotSync(error) bool     { return false }
