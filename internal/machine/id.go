package machine

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

// ID names an execution, an action execution or an approval. It is a UUIDv8: 48 bits of the stream's sequence, then 74 bits drawn from
// the input's seed, so IDs of a stream sort in the order of its store and cannot be guessed.
type ID [16]byte

// IsZero reports whether the ID is absent.
func (id ID) IsZero() bool { return id == ID{} }

// String is the usual lower-case form with hyphens; "" when absent.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	var out [36]byte
	hex.Encode(out[0:8], id[0:4])
	hex.Encode(out[9:13], id[4:6])
	hex.Encode(out[14:18], id[6:8])
	hex.Encode(out[19:23], id[8:10])
	hex.Encode(out[24:36], id[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

var errID = errors.New("not an ID: want 36 characters as in 01234567-89ab-8cde-8f01-23456789abcd")

// ParseID reads what String writes.
func ParseID(text string) (id ID, err error) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return ID{}, errID
	}
	var digits [32]byte
	n := copy(digits[:], text[0:8])
	n += copy(digits[n:], text[9:13])
	n += copy(digits[n:], text[14:18])
	n += copy(digits[n:], text[19:23])
	copy(digits[n:], text[24:36])
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return ID{}, errID
	}
	return id, nil
}

// Seed is drawn once an input by whoever offers it; deciding the same input again on the same state makes the same IDs.
type Seed [16]byte

// id makes the n-th ID of an input at a sequence of the stream.
func (seed Seed) id(sequence uint64, n int) (id ID) {
	sum := seed.hash(uint32(n))
	copy(id[:], sum[:16])
	for i := range 6 {
		id[i] = byte(sequence >> (8 * (5 - i)))
	}
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Fraction is a number in [0, 1) drawn from the seed, for jitter.
func (seed Seed) fraction(n int) float64 {
	id := seed.id(0, n)
	return float64(binary.BigEndian.Uint64(id[8:])<<2>>11) / (1 << 53)
}

// Derive makes the n-th seed out of a seed.
func (seed Seed) Derive(n uint32) Seed {
	sum := seed.hash(n)
	return Seed(sum[16:])
}

func (seed Seed) hash(n uint32) [32]byte {
	var in [20]byte
	copy(in[:], seed[:])
	binary.BigEndian.PutUint32(in[16:], n)
	return sha256.Sum256(in[:])
}
