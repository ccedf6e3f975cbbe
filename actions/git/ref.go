package git

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/penstock-dev/penstock"
)

// maxBranch is how many bytes a branch name may have: as many as a file name.
const maxBranch = 255

// checkBranch keeps to the rules of git for names of branches, and to no characters that are special to it anywhere. Empty is allowed.
func checkBranch(name string) error {
	problem := branchProblem(name)
	if problem == "" {
		return nil
	}
	return &penstock.Error{Code: penstock.ErrInvalid, Op: "git", Path: "Branch", Err: fmt.Errorf("%.300q %s", name, problem)}
}

func branchProblem(name string) string {
	switch {
	case name == "":
		return ""
	case len(name) > maxBranch:
		return fmt.Sprintf("is longer than %d bytes", maxBranch)
	case strings.HasPrefix(name, "-"):
		return "begins with a dash, as an option does"
	case strings.HasPrefix(name, "refs/"):
		return "is a full reference: leave refs/heads/ out"
	case strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c == 0x7f || strings.ContainsRune(`~^:?*[\`, c) }):
		return `has a space, a control character or one of ~ ^ : ? * [ \ in it`
	case strings.Contains(name, "..") || strings.Contains(name, "@{") || name == "@" || name == "HEAD":
		return "means something else to git"
	case strings.HasSuffix(name, "."):
		return "ends with a dot"
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".lock") {
			return "has a part that is empty, begins with a dot or ends with .lock"
		}
	}
	return ""
}

// commitID is SHA-1 or SHA-256, unabbreviated.
var commitID = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

func canonical(commit string) string { return strings.ToLower(commit) }

// checkRequest takes whole commit ids only: a name could be another commit tomorrow. Empty is allowed.
func checkRequest(revision string) error {
	if revision == "" || commitID.MatchString(canonical(revision)) {
		return nil
	}
	return &penstock.Error{
		Code: penstock.ErrInvalid, Op: "git", Path: "requested revision",
		Err:  fmt.Errorf("%.100q is no commit id", revision),
		Hint: "give all 40 (or 64) hexadecimal digits of the commit; branches and tags are not pinned",
	}
}
