package sigv4

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeLayout = "20060102T150405Z"
	mostSigned = 64 // headers under one signature
)

// Claim is what an Authorization header says.
type Claim struct {
	AccessKey string
	Date      string // of the scope: 20060102
	Region    string
	Service   string
	Signed    []string // names of headers, lower-case, sorted
	Signature []byte   // 32 bytes
}

// scope is what the key is derived for.
func (c Claim) scope() string {
	return strings.Join([]string{c.Date, c.Region, c.Service, terminator}, "/")
}

// Parse reads an Authorization header. ok is false for anything but the one form that the official clients write, up to blanks.
func Parse(header string) (c Claim, ok bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok || len(header) > 8<<10 {
		return Claim{}, false
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.Trim(part, " "), "=")
		if _, twice := parts[name]; !ok || twice {
			return Claim{}, false
		}
		parts[name] = value
	}
	if len(parts) != 3 || !c.credential(parts["Credential"]) || !c.headers(parts["SignedHeaders"]) || !c.signature(parts["Signature"]) {
		return Claim{}, false
	}
	return c, true
}

func (c *Claim) credential(text string) bool {
	parts := strings.Split(text, "/")
	if len(parts) != 5 || slices.Contains(parts, "") || parts[4] != terminator {
		return false
	}
	c.AccessKey, c.Date, c.Region, c.Service = parts[0], parts[1], parts[2], parts[3]
	_, err := time.Parse("20060102", c.Date)
	return err == nil && len(c.AccessKey) <= 128
}

func (c *Claim) headers(text string) bool {
	c.Signed = strings.Split(text, ";")
	if len(c.Signed) > mostSigned {
		return false
	}
	for i, name := range c.Signed {
		if name == "" || name != strings.ToLower(name) || i > 0 && name <= c.Signed[i-1] {
			return false
		}
	}
	return true
}

func (c *Claim) signature(text string) bool {
	raw, err := hex.DecodeString(text)
	c.Signature = raw
	return err == nil && len(raw) == 32 && text == strings.ToLower(text)
}
