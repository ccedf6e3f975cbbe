package penstock

import (
	"encoding/json"
	"strings"
)

// marshalValue is json.Marshal, and unmarshalValue json.Unmarshal, with a short way for what most small artifacts are: a text whose
// characters all stand for themselves. Otherwise the depth of encoding/json would make every action's stack grow.
func marshalValue(value any) ([]byte, error) {
	text, ok := value.(string)
	if !ok || !plainText(text) {
		return json.Marshal(value)
	}
	data := make([]byte, 0, len(text)+2)
	data = append(data, '"')
	data = append(data, text...)
	return append(data, '"'), nil
}

func unmarshalValue(data []byte, into any) error {
	text, ok := into.(*string)
	if !ok || len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return json.Unmarshal(data, into)
	}
	inner := string(data[1 : len(data)-1])
	if !plainText(inner) {
		return json.Unmarshal(data, into)
	}
	*text = inner
	return nil
}

// plainText reports whether encoding/json writes every character of a text as it is.
func plainText(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || strings.IndexByte(`"\<>&`, c) >= 0 {
			return false
		}
	}
	return true
}
