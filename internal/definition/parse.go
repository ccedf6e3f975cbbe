package definition

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Parse reads a definition at the door: an unknown, doubled or mistyped field is an error that says where. It takes the structure
// itself or get-pipeline's answer around it ({"pipeline": …, "metadata": …}), and materialises the defaults.
func Parse(data []byte) (Pipeline, error) {
	if err := checkSyntax(data); err != nil {
		return Pipeline{}, err
	}
	data = unwrap(data)
	if problems := checkFields(data); len(problems) > 0 {
		return Pipeline{}, problems
	}
	return ParseStored(data)
}

// ParseStored reads what Canonical wrote, now or by a later version of this package: fields that it does not know are ignored.
func ParseStored(data []byte) (Pipeline, error) {
	var p Pipeline
	if err := json.Unmarshal(data, &p); err != nil {
		return Pipeline{}, fmt.Errorf("definition: %w", err)
	}
	return Normalize(p), nil
}

// Canonical is the one form of a definition: defaults materialised, keys in order, the version left out. Two definitions are the
// same if and only if their canonical forms are, byte for byte.
func Canonical(p Pipeline) []byte {
	p = Normalize(p)
	p.Version = 0
	data, err := json.Marshal(p)
	if err != nil {
		panic("definition: " + err.Error()) // no type of this package can fail, except a Jitter that is no number: Validate refuses it
	}
	return data
}

// checkSyntax says where JSON ends to be JSON.
func checkSyntax(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("definition: the text is not valid UTF-8")
	}
	var syntax *json.SyntaxError
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); errors.As(err, &syntax) {
		before := data[:min(int(syntax.Offset), len(data))]
		line, column := bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n')-1
		return fmt.Errorf("definition: not JSON at line %d, column %d: %w", line, column, err)
	}
	return nil
}

// unwrap takes the structure out of get-pipeline's answer, whose metadata the service refuses to take back.
func unwrap(data []byte) []byte {
	var answer map[string]json.RawMessage
	if json.Unmarshal(data, &answer) != nil || answer["pipeline"] == nil {
		return data
	}
	for key := range answer {
		if key != "pipeline" && key != "metadata" {
			return data
		}
	}
	return answer["pipeline"]
}
