package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/yaml"
)

// stdin is the FILE that stands for standard input.
const stdin = "-"

// largest is how many bytes a definition may have: many times what the service takes.
const largest = 16 << 20

// shown is a file's name in messages.
func shown(file string) string {
	if file == stdin {
		return "stdin"
	}
	return oneLine(file)
}

// reading is how FILEs are read, with the flags that say so.
type reading struct {
	resource   string
	parameters map[string]string
}

// aboutFiles is what help says of FILE.
const aboutFiles = "FILE is CodePipeline's JSON, as get-pipeline prints it or only the structure in it, the same in YAML (.yaml, .yml), or a\n" +
	"CloudFormation template in either; - is standard input, which is JSON."

func newReading(flags *flag.FlagSet) *reading {
	r := &reading{parameters: map[string]string{}}
	flags.StringVar(&r.resource, "resource", "", "take the pipeline with this logical `ID` from a CloudFormation template that has several")
	flags.Func("parameter", "the value of a template's parameter, as `NAME=VALUE`; may be repeated", func(text string) error {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return errors.New("it is written NAME=VALUE")
		}
		r.parameters[name] = value
		return nil
	})
	return r
}

// isYAML goes by the file's extension; standard input has none.
func isYAML(file string) bool {
	extension := strings.ToLower(filepath.Ext(file))
	return extension == ".yaml" || extension == ".yml"
}

// load reads a FILE and the definition in it. What is wrong is told; ok says whether nothing was.
func (r *reading) load(s *session, file string) (p penstock.Pipeline, data []byte, ok bool) {
	data, err := s.read(file)
	if err != nil {
		s.fail(err)
		return p, nil, false
	}
	p, err = r.parse(file, bytes.TrimPrefix(data, []byte("\ufeff"))) // some editors begin a file with a byte order mark
	if err != nil {
		s.problem(file, err)
		return p, nil, false
	}
	return p, data, true
}

func (r *reading) parse(file string, data []byte) (penstock.Pipeline, error) {
	switch template := r.resource != "" || isTemplate(file, data); {
	case template && isYAML(file):
		found, err := yaml.ParseCloudFormation(data, r.resource, r.standIn)
		return found.Pipeline, err
	case template:
		found, err := penstock.ParseCloudFormation(data, r.resource, r.standIn)
		return found.Pipeline, err
	case isYAML(file):
		return yaml.Parse(data)
	default:
		return penstock.ParsePipeline(data)
	}
}

func (s *session) read(file string) ([]byte, error) {
	from := s.in
	if file != stdin {
		opened, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer opened.Close()
		from = opened
	}
	data, err := io.ReadAll(io.LimitReader(from, largest+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", shown(file), err)
	case len(data) > largest:
		return nil, fmt.Errorf("%s: more than %d MiB is no definition", shown(file), largest>>20)
	}
	return data, nil
}

// files checks the FILEs of a command line.
func (s *session) files(command string, args []string) bool {
	if len(args) == 0 {
		s.usage(command, "no FILE is given; - is standard input")
		return false
	}
	read := 0
	for _, file := range args {
		switch {
		case file == stdin:
			read++
		case strings.HasPrefix(file, "-"):
			s.usage(command, fmt.Sprintf("%s stands behind a FILE: flags come first", file))
			return false
		}
	}
	if read > 1 {
		s.usage(command, "standard input can be read only once")
		return false
	}
	return true
}
