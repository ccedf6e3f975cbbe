package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
)

type (
	stringCoder struct{}
	bytesCoder  struct{}
	arrayCoder  struct{}
)

func (stringCoder) wire() wireType             { return wireLength }
func (stringCoder) empty(v reflect.Value) bool { return v.Len() == 0 }

func (stringCoder) put(dst []byte, v reflect.Value, _ int) []byte {
	s := v.String()
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func (stringCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	body, rest, err := getBody(data)
	v.SetString(string(body))
	return rest, err
}

func (bytesCoder) wire() wireType             { return wireLength }
func (bytesCoder) empty(v reflect.Value) bool { return v.Len() == 0 }

func (bytesCoder) put(dst []byte, v reflect.Value, _ int) []byte {
	b := v.Bytes()
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func (bytesCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	body, rest, err := getBody(data)
	if len(body) > 0 {
		v.SetBytes(bytes.Clone(body))
	}
	return rest, err
}

func (arrayCoder) wire() wireType             { return wireLength }
func (arrayCoder) empty(v reflect.Value) bool { return v.IsZero() }

func (arrayCoder) put(dst []byte, v reflect.Value, _ int) []byte {
	return append(binary.AppendUvarint(dst, uint64(v.Len())), v.Bytes()...)
}

func (arrayCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	body, rest, err := getBody(data)
	if err == nil && len(body) != v.Len() {
		err = &Error{Reason: fmt.Sprintf("%d bytes, want %d", len(body), v.Len())}
	}
	copy(v.Bytes(), body)
	return rest, err
}
