// Package id is the one place where random names are made: those of replicas, and of commands whose caller gave none.
package id

import "github.com/google/uuid"

// New is a random UUID in its usual form.
func New() string { return uuid.NewString() }
