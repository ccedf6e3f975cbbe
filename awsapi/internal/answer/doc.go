// Package answer answers: is this what the service's model says of an answer?
//
// Tests put every answer before it, whichever client asked.
package answer
