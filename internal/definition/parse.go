package definition

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Parse reads a definition at the door: an unknown, doubled or mistyped field is a Finding that says where. It takes the structure
// itself or get-pipeline's answer around it ({"pipeline": …, "metadata": …}), and materialises the defaults. What is larger or deeper
// than any definition is refused before it is read: see Readable.
func Parse(data []byte) (Pipeline, error) {
	if err := checkSyntax(data); err != nil {
		return Pipeline{}, err
	}
	data, err := unwrap(data)
	if err != nil {
		return Pipeline{}, err
	}
	if findings := checkFields(data); len(findings) > 0 {
		return Pipeline{}, findings
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

// Canonical is the one form of a definition: defaults materialised, keys in order, the version left out, and so is what is optional and
// empty. Two definitions are the same if and only if their canonical forms are, byte for byte.
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
	if err := Readable(data); err != nil {
		return err
	}
	var syntax *json.SyntaxError
	var raw json.RawMessage
	if err := json.Unmarshal(data, &raw); errors.As(err, &syntax) {
		return fmt.Errorf("definition: not JSON at %s: %w", position(data, int(syntax.Offset)), err)
	}
	return nil
}

// position is where an offset is, for people.
func position(data []byte, offset int) string {
	before := data[:min(offset, len(data))]
	return fmt.Sprintf("line %d, column %d", bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n')-1)
}

// unwrap takes the structure out of get-pipeline's answer, whose metadata the service refuses to take back. The JSON must be well-formed.
func unwrap(data []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return data, nil //nolint:nilerr // checked JSON; what is no object is reported with its type
	}
	var inside json.RawMessage
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		if name != "pipeline" && name != "metadata" {
			return data, nil
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		switch {
		case name == "metadata":
		case inside != nil:
			return nil, Findings{{ValidationError, Problem{Path: "pipeline", Message: "is given twice"}}}
		default:
			inside = value
		}
	}
	if inside == nil {
		return data, nil
	}
	return inside, nil
}
