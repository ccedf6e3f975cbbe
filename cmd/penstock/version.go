package main

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

func versionCommand() command {
	return command{
		name: "version", about: "Prints the version of penstock, of Go, and the platform.",
		prepare: func(*flag.FlagSet) func(*session, []string) { return version },
	}
}

func version(s *session, args []string) {
	if len(args) > 0 {
		s.usage("version", "it takes no arguments")
		return
	}
	built := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		built = info.Main.Version
	}
	s.write(fmt.Appendf(nil, "penstock %s %s %s/%s\n", built, runtime.Version(), runtime.GOOS, runtime.GOARCH))
}
