package git

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/penstock-dev/penstock"
)

// address is a repository's URL that was found to be harmless.
type address struct {
	text  string // as it is given to git
	https bool
	local bool
	host  string // empty when local
	path  string // on the host
}

// maxURL is how many bytes a URL may have.
const maxURL = 2000

// scpLike is git's short form of ssh: user@host:path.
var scpLike = regexp.MustCompile(`^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?([A-Za-z0-9][A-Za-z0-9.-]*):([^:-].*)$`)

var sshUser = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

func invalidURL(hint, format string, args ...any) error {
	return penstock.Permanent(&penstock.Error{
		Code: penstock.ErrInvalid, Op: "git", Path: "URL", Err: fmt.Errorf(format, args...), Hint: hint,
	})
}

// parseAddress refuses what git or ssh could take for anything but a plain address. Where a URL may hold a password it is not repeated.
func parseAddress(text string, allowLocal bool) (address, error) {
	switch {
	case text == "":
		return address{}, invalidURL("", "it is empty")
	case len(text) > maxURL:
		return address{}, invalidURL("", "it is longer than %d bytes", maxURL)
	case strings.HasPrefix(text, "-"):
		return address{}, invalidURL("", "%q begins with a dash, as an option does", text)
	case strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '\\' }):
		return address{}, invalidURL("write spaces as %20", "it has a space, a control character or a backslash in it")
	case filepath.IsAbs(text):
		return localAddress(text, text, allowLocal)
	case strings.Contains(text, "://"):
		return parseURL(text, allowLocal)
	}
	found := scpLike.FindStringSubmatch(text)
	if found == nil {
		return address{}, invalidURL("write https://host/path or ssh://user@host/path", "it is no address that is understood")
	}
	return address{text: text, host: found[1], path: found[2]}, nil
}

func localAddress(text, path string, allowed bool) (address, error) {
	if !allowed {
		return address{}, invalidURL("set Options.AllowLocal where that is meant", "%q is on the local machine, which is not allowed here", text)
	}
	return address{text: text, local: true, path: path}, nil
}

func parseURL(text string, allowLocal bool) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err // without the text
		}
		return address{}, invalidURL("", "it is no URL: %w", err)
	}
	a := address{text: text, host: u.Hostname(), path: strings.TrimPrefix(u.Path, "/")}
	_, password := u.User.Password()
	switch {
	case u.Scheme == "file" && u.Host == "" && filepath.IsAbs(u.Path):
		return localAddress(text, u.Path, allowLocal)
	case u.Scheme != "https" && u.Scheme != "ssh":
		return address{}, invalidURL("write https://host/path or ssh://user@host/path", "%q is not spoken here", u.Scheme)
	case u.Scheme == "https" && u.User != nil, password:
		return address{}, invalidURL("use User and Password: the URL is stored and shown", "it has a user or a password in it")
	case u.User != nil && !sshUser.MatchString(u.User.Username()):
		return address{}, invalidURL("", "it has no plain user name")
	case a.host == "" || strings.HasPrefix(a.host, "-"):
		return address{}, invalidURL("", "it has no host name that is plain")
	case a.path == "":
		return address{}, invalidURL("", "it names a host, but no repository there")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return address{}, invalidURL("name a branch by Branch", "it has a query or a fragment")
	}
	a.https = u.Scheme == "https"
	return a, nil
}

// name is the last part, without .git.
func (a address) name() string {
	name := path.Base(strings.TrimSuffix(filepath.ToSlash(a.path), "/"))
	if name == ".git" {
		name = path.Base(path.Dir(filepath.ToSlash(a.path)))
	}
	return strings.TrimSuffix(name, ".git")
}

// web is where people see a commit, on hosts that are known; empty elsewhere.
func (a address) web(commit string) string {
	middle := map[string]string{"github.com": "commit", "gitlab.com": "-/commit", "bitbucket.org": "commits", "codeberg.org": "commit"}[a.host]
	if middle == "" {
		return ""
	}
	repository := strings.TrimSuffix(strings.Trim(a.path, "/"), ".git")
	return (&url.URL{Scheme: "https", Host: a.host, Path: "/" + repository + "/" + middle + "/" + commit}).String()
}
