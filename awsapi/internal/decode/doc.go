// Package decode answers: does this JSON say what the service's model allows?
//
// It is stricter than encoding/json, which takes names in any case, the last of two members, and tells only the first problem: every member
// must be known, be there once and be of its type, and everything that breaks a constraint is told at once, in the service's words.
package decode
