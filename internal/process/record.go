package process

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// CookieVariable is the environment variable by which what a program has started is recognised. A program that runs programs this way too
// hands its own cookie on with theirs.
const CookieVariable = "PENSTOCK_COOKIE"

// cookieSeparator stands between the cookies of programs that started each other.
const cookieSeparator = "."

// Record names the tree of one Run, for a later process: keep it before the program starts, drop it when Run has returned.
type Record struct {
	Cookie string `json:"cookie"`           // random; in the environment of the whole tree
	Boot   string `json:"boot,omitempty"`   // names this boot and process ID namespace: elsewhere nothing of the tree exists
	PID    int    `json:"pid,omitempty"`    // of the program, which leads a session; 0: it was not known yet
	Start  uint64 `json:"start,omitempty"`  // when that process started, in clock ticks since the boot
	Cgroup string `json:"cgroup,omitempty"` // directory of the control group; empty: there was none
}

func newRecord() Record { return Record{Cookie: rand.Text(), Boot: currentBoot()} }

// environment is env with the cookie.
func (r Record) environment(env []string) []string {
	chain := r.Cookie
	if outer := os.Getenv(CookieVariable); outer != "" {
		chain = outer + cookieSeparator + chain
	}
	env = slices.DeleteFunc(slices.Clone(env), func(entry string) bool { return strings.HasPrefix(entry, CookieVariable+"=") })
	return append(env, CookieVariable+"="+chain)
}

// holds says whether a value of CookieVariable marks a member of the tree.
func (r Record) holds(chain string) bool {
	return r.Cookie != "" && slices.Contains(strings.Split(chain, cookieSeparator), r.Cookie)
}

// EndLeftovers ends what is left of a tree whose Run was lost with its process: asked to end first, by force after grace (negative: at once),
// and answers how many processes that was. Whatever is not proven to be of the tree is left alone: a process ID by itself
// proves nothing. It fails with ErrSurvivors, with the cause of an ended ctx, or with errors.ErrUnsupported on a system where leftovers cannot be
// found.
func EndLeftovers(ctx context.Context, r Record, grace time.Duration) (ended int, err error) {
	if r.Cookie == "" {
		return 0, fmt.Errorf("process: the record has no cookie")
	}
	if r.holds(os.Getenv(CookieVariable)) {
		return 0, fmt.Errorf("process: this process belongs to the tree that it is to end")
	}
	t, err := leftTree(r)
	if err != nil || t == nil {
		return 0, err
	}
	ended, err = t.end(ctx, orDefault(grace, DefaultGrace))
	if err != nil {
		return ended, fmt.Errorf("process: %w", err)
	}
	t.cleanUp()
	return ended, nil
}
