// Package wire answers: what do AWS CodePipeline and its clients say to each other?
//
// It has a struct for every structure of the service's model, a type for every enumeration, and tables of the constraints and of the
// operations. All of that is generated from awsapi/model; encoding/json reads and writes the structs as the protocol (AWS JSON 1.1) has them.
package wire

//go:generate go run ../generate -model ../../model -out .
