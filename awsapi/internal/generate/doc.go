// Command generate answers: what does the service's model say in Go?
//
// It reads the published model and its supplement (awsapi/model) and writes package wire: a struct for every structure, a type for every
// enumeration, and tables of the constraints and operations.
package main
