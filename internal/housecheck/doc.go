// Package housecheck answers: does the source keep the budgets of docs/design.md section 9?
//
// Check walks every module below a folder and reports, with file and line:
//
//   - a file over 400 lines (600 for a test),
//   - a function over 80 lines outside tests, and a module of 20 functions or more whose median is over 10,
//   - an interface of more than 8 methods,
//   - an exported symbol without a comment, outside internal and main packages,
//   - a package without a package comment,
//   - an init function,
//   - a note of unfinished work in a comment,
//   - a real sleep in a test. Files that use testing/synctest may sleep: their clock is virtual.
//
// Generated files, testdata, hidden folders and bin are left out.
package housecheck
