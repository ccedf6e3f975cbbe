// Package graph answers one question: what does a pipeline look like? It turns a definition into a small model (model.go), and writes
// that as a Mermaid flowchart, as DOT for Graphviz, or as a standalone SVG with a layout of its own (layout.go).
//
// It draws what there is: a definition that does not validate is drawn as far as it goes. The same definition gives the same bytes,
// on every machine: widths and places are whole numbers.
package graph
