package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" // X-Hub-Signature is made with it
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"net/netip"
	"strings"

	"github.com/penstock-dev/penstock/internal/jsonpath"
)

// Delivery is a request to a webhook's URL.
type Delivery struct {
	Body   []byte
	SHA256 string     // X-Hub-Signature-256: sha256= and 64 hexadecimal digits
	SHA1   string     // X-Hub-Signature: sha1= and 40 of them; counts where there is no SHA256
	From   netip.Addr // who sent it
}

// Authentic reports whether the delivery comes from whom the webhook takes some. Signatures are compared in constant time.
func (w *Webhook) Authentic(d *Delivery) bool {
	switch w.Authentication {
	case GitHubHMAC:
		if d.SHA256 != "" {
			return signed(d.SHA256, "sha256=", hmac.New(sha256.New, []byte(w.Secret)), d.Body)
		}
		return signed(d.SHA1, "sha1=", hmac.New(sha1.New, []byte(w.Secret)), d.Body)
	case IP:
		allowed, err := netip.ParsePrefix(w.AllowedIPRange)
		return err == nil && allowed.Masked().Contains(d.From.Unmap().WithZone(""))
	default:
		return w.Authentication == Unauthenticated
	}
}

func signed(signature, prefix string, mac hash.Hash, body []byte) bool {
	digits, ok := strings.CutPrefix(signature, prefix)
	sum, err := hex.DecodeString(digits)
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), sum) && ok && err == nil
}

// ErrNoJSON says that a body is no JSON document.
var ErrNoJSON = errors.New("the body is no JSON document")

// Read decodes the body of a delivery.
func Read(body []byte) (document any, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&document); err != nil {
		return nil, ErrNoJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, ErrNoJSON
	}
	return document, nil
}

// Passes reports whether a document passes all filters: of what a path selects, one value has to be equal. Texts, numbers as they are written,
// true and false are compared; objects, lists and null equal nothing. A placeholder for which the action has no configuration any more
// lets nothing pass.
func (w *Webhook) Passes(document any, configuration map[string]string) bool {
	for _, f := range w.Filters {
		want, unknown := expand(f.Equals, configuration)
		path, err := jsonpath.Parse(f.Path)
		if err != nil || unknown != "" {
			return false
		}
		found := false
		err = path.Select(document, func(value any) bool {
			text, plain := textOf(value)
			found = f.Equals == "" || plain && text == want
			return !found
		})
		if err != nil || !found {
			return false
		}
	}
	return true
}

func textOf(value any) (text string, plain bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return map[bool]string{true: "true", false: "false"}[v], true
	default:
		return "", false
	}
}

// Revision is the commit that a push of GitHub's tells to be the newest of a branch; "" where a document tells of none.
func Revision(document any, branch string) string {
	push, _ := document.(map[string]any)
	ref, _ := push["ref"].(string)
	after, _ := push["after"].(string)
	of, isBranch := strings.CutPrefix(ref, "refs/heads/")
	sized := len(after) == 40 || len(after) == 64
	if !isBranch || branch == "" || of != branch || !sized || strings.Trim(after, "0123456789abcdef") != "" || strings.Trim(after, "0") == "" {
		return ""
	}
	return after
}
