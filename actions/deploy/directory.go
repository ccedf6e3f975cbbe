package deploy

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
)

// Directory is a deploy action: it unpacks a tree into a directory of releases, switches to it, checks it, and goes back to the release
// that was in use before when the check fails. A rollback is a deployment like any other. Its output variables are ReleaseDirectory, the path of
// the release, and Previous, the path of what was in use before; empty: nothing was.
type Directory struct {
	// To is the directory with the releases and the link "current". It is made where it is missing. See Options.Within.
	To string
	// Release names the release: 1 to 128 letters, digits or any of . _ + -, beginning with a letter or digit, such as a commit id. Some digits of
	// the tree's digest follow in the name of its directory, so that the name stands for one content. Default: the digest alone.
	Release string `penstock:"Release,optional"`
	// Keep is how many releases are kept, the one in use among them; older ones are removed after a success. Default: 5.
	Keep int `penstock:"Keep,optional"`
	// Check is a program and its arguments, run in the directory of the release once it is in use. It fails by an exit status other than 0.
	// Default: there is no check.
	Check []string `penstock:"Check,optional"`
	// CheckTimeout is how long the check may take. Default: 1 minute.
	CheckTimeout time.Duration `penstock:"CheckTimeout,optional"`
	// Environment is what the check sees, besides PATH, HOME (the directory of the release), PENSTOCK_RELEASE (its name) and
	// PENSTOCK_PREVIOUS (the path of what was in use before). Nothing else of this process's environment is passed on.
	Environment map[string]string `penstock:"Environment,optional"`
	// Tree is what is deployed.
	Tree penstock.Input[penstock.Tree]
}

// Defaults of Directory.
const (
	DefaultKeep         = 5
	DefaultCheckTimeout = time.Minute
)

// ActionType is Deploy/Custom/Directory/1.
func (Directory) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategoryDeploy, Provider: "Directory", Version: "1"}
}

// Options are what a machine allows. The zero value is useful.
type Options struct {
	// Within is a directory that every Directory.To has to be in, links included; a relative To is below it. Default: To is any absolute path,
	// so that whoever may define pipelines can write wherever this process can.
	Within string
}

// Register adds Directory to the actions that a process runs. Nil options are the zero ones. It panics where penstock.Register does.
func Register(to *penstock.Actions, o *Options) {
	if o == nil {
		o = &Options{}
	}
	penstock.Register(to, &Deployer{Options: *o})
}

func invalid(field, hint, format string, args ...any) error {
	return penstock.Permanent(&penstock.Error{
		Code: penstock.ErrInvalid, Op: "deploy", Path: field, Err: fmt.Errorf(format, args...), Hint: hint,
	})
}

var releaseName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$`)

// settle puts defaults in, or says what is wrong.
func (d Directory) settle() (Directory, error) {
	d.Keep = cmp.Or(d.Keep, DefaultKeep)
	d.CheckTimeout = cmp.Or(d.CheckTimeout, DefaultCheckTimeout)
	switch {
	case d.To == "":
		return d, invalid("To", "", "it is empty")
	case strings.ContainsRune(d.To, 0):
		return d, invalid("To", "", "it has a zero byte in it")
	case d.Release != "" && !releaseName.MatchString(d.Release):
		return d, invalid("Release", "use a commit id or a version", "%.200q is no name of a release", d.Release)
	case d.Keep < 1:
		return d, invalid("Keep", "", "%d releases are too few: at least the one in use is kept", d.Keep)
	case d.CheckTimeout < 0:
		return d, invalid("CheckTimeout", "", "%s is negative", d.CheckTimeout)
	case len(d.Check) > 0 && d.Check[0] == "":
		return d, invalid("Check", "", "it names no program")
	}
	for name := range d.Environment {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			return d, invalid("Environment", "", "%q is no name of a variable", name)
		}
	}
	return d, nil
}

// directory names a release's directory: the same name is the same content.
func (d Directory) directory(digest string) string {
	_, digits, _ := strings.Cut(digest, ":")
	if d.Release == "" {
		return digits[:min(40, len(digits))]
	}
	return d.Release + "-" + digits[:min(12, len(digits))]
}

// open opens To, which is made where it is missing. The path is absolute.
func (o Options) open(to string) (root *os.Root, path string, err error) {
	if o.Within == "" {
		if !filepath.IsAbs(to) {
			return nil, "", invalid("To", "give an absolute path, or set Options.Within", "%q is relative, and nothing says to what", to)
		}
		if err := os.MkdirAll(to, 0o755); err != nil {
			return nil, "", err
		}
		root, err := os.OpenRoot(to)
		return root, filepath.Clean(to), err
	}
	within, err := filepath.Abs(o.Within)
	if err != nil {
		return nil, "", err
	}
	below := to
	if filepath.IsAbs(to) {
		if below, err = filepath.Rel(within, to); err != nil {
			return nil, "", invalid("To", "", "%w", err)
		}
	}
	if !filepath.IsLocal(below) {
		return nil, "", invalid("To", "see Options.Within", "%q is outside of what is allowed here", to)
	}
	outer, err := os.OpenRoot(within)
	if err != nil { // it is the operator's to make: a mistyped one would take deployments that nobody serves
		return nil, "", invalid("To", "make the directory of Options.Within, or name another one", "what it has to be within cannot be opened: %w", err)
	}
	defer func() { err = errors.Join(err, outer.Close()) }()
	if err := outer.MkdirAll(below, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, "", err
	}
	root, err = outer.OpenRoot(below)
	return root, filepath.Join(within, below), err
}
