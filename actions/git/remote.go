package git

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/penstock-dev/penstock"
)

// remote is a repository as one may see it who has signed in.
type remote struct {
	options  Options
	address  address
	identity string   // who asks, without the password: what one may see, another may not
	auth     []string // environment of commands that talk to the server
	secrets  []string // never to be repeated
}

// open does not talk to the server yet.
func (o Options) open(s Source, password string) (*remote, error) {
	a, err := parseAddress(s.URL, o.AllowLocal)
	if err != nil {
		return nil, err
	}
	if o, err = o.withDefaults(); err != nil {
		return nil, err
	}
	r := &remote{options: o, address: a}
	if s.Password.Ref == "" {
		return r, nil
	}
	if !a.https {
		return nil, penstock.Permanent(&penstock.Error{
			Code: penstock.ErrInvalid, Op: "git", Path: "Password", Err: errors.New("it is of use with https only"), Hint: "ssh uses the keys of Options.SSH",
		})
	}
	r.signIn(cmp.Or(s.User, defaultUser), password)
	r.identity = cmp.Or(s.User, defaultUser) + "\n" + s.Password.Ref
	return r, nil
}

// signIn has git send the password to this repository's URL and to no other, by a setting in its environment: it is in no argument and no file.
func (r *remote) signIn(user, password string) {
	encoded := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	r.auth = []string{
		"GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=http." + r.address.text + ".extraHeader",
		"GIT_CONFIG_VALUE_0=Authorization: Basic " + encoded,
	}
	r.secrets = []string{encoded}
	if password != "" {
		r.secrets = append(r.secrets, password)
	}
}

// scrub strikes out what git should not have said.
func (r *remote) scrub(text string) string {
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, "****")
	}
	return text
}

// tip is a commit, and the branch on which it was found or is to be looked for; empty: what HEAD names.
type tip struct{ commit, branch string }

// tip asks the server for the newest commit of a branch.
func (r *remote) tip(ctx context.Context, branch string) (tip, error) {
	found, err := r.refs(ctx, []string{branch})
	if err != nil {
		return tip{}, err
	}
	if t, ok := found[branch]; ok {
		return t, nil
	}
	if branch == "" {
		return tip{}, r.failed(penstock.ErrNotFound, errors.New("the repository's HEAD names no commit"), "push a commit, or name a Branch")
	}
	return tip{}, r.failed(penstock.ErrNotFound, fmt.Errorf("the repository has no branch %q", branch), "")
}

// manyBranches is from how many on the server is asked for all of its branches.
const manyBranches = 200

// refs asks the server once for the newest commits of branches; "" stands for HEAD. Absent branches are absent.
func (r *remote) refs(ctx context.Context, branches []string) (map[string]tip, error) {
	args := []string{"ls-remote", "--quiet", "--symref", "--end-of-options", r.address.text, "HEAD"}
	for _, branch := range branches {
		if len(branches) > manyBranches {
			args = append(args, "refs/heads/*")
			break
		}
		if branch != "" {
			args = append(args, headPrefix+branch)
		}
	}
	out, err := r.run(ctx, r.auth, args...)
	if err != nil {
		return nil, r.explain(err)
	}
	return parseRefs(out), nil
}

const headPrefix = "refs/heads/"

// parseRefs reads what ls-remote prints. What is no branch is left out: git also matches the ends of longer names.
func parseRefs(text string) map[string]tip {
	found := map[string]tip{}
	var head string
	for line := range strings.Lines(text) {
		what, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if target, symbolic := strings.CutPrefix(what, "ref: "); symbolic && name == "HEAD" {
			if branch, ok := strings.CutPrefix(target, headPrefix); ok && branchProblem(branch) == "" {
				head = branch
			}
			continue
		}
		branch, isBranch := strings.CutPrefix(name, headPrefix)
		switch {
		case !ok || !commitID.MatchString(what):
		case name == "HEAD":
			found[""] = tip{commit: what, branch: head}
		case isBranch:
			found[branch] = tip{commit: what, branch: branch}
		}
	}
	return found
}

// failed is an error about this repository.
func (r *remote) failed(code penstock.Code, err error, hint string) error {
	return &penstock.Error{Code: code, Op: "git", Path: r.address.text, Err: err, Hint: hint}
}

// explain says what to do about a failure. It goes by what git says in its own language, which is the best there is.
func (r *remote) explain(err error) error {
	var failed *commandError
	if !errors.As(err, &failed) {
		return err
	}
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(failed.says, word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("Authentication failed", "could not read Username", "could not read Password", "Permission denied", "error: 401", "error: 403"):
		return r.failed(penstock.ErrDenied, err, "check User and Password, or the key that ssh uses")
	case has("Host key verification failed"):
		return r.failed(penstock.ErrDenied, err, "add the host's key to known_hosts, or name a file of known hosts in Options.SSH")
	case has("error: 301", "error: 302", "error: 307", "error: 308"):
		return r.failed(penstock.ErrNotFound, err, "it has moved: give its new URL, redirections are not followed")
	case has("dubious ownership"):
		return r.failed(penstock.ErrDenied, err, "the repository belongs to another user than this process")
	case has("not found", "does not exist", "does not appear to be a git repository", "not a git repository"):
		return r.failed(penstock.ErrNotFound, err, "check the URL; hosts also say this when one may not see the repository")
	default:
		return r.failed(penstock.ErrUnavailable, err, "")
	}
}
