package codec

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"unsafe"
)

type (
	bytesCoder struct{}
	arrayCoder struct{ len int }
)

func (bytesCoder) wire() wireType               { return wireLength }
func (bytesCoder) empty(at unsafe.Pointer) bool { return len(*(*[]byte)(at)) == 0 }

func (bytesCoder) put(dst []byte, at unsafe.Pointer, _ int) []byte {
	b := *(*[]byte)(at)
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func (bytesCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	body, rest, err := getBody(data)
	if len(body) > 0 {
		v.SetBytes(bytes.Clone(body))
	}
	return rest, err
}

func (arrayCoder) wire() wireType                   { return wireLength }
func (c arrayCoder) bytes(at unsafe.Pointer) []byte { return unsafe.Slice((*byte)(at), c.len) }

func (c arrayCoder) empty(at unsafe.Pointer) bool {
	return !slices.ContainsFunc(c.bytes(at), func(b byte) bool { return b != 0 })
}

func (c arrayCoder) put(dst []byte, at unsafe.Pointer, _ int) []byte {
	return append(binary.AppendUvarint(dst, uint64(c.len)), c.bytes(at)...)
}

func (arrayCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	body, rest, err := getBody(data)
	if err == nil && len(body) != v.Len() {
		err = &Error{Reason: fmt.Sprintf("%d bytes, want %d", len(body), v.Len())}
	}
	copy(v.Bytes(), body)
	return rest, err
}
