package definition

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// What is read at all. These are no quotas of the service: they are well above every definition that it takes, and keep reading within
// 16 MB and 50 ms whatever the text is.
const (
	MaxSize    = 1 << 20 // bytes of a definition
	maxNesting = 100     // objects and lists within each other
	maxValues  = 100_000 // members of all objects and lists
	maxObjects = 20_000  // objects and lists
	maxActions = 4000    // actions of a pipeline
)

// Readable refuses text that is larger, deeper or of more parts than any definition, or that is not UTF-8. It looks at no more than
// brackets, commas and strings, so that it says nothing about the text being JSON.
func Readable(data []byte) error {
	if len(data) > MaxSize {
		return fmt.Errorf("definition: %d bytes are too large: up to %d are read", len(data), MaxSize)
	}
	if !utf8.Valid(data) {
		return fmt.Errorf("definition: the text is not valid UTF-8 at %s", position(data, invalidAt(data)))
	}
	depth, values, objects := 0, 0, 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end, ok := stringEnd(data, i+1)
			if !ok {
				return fmt.Errorf("definition: half a surrogate pair at %s: write the character itself", position(data, end))
			}
			i = end
		case '{', '[':
			depth, objects, values = depth+1, objects+1, values+1
		case '}', ']':
			depth--
		case ',':
			values++
		}
		if depth > maxNesting || objects > maxObjects || values > maxValues {
			return fmt.Errorf("definition: too much at %s: up to %d objects and lists, %d within each other, and %d values are read",
				position(data, i), maxObjects, maxNesting, maxValues)
		}
	}
	return nil
}

func invalidAt(data []byte) int {
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return at
}

// stringEnd is where the string ends that begins at from. It fails where an escape stands for no character: encoding/json would change it.
func stringEnd(data []byte, from int) (end int, ok bool) {
	for i := from; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i, true
		case '\\':
			i++
			if i < len(data) && data[i] == 'u' {
				high := escaped(data, i+1)
				switch {
				case high >= 0xDC00 && high <= 0xDFFF:
					return i, false
				case high >= 0xD800 && high <= 0xDBFF:
					if low := escaped(data, i+7); !bytes.HasPrefix(data[min(i+5, len(data)):], []byte(`\u`)) || low < 0xDC00 || low > 0xDFFF {
						return i, false
					}
					i += 6
				}
			}
		}
	}
	return len(data), true
}

// escaped is the number of four hexadecimal digits; 0 where there are none.
func escaped(data []byte, at int) uint64 {
	if at+4 > len(data) {
		return 0
	}
	n, err := strconv.ParseUint(string(data[at:at+4]), 16, 32)
	if err != nil {
		return 0
	}
	return n
}
