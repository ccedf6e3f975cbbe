package codec

import (
	"encoding/binary"
	"fmt"
)

// wireType says how a value is delimited, so that a reader can skip what it does not know.
type wireType uint8

const (
	wireVarint wireType = 0
	wireFixed  wireType = 1
	wireLength wireType = 2
)

var (
	errTruncated = &Error{Reason: "truncated"}
	errOverlong  = &Error{Reason: "a number of more than 64 bits"}
	errTooDeep   = &Error{Reason: fmt.Sprintf("nested deeper than %d", MaxDepth)}
)

func getVarint(data []byte) (value uint64, rest []byte, err error) {
	if len(data) > 0 && data[0] < 0x80 {
		return uint64(data[0]), data[1:], nil
	}
	value, n := binary.Uvarint(data)
	switch {
	case n == 0:
		return 0, nil, errTruncated
	case n < 0:
		return 0, nil, errOverlong
	}
	return value, data[n:], nil
}

func getBody(data []byte) (body, rest []byte, err error) {
	size, data, err := getVarint(data)
	if err != nil {
		return nil, nil, err
	}
	if size > uint64(len(data)) {
		return nil, nil, errTruncated
	}
	return data[:size:size], data[size:], nil
}

func getFixed(data []byte) (value uint64, rest []byte, err error) {
	if len(data) < 8 {
		return 0, nil, errTruncated
	}
	return binary.LittleEndian.Uint64(data), data[8:], nil
}

// skip steps over one value.
func skip(wire wireType, data []byte) (rest []byte, err error) {
	switch wire {
	case wireVarint:
		_, rest, err = getVarint(data)
	case wireFixed:
		_, rest, err = getFixed(data)
	case wireLength:
		_, rest, err = getBody(data)
	default:
		err = &Error{Reason: fmt.Sprintf("unknown wire type %d", wire)}
	}
	return rest, err
}

// count says how many rows of these wire types data holds. It is asked before a slice or a map is made, so that what is
// allocated is never more than what the bytes really hold, however deep a hostile input nests.
func count(data []byte, row ...wireType) (n int, err error) {
	for len(data) > 0 {
		for _, wire := range row {
			if data, err = skip(wire, data); err != nil {
				return 0, err
			}
		}
		n++
	}
	return n, nil
}

// open leaves room for the length of a body that is appended next; shut fills it in. Most bodies are shorter than 128
// bytes, so one byte is left and a longer body moves up.
func open(dst []byte) (longer []byte, mark int) {
	return append(dst, 0), len(dst) + 1
}

func shut(dst []byte, mark int) []byte {
	size := len(dst) - mark
	if size < 0x80 {
		dst[mark-1] = byte(size)
		return dst
	}
	var prefix [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(prefix[:], uint64(size))
	dst = append(dst, prefix[:n-1]...)
	copy(dst[mark-1+n:], dst[mark:mark+size])
	copy(dst[mark-1:], prefix[:n])
	return dst
}
