// Package diff answers: what differs between two definitions, in words that name stages and actions?
//
// It compares the canonical forms, so there is no change exactly where these are the same byte for byte. What has a name (a stage, an
// action, a rule, a variable, an artifact) is followed by it: one that comes or goes is one change, and one that moves is told of as the
// order that it stands in. The settings of the penstock block are told of where their stage or action is.
package diff
