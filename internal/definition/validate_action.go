package definition

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

func problemf(format string, args ...any) Problem {
	return Problem{Message: fmt.Sprintf(format, args...)}
}

// Bounds of an action's own settings.
const (
	longest    = 86400 * time.Minute // 60 days, as the service's longest timeout
	mostTries  = 100
	mostTags   = 50
	longestTag = 128
)

// action checks one action (spec A3).
func (v *validator) action(at place, a Action) {
	path := v.pathOf(at)
	v.named(path, "name", a.Name, inNames, 100)
	v.typeID(path, a.ActionTypeID)
	if a.RunOrder < 1 || a.RunOrder > 999 {
		v.add(path, "runOrder", "", "run order %d must be 1 to 999", a.RunOrder)
	}
	if a.Namespace != "" {
		v.named(path, "namespace", a.Namespace, inNamespaces, 100)
	}
	v.role(path, a.RoleArn)
	if a.RoleArn != "" && a.ActionTypeID.Owner != "AWS" {
		v.add(path, "roleArn", "remove it", "Action %s with owner %s contains roleArn. Role ARN is not supported for actions with owner other than 'AWS'", a.Name, a.ActionTypeID.Owner)
	}
	v.region(path, a.Region)
	v.timeout(path, a)
	v.commands(path, a)
	v.configuration(path, a.Configuration, v.limits.ConfigurationValue)
	v.declaredType(path, a)
	v.inputs(at, a)
	v.outputs(at, a)
	v.actionReferences(at, a)
}

// CheckTypeID answers Problems without a path where a type's name is malformed.
func CheckTypeID(t TypeID) error {
	v := &validator{}
	v.typeID("", t)
	return v.result()
}

func (v *validator) typeID(path string, t TypeID) {
	categories := []string{"Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"}
	if !slices.Contains(categories, t.Category) {
		v.add(path, "actionTypeId.category", "", "%q must be one of %s", t.Category, strings.Join(categories, ", "))
	}
	owners := []string{"AWS", "ThirdParty", "Custom"}
	if !slices.Contains(owners, t.Owner) {
		v.add(path, "actionTypeId.owner", "", "%q must be one of %s", t.Owner, strings.Join(owners, ", "))
	}
	v.named(path, "actionTypeId.provider", t.Provider, inArtifacts, 35)
	v.named(path, "actionTypeId.version", t.Version, inArtifacts, 9)
}

func (v *validator) timeout(path string, a Action) {
	switch {
	case a.TimeoutInMinutes == 0:
	case a.ActionTypeID != ManualApproval:
		v.add(path, "timeoutInMinutes", "set the action's timeout in the penstock block", "timeoutInMinutes is for manual approvals only")
	default:
		v.minutes(path, a.TimeoutInMinutes)
	}
}

func (v *validator) minutes(path string, n int) {
	if n != 0 && (n < 5 || n > 86400) {
		v.add(path, "timeoutInMinutes", "", "must be 5 to 86400 minutes, not %d", n)
	}
}

// commands checks what only a Commands action has (spec A3).
func (v *validator) commands(path string, a Action) {
	if strings.HasSuffix(a.ActionTypeID.String(), "/AWS/Commands/1") && len(a.Commands) == 0 {
		v.add(path, "commands", "", "Action %s must have a non-empty commands field", a.Name)
	}
	v.commandLines(path, a.Commands)
	v.atMost(path, "environmentVariables", len(a.EnvironmentVariables), 10)
	for _, e := range a.EnvironmentVariables {
		v.named(path, "environmentVariables."+e.Name, e.Name, "_", 128)
		v.sized(path, "environmentVariables."+e.Name, e.Value, 1, 2000)
		v.oneOf(path, "environmentVariables."+e.Name, e.Type, "PLAINTEXT", "SECRETS_MANAGER")
	}
	v.atMost(path, "outputVariables", len(a.OutputVariables), 15)
	for _, name := range a.OutputVariables {
		v.sized(path, "outputVariables", name, 1, 128)
	}
}

func (v *validator) commandLines(path string, lines []string) {
	v.atMost(path, "commands", len(lines), 50)
	for i, line := range lines {
		v.sized(path, fmt.Sprintf("commands[%d]", i), line, 1, 1000)
	}
}

// configuration checks keys and lengths, whatever the type.
func (v *validator) configuration(path string, config map[string]string, longestValue int) {
	for _, key := range sortedKeys(config) {
		v.sized(path, "configuration", key, 1, 50)
		if n := utf8.RuneCountInString(config[key]); n < 1 || n > longestValue {
			v.add(path, "configuration."+key, "", "must have 1 to %d characters, not %d", longestValue, n)
		}
	}
}

// declaredType checks an action against its type.
func (v *validator) declaredType(path string, a Action) {
	t := a.ActionTypeID
	if v.known == nil || CheckTypeID(t) != nil {
		return
	}
	info, ok := v.known.Lookup(t)
	if !ok {
		v.add(path, "actionTypeId", "register it, or correct its name",
			"ActionType (Category: '%s', Provider: '%s', Owner: '%s', Version: '%s') in action '%s' is not available", t.Category, t.Provider, t.Owner, t.Version, a.Name)
		return
	}
	var names []string
	for _, key := range info.Keys {
		names = append(names, key.Name)
		v.key(path, a, key, info.Check)
	}
	for _, name := range sortedKeys(a.Configuration) {
		if !slices.Contains(names, name) {
			v.add(path, "configuration."+name, DidYouMean(name, names), "Action configuration for action '%s' contains unknown configuration '%s'", a.Name, name)
		}
	}
	v.artifactCount(path, a, "input", len(a.InputArtifacts), info.Inputs)
	v.artifactCount(path, a, "output", len(a.OutputArtifacts), info.Outputs)
}

// key checks one configuration key that the type knows.
func (v *validator) key(path string, a Action, key Key, check func(key, text string) error) {
	text, ok := a.Configuration[key.Name]
	switch {
	case !ok && key.Required:
		v.put(MissingKey(path, a.Name, key.Name))
	case !ok:
	case key.Role == Input:
		for name := range strings.SplitSeq(text, ",") {
			v.listed(path, key.Name, name, "inputArtifacts", a.InputArtifacts)
		}
	case key.Role == Output:
		v.listed(path, key.Name, text, "outputArtifacts", a.OutputArtifacts)
	case check != nil && !HasReference(text):
		if err := check(key.Name, text); err != nil {
			v.add(path, "configuration."+key.Name, "", "%v", err)
		}
	}
}

func (v *validator) listed(path, key, name, field string, artifacts []Artifact) {
	if !slices.ContainsFunc(artifacts, func(a Artifact) bool { return a.Name == name }) {
		v.add(path, "configuration."+key, "add it there", "artifact %q is not one of %s", name, field)
	}
}

func (v *validator) artifactCount(path string, a Action, kind string, n int, b Bounds) {
	switch {
	case n < b.Min:
		v.add(path, kind+"Artifacts", "", "Action %s declares %d %s artifacts which is less than the minimum count (%d)", a.Name, n, kind, b.Min)
	case n > b.Max:
		v.add(path, kind+"Artifacts", "", "Action %s declares %d %s artifacts which is more than the maximum count (%d)", a.Name, n, kind, b.Max)
	}
}

// settings checks what the penstock block says of an action.
func (v *validator) settings(path string, a Action, b ActionBlock) {
	if a.ActionTypeID == ManualApproval && (b.Timeout != 0 || b.Retry != nil) {
		v.add(path, "penstock", "use timeoutInMinutes", "a manual approval has no timeout or retry of this kind")
	}
	if b.Timeout < 0 || time.Duration(b.Timeout) > longest {
		v.add(path, "timeout", "", "must be more than 0 and at most %s, not %s", longest, time.Duration(b.Timeout))
	}
	if b.Retry != nil {
		v.retry(path, *b.Retry)
	}
	v.atMost(path, "tags", len(b.Tags), mostTags)
	for _, tag := range b.Tags {
		v.sized(path, "tags", tag, 1, longestTag)
	}
}

func (v *validator) retry(path string, r Retry) {
	if r.Max < 1 || r.Max > mostTries {
		v.add(path, "retry.max", "", "must be 1 to %d further tries, not %d", mostTries, r.Max)
	}
	for _, wait := range []struct {
		field string
		value Duration
	}{{"retry.backoff", r.Backoff}, {"retry.maxBackoff", r.MaxBackoff}} {
		if wait.value < 0 || time.Duration(wait.value) > longest {
			v.add(path, wait.field, "", "must be 0 to %s, not %s", longest, time.Duration(wait.value))
		}
	}
	if r.MaxBackoff != 0 && r.MaxBackoff < r.Backoff {
		v.add(path, "retry.maxBackoff", "", "%s is less than the first wait, %s", time.Duration(r.MaxBackoff), time.Duration(r.Backoff))
	}
	if math.IsNaN(r.Jitter) || r.Jitter < 0 || r.Jitter > 1 {
		v.add(path, "retry.jitter", "", "must be 0 to 1, not %v", r.Jitter)
	}
}
