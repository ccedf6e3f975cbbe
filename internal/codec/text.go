package codec

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

// stringCoder stores a string as it is, but for digests and UUIDs, which half of what is stored would be: of them it keeps the bytes and
// not the digits, behind a byte that no text begins with.
type stringCoder struct{}

// What a stored string may begin with.
const (
	asText   = iota // what follows is the string: one that begins with one of these itself
	asSHA256        // 32 bytes, of "sha256:" and their lower-case digits
	asUUID          // 16 bytes, of their lower-case digits as 8-4-4-4-12
	reserved        // the first byte that means itself
)

const sha256Prefix = "sha256:"

func (stringCoder) wire() wireType               { return wireLength }
func (stringCoder) empty(at unsafe.Pointer) bool { return len(*(*string)(at)) == 0 }

func (stringCoder) put(dst []byte, at unsafe.Pointer, _ int) []byte {
	s := *(*string)(at)
	if packed, ok := pack(dst, s); ok {
		return packed
	}
	if len(s) > 0 && s[0] < reserved {
		dst = binary.AppendUvarint(dst, uint64(len(s)+1))
		return append(append(dst, asText), s...)
	}
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// pack appends a digest or a UUID.
func pack(dst []byte, s string) (packed []byte, ok bool) {
	switch len(s) {
	case len(sha256Prefix) + 64:
		if !strings.HasPrefix(s, sha256Prefix) {
			return nil, false
		}
		return digits(append(dst, 33, asSHA256), s[len(sha256Prefix):])
	case 36:
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return nil, false
		}
		dst = append(dst, 17, asUUID)
		for _, group := range [...]string{s[:8], s[9:13], s[14:18], s[19:23], s[24:]} {
			if dst, ok = digits(dst, group); !ok {
				return nil, false
			}
		}
		return dst, true
	}
	return nil, false
}

// digits appends the bytes of lower-case hexadecimal digits.
func digits(dst []byte, s string) ([]byte, bool) {
	for i := 0; i < len(s); i += 2 {
		high, low := digit[s[i]], digit[s[i+1]]
		if high|low > 15 {
			return nil, false
		}
		dst = append(dst, high<<4|low)
	}
	return dst, true
}

// digit is the value of a lower-case hexadecimal digit; 255 for anything else.
var digit = func() (values [256]byte) {
	for i := range values {
		values[i] = byte(strings.IndexByte("0123456789abcdef", byte(i)))
	}
	return values
}()

func (stringCoder) get(data []byte, v reflect.Value, _ int) ([]byte, error) {
	body, rest, err := getBody(data)
	if err != nil {
		return rest, err
	}
	s, err := unpack(body)
	v.SetString(s)
	return rest, err
}

func unpack(body []byte) (string, error) {
	switch {
	case len(body) == 0 || body[0] >= reserved:
		return string(body), nil
	case body[0] == asText:
		return string(body[1:]), nil
	case body[0] == asSHA256 && len(body) == 33:
		var s [len(sha256Prefix) + 64]byte
		hex.Encode(s[copy(s[:], sha256Prefix):], body[1:])
		return string(s[:]), nil
	case body[0] == asUUID && len(body) == 17:
		s := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'}
		hex.Encode(s[:8], body[1:5])
		hex.Encode(s[9:13], body[5:7])
		hex.Encode(s[14:18], body[7:9])
		hex.Encode(s[19:23], body[9:11])
		hex.Encode(s[24:], body[11:])
		return string(s[:]), nil
	}
	return "", &Error{Reason: fmt.Sprintf("a string of form %d has %d bytes", body[0], len(body))}
}
