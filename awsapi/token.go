package awsapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
)

// place is where a list goes on: all there is to know, so that a token is good for ever and on every replica.
type place struct {
	Cursor    string `json:"c,omitempty"` // of the engine: the page on which Execution stands
	Execution string `json:"x,omitempty"` // the last one that was told of; "" at the start
	Action    string `json:"a,omitempty"` // the action execution of it that was told last; "" for all of them
}

const checkBytes = 8

// token is the place as clients are given it. of is the question: a token is no answer to another.
func (p place) token(of ...string) string {
	data, err := json.Marshal(p)
	if err != nil {
		return "" // strings alone cannot fail
	}
	return base64.RawURLEncoding.EncodeToString(append(check(data, of), data...))
}

// readToken is the place that token wrote; an empty token is the start.
func readToken(token string, of ...string) (p place, err error) {
	if token == "" {
		return p, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) < checkBytes || !bytes.Equal(check(data[checkBytes:], of), data[:checkBytes]) || json.Unmarshal(data[checkBytes:], &p) != nil {
		return place{}, invalidToken
	}
	return p, nil
}

var invalidToken = &exception{http.StatusBadRequest, "InvalidNextTokenException", "The next token is not one that this list has answered."}

// check finds tokens that were cut or belong elsewhere. It keeps nothing secret: a place is none.
func check(data []byte, of []string) []byte {
	sum := sha256.Sum256([]byte(commandID(append(of, string(data))...)))
	return sum[:checkBytes]
}
