package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/penstock-dev/penstock"
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

// parser reads a definition.
type parser func(data []byte) (penstock.Pipeline, error)

// parserOf chooses by a file's extension who reads it. What has no extension of its own is JSON, standard input too.
func parserOf(file string) parser {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".yaml", ".yml":
		return func([]byte) (penstock.Pipeline, error) {
			return penstock.Pipeline{}, errors.New("YAML is not read: convert it to JSON")
		}
	default:
		return penstock.ParsePipeline
	}
}

// load reads a FILE and the definition in it. What is wrong is told; ok says whether nothing was.
func (s *session) load(file string) (p penstock.Pipeline, data []byte, ok bool) {
	data, err := s.read(file)
	if err != nil {
		s.fail(err)
		return p, nil, false
	}
	p, err = parserOf(file)(bytes.TrimPrefix(data, []byte("\ufeff"))) // some editors begin a file with a byte order mark
	if err != nil {
		s.problem(file, err)
		return p, nil, false
	}
	return p, data, true
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
