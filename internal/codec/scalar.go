package codec

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"time"
)

type (
	boolCoder  struct{}
	intCoder   struct{}
	uintCoder  struct{}
	floatCoder struct{}
	timeCoder  struct{}
)

func (boolCoder) wire() wireType             { return wireVarint }
func (boolCoder) empty(v reflect.Value) bool { return !v.Bool() }

func (boolCoder) put(dst []byte, v reflect.Value, _ int) []byte {
	if v.Bool() {
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

func (intCoder) wire() wireType             { return wireVarint }
func (intCoder) empty(v reflect.Value) bool { return v.Int() == 0 }

func (intCoder) put(dst []byte, v reflect.Value, _ int) []byte {
	return binary.AppendUvarint(dst, zigzag(v.Int()))
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

func (uintCoder) wire() wireType             { return wireVarint }
func (uintCoder) empty(v reflect.Value) bool { return v.Uint() == 0 }

func (uintCoder) put(dst []byte, v reflect.Value, _ int) []byte {
	return binary.AppendUvarint(dst, v.Uint())
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
func (floatCoder) empty(v reflect.Value) bool { return math.Float64bits(v.Float()) == 0 }

func (floatCoder) put(dst []byte, v reflect.Value, _ int) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Float()))
}

func (floatCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	bits, rest, err := getFixed(data)
	v.SetFloat(math.Float64frombits(bits))
	return rest, err
}

func (timeCoder) wire() wireType             { return wireVarint }
func (timeCoder) empty(v reflect.Value) bool { return timeIn(v).IsZero() }

func (timeCoder) put(dst []byte, v reflect.Value, _ int) []byte {
	return binary.AppendUvarint(dst, zigzag(timeIn(v).UnixMicro()))
}

func (timeCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	n, rest, err := getVarint(data)
	if err == nil {
		*timeIn(v) = time.UnixMicro(unzigzag(n)).UTC()
	}
	return rest, err
}

func timeIn(v reflect.Value) *time.Time { return v.Addr().Interface().(*time.Time) }
