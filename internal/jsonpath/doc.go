// Package jsonpath answers: what does a path select in a JSON document?
//
// It reads the part of JSONPath that picks members by name and position: $, .name, ['name'], [0], [-1], [*], .* and ..name. Filter expressions,
// slices, unions and functions are no part of it: whether a delivery starts a release should be seen from the path.
package jsonpath
