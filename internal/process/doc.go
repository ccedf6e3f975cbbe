// Package process answers one question: how is a program run so that it, and everything that it has started, ends for certain?
//
// Run starts a program in a session of its own and returns when its whole tree is gone. What belongs to the tree is known by
// several marks, since a process can shed each of them:
//
//   - its session, which it leaves by setsid;
//   - its parent, which it loses by a double fork;
//   - a cookie in the environment, which everything inherits unless it clears its environment;
//   - a control group, where this process may make one: nothing leaves it without a right to.
//
// The program is not reaped before its tree is gone, so that neither its process ID nor that of its session can be a stranger's
// meanwhile. Others are signalled by a handle (pidfd) whose start time was looked at after it was opened.
//
// A program dies with the process that has started it. What it leaves behind in that case is found by its Record, see EndLeftovers.
//
// All this is so on Linux. On other Unix systems the tree is the process group of the program, elsewhere it is the program alone, and
// leftovers are not found. Nowhere is it a sandbox: a program that clears its environment, leaves its session and its parents, where
// no control group can be made, stays; so does one that runs as another user whom this process may not signal.
package process
