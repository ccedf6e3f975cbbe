package session

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// ErrForeign is the answer for a token that was not made with this key.
var ErrForeign = errors.New("session: the token was not handed out here")

// Claims are what a session is for.
type Claims struct {
	Job     string    `json:"j"`
	Nonce   string    `json:"n,omitempty"` // of the handing out, where it was told
	Client  string    `json:"c,omitempty"` // client token of a third party
	Bucket  string    `json:"b"`           // that the job's artifacts are said to be in
	Actor   string    `json:"a"`           // ARN of who was handed the job
	Expires time.Time `json:"e"`
}

// Credentials are what the holder of a session signs with.
type Credentials struct{ AccessKey, Secret, Token string }

const (
	macSize   = 16
	mostToken = 4 << 10 // bytes
)

// New makes the credentials of a session.
func New(key []byte, c Claims) (Credentials, error) {
	claims, err := json.Marshal(c)
	if err != nil {
		return Credentials{}, err
	}
	token := base64.RawURLEncoding.EncodeToString(append(derive(key, "token", claims)[:macSize], claims...))
	return credentials(key, claims, token), nil
}

// Open answers what a token is for, and its credentials; ErrForeign where it was not made with the key. Whether it has expired is the caller's to ask.
func Open(key []byte, token string) (c Claims, who Credentials, err error) {
	if len(token) > mostToken {
		return c, who, ErrForeign
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(data) < macSize {
		return c, who, ErrForeign
	}
	claims := data[macSize:]
	if !hmac.Equal(derive(key, "token", claims)[:macSize], data[:macSize]) || json.Unmarshal(claims, &c) != nil {
		return Claims{}, who, ErrForeign
	}
	return c, credentials(key, claims, token), nil
}

func credentials(key, claims []byte, token string) Credentials {
	return Credentials{
		AccessKey: "ASIA" + base32.StdEncoding.EncodeToString(derive(key, "access key", claims)[:10]),
		Secret:    base64.StdEncoding.EncodeToString(derive(key, "secret", claims)[:30]),
		Token:     token,
	}
}

// derive makes a key of its own for each purpose.
func derive(key []byte, purpose string, claims []byte) []byte {
	of := hmac.New(sha256.New, key)
	of.Write([]byte("penstock session " + purpose))
	out := hmac.New(sha256.New, of.Sum(nil))
	out.Write(claims)
	return out.Sum(nil)
}
