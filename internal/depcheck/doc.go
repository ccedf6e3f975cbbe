// Package depcheck answers: may this package import that one?
//
// rules.go is the table of layers of docs/design.md section 2, one row a package of the root module; a package without a
// row and a row without a package are both problems. Check reads only import clauses, so it needs no build and no
// network, and it sees the nested modules too. What the root package links from other modules is compared with
// testdata/modules.txt.
package depcheck
