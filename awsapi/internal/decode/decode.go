package decode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// Malformed is what cannot be read at all: no JSON, a member given twice, a value of another type.
type Malformed struct{ Problem string }

// Error says what and where.
func (m *Malformed) Error() string { return m.Problem }

// Invalid is everything in a readable value that the model does not allow.
type Invalid []string

// mostTold is how many problems are told; more would say no more.
const mostTold = 100

// Error tells all problems as the service does.
func (v Invalid) Error() string {
	plural := "s"
	if len(v) == 1 {
		plural = ""
	}
	return fmt.Sprintf("%d validation error%s detected: %s", len(v), plural, strings.Join(v, "; "))
}

// Options say what is let pass.
type Options struct {
	IgnoreUnknown bool // members that the model does not know are dropped
}

// Decode reads one JSON value of that shape into out, a pointer to the struct of the shape. No text at all is an empty object. It fails with
// *Malformed or with Invalid; out is not touched then.
func Decode(data []byte, of *wire.Shape, o Options, out any) error {
	value, err := Check(data, of, o)
	if err != nil {
		return err
	}
	clean, err := json.Marshal(value)
	if err != nil {
		return &Malformed{err.Error()}
	}
	if err := json.Unmarshal(clean, out); err != nil {
		return &Malformed{err.Error()}
	}
	return nil
}

// Check is Decode without a struct: it answers the value as encoding/json would, with json.Number, and without what is null or was dropped.
func Check(data []byte, of *wire.Shape, o Options) (any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		data = []byte("{}")
	}
	if !utf8.Valid(data) {
		return nil, &Malformed{"the body is not UTF-8"}
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	r := &reader{decoder: d, ignore: o.IgnoreUnknown}
	value, err := r.value(of, "")
	if err == nil {
		err = r.end()
	}
	if err != nil {
		return nil, asMalformed(err)
	}
	c := &checker{found: r.unknown}
	c.value(of, value, "")
	if len(c.found) > 0 {
		return nil, c.found
	}
	return value, nil
}

func (r *reader) end() error {
	switch _, err := r.decoder.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return &Malformed{"the body goes on after its JSON value"}
	}
}

func asMalformed(err error) error {
	var told *Malformed
	switch {
	case errors.As(err, &told):
		return told
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &Malformed{"the body is not JSON: it ends too early"}
	default:
		return &Malformed{"the body is not JSON: " + err.Error()}
	}
}
