package definition

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// spot is where a value stands: for people, and as the service's model writes it.
type spot struct {
	path  string // storefront/Build/Image
	field string // of that: actionTypeId.owner
	wire  string // pipeline.stages.2.member.actions.1.member.actionTypeId.owner
}

func (s spot) member(name string) spot {
	if s.wire != "" {
		s.wire += "."
	}
	s.wire += name
	return s.key(name)
}

// key is a key of a map, which the model does not number.
func (s spot) key(name string) spot {
	if s.field != "" {
		s.field += "."
	}
	s.field += clip(name)
	return s
}

func (s spot) item(i int) spot {
	s.field += fmt.Sprintf("[%d]", i)
	s.wire += fmt.Sprintf(".%d.member", i+1)
	return s
}

// clip bounds how much of somebody's text a message repeats.
func clip(text string) string {
	const most = 120
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// charset is what a name may consist of: ASCII letters, digits and others.
type charset struct{ others, pattern string }

// The character sets of the model (spec A1 to A4).
var (
	inNames      = charset{".@-_", `[A-Za-z0-9.@\-_]+`}
	inNamespaces = charset{"@-_", `[A-Za-z0-9@\-_]+`}
	inArtifacts  = charset{"-_", `[a-zA-Z0-9_\-]+`}
	inTypes      = charset{"-_", `[0-9A-Za-z_-]+`}
	inBuckets    = charset{"-.", `[a-zA-Z0-9\-\.]+`}
	inWords      = charset{"_", `[A-Za-z0-9_]+`}
	anyText      = charset{}
)

func (c charset) String() string {
	if c == anyText {
		return "characters"
	}
	return "letters, digits or any of " + strings.Join(strings.Split(c.others, ""), " ")
}

func (v *validator) refuse(s spot, shown, hint, constraint string, args ...any) {
	v.put(Finding{ValidationError, Problem{
		Path: s.path, Field: s.field, Hint: hint,
		Message: fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: ", shown, s.wire) + fmt.Sprintf(constraint, args...),
	}})
}

// missing says that a value must be there.
func (v *validator) missing(s spot, hint string) {
	v.put(Finding{ValidationError, Problem{
		Path: s.path, Field: s.field, Hint: hint,
		Message: fmt.Sprintf("Value null at '%s' failed to satisfy constraint: Member must not be null", s.wire),
	}})
}

// text checks the length, in characters, and the characters of a text. Only names are repeated in messages: other text may be secret.
func (v *validator) text(s spot, value string, least, most int, of charset) {
	shown, hint := clip(value), fmt.Sprintf("write %d to %d %s", least, most, of)
	if of == anyText && value != "" {
		shown = "…"
	}
	switch n := utf8.RuneCountInString(value); {
	case n < least:
		v.refuse(s, shown, hint, "Member must have length greater than or equal to %d", least)
	case n > most:
		v.refuse(s, shown, fmt.Sprintf("%s, not %d", hint, n), "Member must have length less than or equal to %d", most)
	case of != anyText && !consistsOf(value, of.others):
		v.refuse(s, shown, hint, "Member must satisfy regular expression pattern: %s", of.pattern)
	}
}

// optional is text that may be absent.
func (v *validator) optional(s spot, value string, least, most int, of charset) {
	if value != "" {
		v.text(s, value, least, most, of)
	}
}

// count checks the length of a list.
func (v *validator) count(s spot, n, least, most int) {
	hint := fmt.Sprintf("give %d to %d, not %d", least, most, n)
	switch {
	case n < least:
		v.refuse(s, "[]", hint, "Member must have length greater than or equal to %d", least)
	case n > most:
		v.refuse(s, "[…]", hint, "Member must have length less than or equal to %d", most)
	}
}

// between checks the range of a number.
func (v *validator) between(s spot, n, least, most int) {
	hint := fmt.Sprintf("write %d to %d", least, most)
	switch {
	case n < least:
		v.refuse(s, fmt.Sprint(n), hint, "Member must have value greater than or equal to %d", least)
	case n > most:
		v.refuse(s, fmt.Sprint(n), hint, "Member must have value less than or equal to %d", most)
	}
}

// oneOf checks an enumeration.
func (v *validator) oneOf(s spot, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	hint := "write " + strings.Join(allowed, " or ")
	if near := DidYouMean(value, allowed); near != "" && len(allowed) > 1 {
		hint += "; " + near
	}
	v.refuse(s, clip(value), hint, "Member must satisfy enum value set: [%s]", strings.Join(allowed, ", "))
}

func (v *validator) optionalOneOf(s spot, value string, allowed ...string) {
	if value != "" {
		v.oneOf(s, value, allowed...)
	}
}

const roleArnPattern = `arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*`

var roleArn = regexp.MustCompile(`^(?:` + roleArnPattern + `)$`)

// role checks the ARN of an IAM role; an absent one is fine.
func (v *validator) role(s spot, arn string) {
	switch n := utf8.RuneCountInString(arn); {
	case arn == "":
	case n > 1024:
		v.refuse(s, clip(arn), fmt.Sprintf("write up to 1024 characters, not %d", n), "Member must have length less than or equal to 1024")
	case !roleArn.MatchString(arn):
		v.refuse(s, clip(arn), "write the ARN of an IAM role: arn:aws:iam::123456789012:role/Name", "Member must satisfy regular expression pattern: %s", roleArnPattern)
	}
}
