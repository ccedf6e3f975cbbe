package penstock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// decode fills a configuration from its entries, whose references have been resolved. An entry that no field belongs to is an error: to
// leave it out could mean to do what its author excluded.
func (p *configPlan) decode(config map[string]string, into reflect.Value) error {
	known := 0
	for i := range p.fields {
		f := &p.fields[i]
		text, ok := config[f.key]
		if !ok {
			continue
		}
		known++
		if err := f.decode(into.FieldByIndex(f.index), text); err != nil {
			return fmt.Errorf("configuration %s: %w", f.key, err)
		}
	}
	if known != len(config) {
		return p.unknownKey(config, into.Type())
	}
	return nil
}

func (p *configPlan) unknownKey(config map[string]string, t reflect.Type) error {
	var keys []string
	known := map[string]bool{}
	for _, f := range p.fields {
		keys = append(keys, f.key)
		known[f.key] = true
	}
	first := ""
	for key := range config {
		if !known[key] && (first == "" || key < first) {
			first = key
		}
	}
	return &Error{
		Code: ErrInvalid, Hint: definition.DidYouMean(first, keys),
		Err: fmt.Errorf("configuration %s is no field of %s", first, t),
	}
}

// check judges the text of one entry.
func (p *configPlan) check(t reflect.Type, key, text string) error {
	for _, f := range p.fields {
		if f.key == key {
			return f.decode(reflect.New(t).Elem().FieldByIndex(f.index), text)
		}
	}
	return nil
}

// notA is the error of a text that a field of type t cannot hold.
func notA(t reflect.Type, text string, err error) error {
	why := ""
	if errors.Is(err, strconv.ErrRange) {
		why = ": out of range"
	}
	return fmt.Errorf("%.60q is not a %s%s", text, t, why)
}

func decodeBool(v reflect.Value, text string) error {
	b, err := strconv.ParseBool(text)
	if err != nil {
		return notA(v.Type(), text, err)
	}
	v.SetBool(b)
	return nil
}

func decodeInt(v reflect.Value, text string) error {
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err != nil {
		return notA(v.Type(), text, err)
	}
	v.SetInt(n)
	return nil
}

func decodeUint(v reflect.Value, text string) error {
	n, err := strconv.ParseUint(text, 10, v.Type().Bits())
	if err != nil {
		return notA(v.Type(), text, err)
	}
	v.SetUint(n)
	return nil
}

func decodeFloat(v reflect.Value, text string) error {
	n, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil {
		return notA(v.Type(), text, err)
	}
	v.SetFloat(n)
	return nil
}

func decodeDuration(v reflect.Value, text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return notA(v.Type(), text, err)
	}
	v.SetInt(int64(d))
	return nil
}

// decodeJSON is as strict as the entries are: an unknown member is an error.
func decodeJSON(v reflect.Value, text string) error {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(v.Addr().Interface()); err != nil {
		return fmt.Errorf("not the JSON of a %s: %w", v.Type(), err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than the JSON of one %s", v.Type())
	}
	return nil
}
