package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/penstock-dev/penstock"
)

// secrets are values by the names that definitions have for them.
type secrets map[string]string

// readSecrets reads a JSON object with a value a name. No message has a value in it.
func readSecrets(file string) (secrets, error) {
	data, err := readPrivate(file)
	if err != nil {
		return nil, fmt.Errorf("--secrets %s: %w", file, err)
	}
	values, err := parseSecrets(data)
	if err != nil {
		return nil, fmt.Errorf("--secrets %s: %w", file, err)
	}
	return values, nil
}

func parseSecrets(data []byte) (secrets, error) {
	wrong := errors.New(`it is no JSON object of texts, such as {"NAME": "VALUE"}`) // the decoder's own error may repeat a value
	in := json.NewDecoder(bytes.NewReader(data))
	if first, err := in.Token(); err != nil || first != json.Delim('{') {
		return nil, wrong
	}
	values := secrets{}
	for in.More() {
		token, err := in.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, wrong
		}
		var value *string
		if err := in.Decode(&value); err != nil || value == nil {
			return nil, fmt.Errorf("the value of %q is no text", name)
		}
		switch _, twice := values[name]; {
		case name == "":
			return nil, errors.New("a secret has no name")
		case *value == "":
			return nil, fmt.Errorf("the secret %q is empty", name)
		case twice:
			return nil, fmt.Errorf("the secret %q is there twice", name)
		}
		values[name] = *value
	}
	if _, err := in.Token(); err != nil {
		return nil, wrong
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong
	}
	return values, nil
}

// ResolveSecret answers the value of a name.
func (s secrets) ResolveSecret(_ context.Context, name string) (string, error) {
	if value, ok := s[name]; ok {
		return value, nil
	}
	return "", &penstock.Error{Code: penstock.ErrNotFound, Op: "look up secret", Path: name, Hint: "name it in the file of --secrets"}
}
