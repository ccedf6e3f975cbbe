package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/internal/process"
)

// Bounds of what git may print, in bytes.
const (
	maxOutput   = 16 << 20
	maxMessages = 4 << 10 // the last of its messages are kept
)

// inherited are the variables of this process that git sees.
func inherited() []string {
	return []string{
		"PATH", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT",
		"http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY",
	}
}

// environment is all that git sees. HOME is the cache, where no .netrc and no configuration lies; ssh takes the user's home from elsewhere.
func (r *remote) environment() []string {
	o := r.options
	protocols := "https:ssh"
	if o.AllowLocal {
		protocols += ":file"
	}
	env := []string{
		"GIT_ALLOW_PROTOCOL=" + protocols,
		"GIT_TERMINAL_PROMPT=0",
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_ATTR_NOSYSTEM=1",
		"GIT_CEILING_DIRECTORIES=" + filepath.Dir(o.Cache),
		"GIT_SSH_COMMAND=" + quoted(o.SSH),
		"GIT_SSH_VARIANT=ssh",
		"GIT_ADVICE=0",
		"HOME=" + o.Cache,
		"XDG_CONFIG_HOME=" + o.Cache,
		"LC_ALL=C",
	}
	if o.CAFile != "" {
		env = append(env, "GIT_SSL_CAINFO="+o.CAFile)
	}
	for _, name := range inherited() {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// quoted is a command line for the shell by which git starts ssh: it is the one thing that git takes in no other form.
func quoted(argv []string) string {
	words := make([]string, len(argv))
	for i, arg := range argv {
		words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return strings.Join(words, " ")
}

// hardening is what every git command is told, whatever the repository's own configuration says.
func hardening() []string {
	return []string{
		"--no-pager", "--no-replace-objects", "--literal-pathspecs",
		"-c", "core.hooksPath=" + os.DevNull,
		"-c", "core.attributesFile=" + os.DevNull,
		"-c", "core.fsmonitor=false",
		"-c", "core.symlinks=true",
		"-c", "core.protectHFS=true",
		"-c", "core.protectNTFS=true",
		"-c", "credential.helper=",
		"-c", "protocol.ext.allow=never",
		"-c", "http.followRedirects=false",
		"-c", "http.lowSpeedLimit=1000",
		"-c", "http.lowSpeedTime=60",
		"-c", "gc.auto=0",
		"-c", "maintenance.auto=false",
		"-c", "safe.bareRepository=explicit",
	}
}

// commandError is git's own failure, as against ours.
type commandError struct {
	command string
	code    int
	says    string
}

// Error repeats what git says.
func (e *commandError) Error() string {
	if e.says == "" {
		return fmt.Sprintf("git %s: exit status %d", e.command, e.code)
	}
	return fmt.Sprintf("git %s says: %s", e.command, e.says)
}

// run answers what a git command prints. extra is added to its environment.
func (r *remote) run(ctx context.Context, extra []string, args ...string) (string, error) {
	var out bytes.Buffer
	said := tail{limit: maxMessages}
	result, err := process.Run(ctx, process.Command{
		Argv:        append(append([]string{r.options.Git}, hardening()...), args...),
		Dir:         r.options.Cache,
		Env:         append(r.environment(), extra...),
		Stdout:      &out,
		Stderr:      &said,
		OutputLimit: maxOutput,
	})
	var exit *process.ExitError
	switch {
	case errors.As(err, &exit):
		return out.String(), &commandError{command: verb(args), code: exit.ExitCode, says: r.scrub(said.String())}
	case errors.Is(err, process.ErrNoProgram):
		return "", &penstock.Error{
			Code: penstock.ErrFailedPrecondition, Op: "git", Err: err, Hint: "install git where actions run, or set Options.Git",
		}
	case err == nil && result.Dropped > 0:
		return "", fmt.Errorf("git %s prints more than %d bytes", verb(args), maxOutput)
	}
	return out.String(), err
}

// verb is the command's name.
func verb(args []string) string {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return arg
		}
	}
	return ""
}

// tail keeps the end of what is written.
type tail struct {
	limit int
	kept  []byte
}

// Write drops the beginning of what is kept when there is too much.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.limit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// String is what was kept, as one paragraph of plain text.
func (t *tail) String() string {
	text := strings.ToValidUTF8(string(t.kept), "?")
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			return -1
		}
		return c
	}, text))
}

// cut shortens a text to so many bytes, at the boundary of a character.
func cut(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
