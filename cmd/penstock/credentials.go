package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/penstock-dev/penstock/awsapi"
)

// What a line of credentials has.
var (
	accessKey = regexp.MustCompile(`^[A-Za-z0-9_]{3,128}$`)
	principal = regexp.MustCompile(`^arn:[a-z0-9-]+:(iam|sts)::[0-9]{12}:[A-Za-z0-9+=,.@_/-]+$`)
)

// shortestSecret is how many characters a secret key has at least: it is what keeps others out.
const shortestSecret = 16

// readCredentials reads the keys that requests may be signed with: a line a key. No message has a secret in it.
func readCredentials(file string) (awsapi.StaticCredentials, error) {
	data, err := readPrivate(file)
	if err != nil {
		return nil, fmt.Errorf("--credentials %s: %w", file, err)
	}
	keys, err := parseCredentials(string(data))
	if err != nil {
		return nil, fmt.Errorf("--credentials %s: %w", file, err)
	}
	return keys, nil
}

func parseCredentials(text string) (awsapi.StaticCredentials, error) {
	keys := awsapi.StaticCredentials{}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if problem := checkCredential(fields, keys); problem != "" {
			return nil, fmt.Errorf("line %d: %s", i+1, problem)
		}
		keys[fields[0]] = awsapi.Credential{Secret: fields[1], Principal: fields[2]}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("there is no key in it: a line has an access key, a secret key and the ARN of who acts")
	}
	return keys, nil
}

// checkCredential says what is wrong with a line, without repeating a secret.
func checkCredential(fields []string, others awsapi.StaticCredentials) string {
	switch _, twice := others[fields[0]]; {
	case len(fields) != 3:
		return fmt.Sprintf("it has %d fields, where an access key, a secret key and the ARN of who acts are needed", len(fields))
	case !accessKey.MatchString(fields[0]):
		return "the access key is not 3 to 128 letters and digits"
	case twice:
		return "the access key is there twice"
	case len(fields[1]) < shortestSecret:
		return fmt.Sprintf("the secret key of %s has fewer than %d characters", fields[0], shortestSecret)
	case !principal.MatchString(fields[2]):
		return fmt.Sprintf("what acts with %s is no ARN such as arn:aws:iam::123456789012:user/ana", fields[0])
	}
	return ""
}
