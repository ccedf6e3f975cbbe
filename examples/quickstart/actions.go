package main

import (
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/command"
	"github.com/penstock-dev/penstock/actions/deploy"
	"github.com/penstock-dev/penstock/actions/git"
)

// actions joins every action type of the release with what runs it, and says what that may use of this machine.
func actions(d *data) *penstock.Actions {
	var a penstock.Actions
	git.Register(&a, &git.Options{Cache: d.path("git"), AllowLocal: true})
	command.Register(&a, command.Options{Root: d.path("work"), PassEnv: append(command.DefaultPassEnv(), goEnvironment()...), Grace: 3 * time.Second})
	deploy.Register(&a, &deploy.Options{Within: d.dir})
	return &a
}

// goEnvironment names what the go command goes by, besides what every program does.
func goEnvironment() []string {
	return []string{
		"GOCACHE", "GOENV", "GOFLAGS", "GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOPATH", "GOPRIVATE", "GOPROXY", "GOROOT", "GOSUMDB",
		"GOTOOLCHAIN", "CGO_ENABLED", "CC", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
		"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	}
}
