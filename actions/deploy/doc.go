// Package deploy answers one question: how does a release become what a machine runs, so that there is never half of it?
//
// Directory is the action. It keeps releases beside each other and has a symbolic link lead to the one that is in use:
//
//	/srv/shop/releases/4f2a9c1-0b5d7a8e3f61
//	/srv/shop/releases/8c11e07-77aa01c2d3f4
//	/srv/shop/current -> releases/8c11e07-77aa01c2d3f4
//	/srv/shop/.penstock                              a lock, a record, and what is not yet or no longer a release
//
// A release is written under another name first, and the link is replaced at one stroke, so that a process that is killed at any point
// leaves the old release or the new one, and never a part of one. The record says which release was in use before the one that is being
// checked; whoever deploys next goes on from there.
package deploy
