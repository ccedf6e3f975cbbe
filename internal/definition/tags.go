package definition

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// CheckTags answers Findings where the tags of a resource are not what the service takes (spec B1): at most 50, keys of 1 to 128
// characters that do not begin with aws:, values of up to 256.
func CheckTags(arn string, tags map[string]string) error {
	v := &validator{}
	at := spot{path: arn}.member("tags")
	if len(tags) > 50 {
		v.add(TooManyTags, at, fmt.Sprintf("keep up to 50, not %d", len(tags)), "Tag limit exceeded for resource [%s].", arn)
	}
	for _, key := range sortedKeys(tags) {
		s := at.key(key)
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 {
			v.refuse(s, clip(key), "write 1 to 128 characters", "Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]")
		}
		if utf8.RuneCountInString(tags[key]) > 256 {
			v.refuse(s, "…", "write up to 256 characters", "Member must have length less than or equal to 256")
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			v.add(InvalidTags, s, "choose another key", "The tag key '%s' begins with aws:, which is reserved", clip(key))
		}
	}
	return v.result()
}
