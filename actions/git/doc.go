// Package git answers one question: how does a release get its code from a git repository, and notice that there is new code?
//
// Source is the action, Sourcer runs it; Poller starts executions when a branch has moved, and leaves a repository alone for a while that fails.
//
// Git runs as a program, without a shell, a terminal, hooks, or the configuration of the machine and the user. Only https and ssh are
// spoken, and nothing is redirected; repositories on the local machine are read where Options.AllowLocal says so. Of a repository only the wanted
// commit is fetched where the server gives that out, into a cache that all pipelines share. Submodules stay empty
// directories, files of Git LFS stay pointers.
package git
