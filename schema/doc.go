// Package schema answers: does the JSON Schema that penstock.Schema writes tell good definitions from bad ones?
//
// It has tests only. It is a module of its own, so that the validator that they use is no requirement of the root module.
package schema
