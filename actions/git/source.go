package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/penstock-dev/penstock"
)

// Source is a source action: one commit of a git repository, as a tree of files without the history. Its output variables are CommitId,
// CommitMessage (up to 100 000 bytes), AuthorDate and CommitterDate (RFC 3339, UTC), BranchName and RepositoryName, as those of
// the service's CodeCommit source (spec D1). An execution that asks for a revision gets that commit; its full id has to be given.
type Source struct {
	// URL is the repository: https://host/path, ssh://user@host/path, user@host:path. It holds no password.
	URL string
	// Branch is the branch whose newest commit is taken, without refs/heads/. Default: what the repository's HEAD names.
	Branch string `penstock:"Branch,optional"`
	// User is the name to sign in with, over https and with a Password. Default: "git", which hosts with access tokens ignore.
	User string `penstock:"User,optional"`
	// Password is a password or an access token, over https. Default: none; over ssh the keys of Options.SSH count.
	Password penstock.Secret `penstock:"Password,optional"`
	// Code is where the files go.
	Code penstock.Output[penstock.Tree]
}

// ActionType is Source/Custom/Git/1.
func (Source) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "Git", Version: "1"}
}

// Options are what a machine gives to git. The zero value is useful.
type Options struct {
	// Cache is the directory that fetched repositories are kept in. Processes on one machine may share it. It can be removed while none
	// runs. Default: penstock/git in the user's cache directory.
	Cache string
	// AllowLocal also allows file:// URLs and absolute paths. Whoever may define pipelines can then read every repository that this process can.
	AllowLocal bool
	// Git is the program. Default: "git", looked for in PATH. It has to be version 2.31 or newer.
	Git string
	// SSH is the program that git speaks ssh with, and its first arguments, an identity file for example. Default: ssh, which never asks, refuses
	// unknown hosts, and otherwise minds the configuration and the agent of the user.
	SSH []string
	// CAFile is a file of the certificates (PEM) that https servers are checked against. Default: those of the system.
	CAFile string
}

// Defaults of Options and Source.
const (
	defaultGit  = "git"
	defaultUser = "git"
)

func defaultSSH() []string {
	return []string{
		"ssh", "-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oConnectTimeout=30", "-oServerAliveInterval=15", "-oServerAliveCountMax=4",
	}
}

// withDefaults fails when there is no place for the cache.
func (o Options) withDefaults() (Options, error) {
	o.Git = cmp.Or(o.Git, defaultGit)
	if len(o.SSH) == 0 {
		o.SSH = defaultSSH()
	}
	if o.Cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return o, &penstock.Error{Code: penstock.ErrFailedPrecondition, Op: "git", Err: err, Hint: "set Options.Cache"}
		}
		o.Cache = filepath.Join(dir, "penstock", "git")
	}
	var err error
	if o.Cache, err = filepath.Abs(o.Cache); err == nil {
		err = os.MkdirAll(o.Cache, 0o700)
	}
	if err != nil {
		return o, &penstock.Error{Code: penstock.ErrFailedPrecondition, Op: "git", Err: fmt.Errorf("the cache: %w", err)}
	}
	return o, nil
}

// Register adds Source to the actions that a process runs. Nil options are the zero ones. It panics where penstock.Register does.
func Register(to *penstock.Actions, o *Options) {
	if o == nil {
		o = &Options{}
	}
	penstock.Register(to, &Sourcer{Options: *o})
}

// Sourcer runs a Source.
type Sourcer struct {
	Options Options
}

// Run fetches and puts out one commit.
func (s *Sourcer) Run(ctx context.Context, call *penstock.Call[Source]) error {
	config := call.Config
	branch, wanted := config.Branch, call.RequestedRevision
	if err := errors.Join(checkBranch(branch), checkRequest(wanted)); err != nil {
		return penstock.Permanent(err)
	}
	var password string
	if config.Password.Ref != "" {
		var err error
		if password, err = config.Password.Value(ctx, call); err != nil {
			return err
		}
	}
	r, err := s.Options.open(config, password)
	if err != nil {
		return err
	}
	tip := tip{commit: canonical(wanted), branch: branch}
	if wanted == "" {
		if tip, err = r.tip(ctx, branch); err != nil {
			return err
		}
	}
	fmt.Fprintf(call.Log(), "commit %s of %s\n", tip.commit, r.address.text)
	return r.mirror(tip.commit).with(ctx, tip, func(m *mirror, scratch string) error {
		return publish(ctx, call, m, tip, scratch)
	})
}

// publish puts out what is in the mirror.
func publish(ctx context.Context, call *penstock.Call[Source], m *mirror, tip tip, scratch string) error {
	found, err := m.describe(ctx, tip.commit)
	if err != nil {
		return err
	}
	fmt.Fprintf(call.Log(), "%s\n", found.subject)
	if err := m.export(ctx, tip.commit, scratch); err != nil {
		return err
	}
	err = call.Config.Code.Store(ctx, call, penstock.TreeAt(scratch))
	if err != nil {
		return err
	}
	call.Summary(tip.commit[:7] + " " + found.subject)
	address := m.remote.address
	err = call.SetRevision(penstock.Revision{
		ID: tip.commit, Summary: cut(found.subject, maxSubject), URL: address.web(tip.commit), Created: found.committed,
	})
	for _, v := range [][2]string{
		{"CommitId", tip.commit},
		{"CommitMessage", cut(found.message, maxMessage)},
		{"AuthorDate", found.authored.UTC().Format(time.RFC3339)},
		{"CommitterDate", found.committed.UTC().Format(time.RFC3339)},
		{"BranchName", tip.branch},
		{"RepositoryName", address.name()},
	} {
		err = errors.Join(err, call.SetVariable(v[0], v[1]))
	}
	return err
}

// How many bytes of a commit message are kept (spec D1; penstock.Revision).
const (
	maxMessage = 100_000
	maxSubject = 2000
)
