package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"time"
	"unsafe"
)

type (
	boolCoder  struct{}
	intCoder   struct{ size uintptr }
	uintCoder  struct{ size uintptr }
	floatCoder struct{}
	timeCoder  struct{}
)

func (boolCoder) wire() wireType               { return wireVarint }
func (boolCoder) empty(at unsafe.Pointer) bool { return !*(*bool)(at) }

func (boolCoder) put(dst []byte, at unsafe.Pointer, _ int) []byte {
	if *(*bool)(at) {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func (boolCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	n, rest, err := getVarint(data)
	if err == nil && n > 1 {
		err = &Error{Reason: fmt.Sprintf("%d is not a bool", n)}
	}
	v.SetBool(n == 1)
	return rest, err
}

func zigzag(n int64) uint64   { return uint64(n)<<1 ^ uint64(n>>63) }
func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

func (c intCoder) load(at unsafe.Pointer) int64 {
	switch c.size {
	case 1:
		return int64(*(*int8)(at))
	case 2:
		return int64(*(*int16)(at))
	case 4:
		return int64(*(*int32)(at))
	default:
		return *(*int64)(at)
	}
}

func (c uintCoder) load(at unsafe.Pointer) uint64 {
	switch c.size {
	case 1:
		return uint64(*(*uint8)(at))
	case 2:
		return uint64(*(*uint16)(at))
	case 4:
		return uint64(*(*uint32)(at))
	default:
		return *(*uint64)(at)
	}
}

func (intCoder) wire() wireType                 { return wireVarint }
func (c intCoder) empty(at unsafe.Pointer) bool { return c.load(at) == 0 }

func (c intCoder) put(dst []byte, at unsafe.Pointer, _ int) []byte {
	return binary.AppendUvarint(dst, zigzag(c.load(at)))
}

func (intCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	n, rest, err := getVarint(data)
	if err != nil {
		return nil, err
	}
	if v.OverflowInt(unzigzag(n)) {
		return nil, &Error{Reason: fmt.Sprintf("%d does not fit in %s", unzigzag(n), v.Type())}
	}
	v.SetInt(unzigzag(n))
	return rest, nil
}

func (uintCoder) wire() wireType                 { return wireVarint }
func (c uintCoder) empty(at unsafe.Pointer) bool { return c.load(at) == 0 }

func (c uintCoder) put(dst []byte, at unsafe.Pointer, _ int) []byte {
	return binary.AppendUvarint(dst, c.load(at))
}

func (uintCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	n, rest, err := getVarint(data)
	if err != nil {
		return nil, err
	}
	if v.OverflowUint(n) {
		return nil, &Error{Reason: fmt.Sprintf("%d does not fit in %s", n, v.Type())}
	}
	v.SetUint(n)
	return rest, nil
}

func (floatCoder) wire() wireType { return wireFixed }

// empty compares bits, so that minus zero survives.
func (floatCoder) empty(at unsafe.Pointer) bool { return *(*uint64)(at) == 0 }

func (floatCoder) put(dst []byte, at unsafe.Pointer, _ int) []byte {
	return binary.LittleEndian.AppendUint64(dst, *(*uint64)(at))
}

func (floatCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	bits, rest, err := getFixed(data)
	v.SetFloat(math.Float64frombits(bits))
	return rest, err
}

func (timeCoder) wire() wireType               { return wireVarint }
func (timeCoder) empty(at unsafe.Pointer) bool { return (*time.Time)(at).IsZero() }

func (timeCoder) put(dst []byte, at unsafe.Pointer, _ int) []byte {
	return binary.AppendUvarint(dst, zigzag((*time.Time)(at).UnixMicro()))
}

func (timeCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	n, rest, err := getVarint(data)
	if err == nil {
		*v.Addr().Interface().(*time.Time) = time.UnixMicro(unzigzag(n)).UTC()
	}
	return rest, err
}
