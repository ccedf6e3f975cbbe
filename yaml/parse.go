package yaml

import (
	"errors"
	"fmt"

	"github.com/penstock-dev/penstock"
)

// Parse reads a pipeline: CodePipeline's own structure in YAML, with or without the penstock block, or get-pipeline's answer around it. It
// fails with an *penstock.Error of code ErrInvalidDefinition, and where that wraps penstock.Problems, each says its line and column. It does not
// validate. Strings that look like numbers or booleans must be quoted: version: "1".
func Parse(data []byte) (penstock.Pipeline, error) {
	doc, err := read(data, false)
	if err != nil {
		return penstock.Pipeline{}, refuse(err)
	}
	p, err := penstock.ParsePipeline(doc.json)
	return p, doc.locate(err, "pipeline")
}

// ParseCloudFormation reads the pipeline of a CloudFormation template in YAML: see penstock.ParseCloudFormation, and Parse for what
// it fails with. Functions may be written in their short form, !Sub text, or in their long one, Fn::Sub: text.
func ParseCloudFormation(template []byte, resource string, resolve func(name string, args any) (any, error)) (penstock.CloudFormation, error) {
	doc, err := read(template, true)
	if err != nil {
		return penstock.CloudFormation{}, refuse(err)
	}
	c, err := penstock.ParseCloudFormation(doc.json, resource, resolve)
	return c, doc.locate(err, "")
}

func refuse(err error) error {
	return &penstock.Error{Code: penstock.ErrInvalidDefinition, Op: "parse", Err: err}
}

// locate adds to each problem where it is: its own place, or that of what it is in.
func (d document) locate(err error, root string) error {
	problems, ok := errors.AsType[penstock.Problems](err)
	if !ok {
		return err
	}
	located := make(penstock.Problems, len(problems))
	for i, problem := range problems {
		at := d.at(problem.Path, root)
		problem.Message = fmt.Sprintf("%s (line %d, column %d)", problem.Message, at.line, at.column)
		located[i] = problem
	}
	return refuse(located)
}
