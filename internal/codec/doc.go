// Package codec answers one question: how is a Go struct stored as bytes, so that other versions of this program can read it?
//
// A field with a `wire:"N"` tag is stored under number N (1 or greater); a field without is derived state and is not. The number
// is the field's identity for ever: rename and move fields freely, never change a number's type, never use a number again.
// A program that does not know a number skips it, and a field that the bytes lack is zero, so replicas of neighbouring
// versions read each other's data.
//
//	message = version (one byte, 1), fields
//	field   = key (varint: number<<3 | wire type), value; numbers strictly rise; a zero value is left out
//
// Values by wire type, all varints little-endian base 128 as in protocol buffers:
//
//	0 varint  bool, unsigned integers; signed integers and time.Duration (nanoseconds) in zigzag;
//	          time.Time as zigzag Unix microseconds, decoded in UTC
//	1 fixed   float64, 8 bytes little-endian
//	2 length  a varint length, then: string, []byte and byte arrays as they are; a struct as its fields; a slice as its
//	          elements one after the other, zero ones included; a map as key, value, key, value … by rising key
//
// A string that begins with a byte below 3 has a form of its own: 1 is a SHA-256 digest ("sha256:" and 64 lower-case digits) as 32
// bytes, 2 a UUID in lower case as 16 bytes, and 0 any string that would begin like one of these.
//
// A pointer to a struct is its struct, and absent when nil, so a pointer to a zero struct stays a pointer. As an element of a
// slice or a map it is one more length: empty for nil, else the struct. An empty slice or map is absent and is decoded as nil.
//
// Equal values give equal bytes. Decoding never panics, and what it allocates is bounded by the input's size times the
// size of the type's largest element. Decoded strings and bytes own their memory.
package codec
