package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"

	"github.com/penstock-dev/penstock"
)

func fmtCommand() command {
	return command{
		name: "fmt", args: "[-w | -d] FILE…", about: "Prints pipeline definitions in their canonical form: all defaults, one order, indented.",
		more: aboutFiles + " The version and the metadata of get-pipeline's answer are\n" +
			"left out: the service counts versions itself, and takes no metadata back. What is printed is JSON always; -w and -d are for files\n" +
			"that hold it.",
		prepare: func(flags *flag.FlagSet) func(*session, []string) {
			f := formatter{reading: newReading(flags)}
			flags.BoolVar(&f.write, "w", false, "write each FILE back, all of it or nothing, instead of printing it")
			flags.BoolVar(&f.diff, "d", false, "print what would change instead; exit with 1 when something would")
			return f.run
		},
	}
}

// formatter is fmt with its flags.
type formatter struct {
	*reading
	write, diff bool
}

func (f *formatter) run(s *session, args []string) {
	if !s.files("fmt", args) {
		return
	}
	if f.write && f.diff {
		s.usage("fmt", "-w and -d exclude each other")
		return
	}
	for _, file := range args {
		if f.write && file == stdin {
			s.usage("fmt", "standard input cannot be written back")
			return
		}
	}
	for _, file := range args {
		p, data, ok := f.load(s, file)
		if !ok {
			continue
		}
		if (f.write || f.diff) && (isYAML(file) || f.resource != "" || isTemplate(file, data)) {
			s.usage("fmt", fmt.Sprintf("%s: -w and -d are for CodePipeline's JSON; print it instead", shown(file)))
			continue
		}
		formatted, err := format(p)
		if err != nil {
			s.problem(file, err)
			continue
		}
		f.put(s, file, data, formatted)
	}
}

func (f *formatter) put(s *session, file string, data, formatted []byte) {
	switch same := bytes.Equal(data, formatted); {
	case f.diff && !same:
		s.write(unified(shown(file), data, formatted))
		s.status = max(s.status, found)
	case f.write && !same:
		if err := replace(file, formatted); err != nil {
			s.fail(err)
		}
	case !f.diff && !f.write:
		s.write(formatted)
	}
}

// format is a pipeline's canonical JSON for people: indented, and with < > & as they are.
func format(p penstock.Pipeline) ([]byte, error) {
	canonical, err := p.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, plain(canonical), "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// plain undoes the escapes that keep JSON out of HTML's way.
func plain(data []byte) []byte {
	escapes := map[string]byte{`\u003c`: '<', `\u003e`: '>', `\u0026`: '&'}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		step := 1
		if data[i] == '\\' {
			step = 2
			if char, ok := escapes[string(data[i:min(i+6, len(data))])]; ok {
				out = append(out, char)
				i += 6
				continue
			}
		}
		out = append(out, data[i:min(i+step, len(data))]...)
		i += step
	}
	return out
}
