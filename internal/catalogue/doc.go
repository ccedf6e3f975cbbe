// Package catalogue answers: which action types and rule types are there, and what may a definition say about them?
//
// A Catalogue has layers: the types of AWS CodePipeline itself, which are tables here (sources.go, build.go, deploy.go, invoke.go,
// approval.go, rules.go); types registered in Go, by this process or as another one recorded them; types that their providers publish;
// and custom types created at run time. The layer named first wins where two declare the same name.
//
// To be declared is not to be served. A definition may use a declared type although nobody can run it now: its actions wait. Whether an
// executor serves a type is no question for this package.
//
// Everything here is a value. A change answers another Catalogue and leaves the one that it began with alone.
package catalogue
