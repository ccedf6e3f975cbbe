package definition

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const envSecret = "SECRETS_MANAGER"

// action checks one action beyond the model (spec A3, A9).
func (v *validator) action(s spot, at place, a Action) {
	if a.RoleArn != "" && a.ActionTypeID.Owner != "AWS" {
		v.add(InvalidAction, s.member("roleArn"), "remove it", "Action %s with owner %s contains roleArn. Role ARN is not supported for actions with owner other than 'AWS'", clip(a.Name), clip(a.ActionTypeID.Owner))
	}
	if a.TimeoutInMinutes != 0 && a.ActionTypeID != ManualApproval {
		v.add(InvalidAction, s.member("timeoutInMinutes"), "set the action's timeout in the penstock block", "Action %s has timeoutInMinutes, which is for manual approvals only", clip(a.Name))
	}
	v.declaredType(s, a)
	v.environment(s, a)
	v.topic(s, a)
	v.inputs(s, at, a)
	v.outputs(s, at, a)
	v.actionReferences(s, at, a)
}

// declaredType checks an action against its type.
func (v *validator) declaredType(s spot, a Action) {
	t := a.ActionTypeID
	if CheckTypeID(t) != nil {
		return
	}
	d := declared{
		spot: s, kind: InvalidAction, what: "Action", name: a.Name, config: a.Configuration, inputs: a.InputArtifacts, outputs: a.OutputArtifacts, commands: a.Commands,
	}
	if v.o.Catalogue == nil {
		if t.Owner == "AWS" {
			v.commands(d, isCommands(t))
		}
		return
	}
	info, ok := v.o.Catalogue.Lookup(t)
	if !ok {
		v.add(InvalidAction, s.member("actionTypeId"), "register it, or correct its name", "ActionType (Category: '%s', Provider: '%s', Owner: '%s', Version: '%s') in action '%s' is not available%s",
			t.Category, t.Provider, t.Owner, t.Version, clip(a.Name), v.inRegion())
		return
	}
	if info.V2 && !needsV2(t) && v.p.PipelineType == typeV1 {
		v.add(InvalidAction, s.member("actionTypeId"), "set pipelineType to V2", "%s Action can only be used with V2 pipelines.", t.Provider)
	}
	info.Commands = info.Commands || isCommands(t)
	v.fits(d, info)
	v.whole(d, info, a)
}

func (v *validator) whole(d declared, info TypeInfo, a Action) {
	if info.Whole == nil {
		return
	}
	for _, fault := range info.Whole(a) {
		at := d.spot
		if fault.Key != "" {
			at = d.member("configuration").key(fault.Key)
		}
		v.add(d.kind, at, "", "%s", fault.Message)
	}
}

// inRegion is how the service ends a sentence on what it does not have there.
func (v *validator) inRegion() string {
	if v.o.Region == "" {
		return ""
	}
	return " in region '" + strings.ToUpper(strings.ReplaceAll(v.o.Region, "-", "_")) + "'"
}

func isCommands(t TypeID) bool {
	return t.Owner == "AWS" && t.Provider == "Commands" && (t.Category == "Compute" || t.Category == "Rule")
}

// declared is what an action and a rule have in common.
type declared struct {
	spot
	kind     Exception
	what     string // Action or Rule
	name     string
	config   map[string]string
	inputs   []Artifact
	outputs  []Artifact
	commands []string
}

// fits checks an action or a rule against what its type says.
func (v *validator) fits(d declared, info TypeInfo) {
	var names []string
	for _, key := range info.Keys {
		names = append(names, key.Name)
		v.key(d, key, info.Check)
	}
	for _, name := range sortedKeys(d.config) {
		if !info.OpenKeys && !slices.Contains(names, name) {
			v.add(d.kind, d.member("configuration").key(name), DidYouMean(name, names), "%s configuration for %s '%s' contains unknown configuration '%s'", d.what, strings.ToLower(d.what), clip(d.name), clip(name))
		}
	}
	v.artifactCount(d, "input", len(d.inputs), info.Inputs)
	v.artifactCount(d, "output", len(d.outputs), info.Outputs)
	v.commands(d, info.Commands)
}

// commands checks who has commands. That each is one line is what the service wants (spec A3); a shell takes more.
func (v *validator) commands(d declared, wanted bool) {
	switch {
	case wanted && len(d.commands) == 0:
		v.add(d.kind, d.member("commands"), "add the commands to run", "%s %s must have a non-empty commands field", d.what, clip(d.name))
	case !wanted && len(d.commands) > 0:
		v.add(d.kind, d.member("commands"), "remove it", "%s %s has commands, which only the provider Commands takes", d.what, clip(d.name))
	}
	for i, line := range d.commands {
		if v.o.Strict && strings.ContainsAny(line, "\r\n") {
			v.add(d.kind, d.member("commands").item(i), "make each line a command, or put them into a script", "%s %s has a command of more than one line", d.what, clip(d.name))
		}
	}
}

// key checks one configuration key that the type knows.
func (v *validator) key(d declared, key Key, check func(key, text string) error) {
	text, ok := d.config[key.Name]
	at := d.member("configuration").key(key.Name)
	switch {
	case !ok && key.Required:
		missing := MissingKey(d.path, clip(d.name), key.Name)
		missing.Field = at.field
		if d.what == "Rule" {
			missing.Message = fmt.Sprintf("Rule configuration for rule '%s' is missing required configuration '%s'", clip(d.name), key.Name)
		}
		v.put(Finding{d.kind, missing})
	case !ok || text == "":
	case key.Secret && text == SecretMask:
		v.add(d.kind, at, "give the secret itself", "%s %s contains an invalid configuration for the secret property '%s'. '%s' may be used in secret properties only when updating an existing action.",
			d.what, clip(d.name), key.Name, SecretMask)
	case key.Role == Input:
		for name := range strings.SplitSeq(text, ",") {
			v.listed(d, at, name, "inputArtifacts", d.inputs)
		}
	case key.Role == Output:
		v.listed(d, at, text, "outputArtifacts", d.outputs)
	case HasReference(text):
	default:
		v.value(d, at, key, text, check)
	}
}

// value checks the text of a key, which may be secret: it is not repeated.
func (v *validator) value(d declared, at spot, key Key, text string, check func(key, text string) error) {
	var hint string
	switch {
	case len(key.Values) > 0 && !slices.Contains(key.Values, text):
		hint = "write " + strings.Join(key.Values, " or ")
	case key.Kind == Number && !isNumber(text):
		hint = "write a number"
	case key.Kind == Boolean && !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false"):
		hint = "write true or false"
	case check != nil:
		if err := check(key.Name, text); err != nil {
			v.add(d.kind, at, "", "%v", err)
		}
		return
	default:
		return
	}
	v.add(d.kind, at, hint, "%s configuration for %s '%s' contains an invalid value for configuration '%s'", d.what, strings.ToLower(d.what), clip(d.name), key.Name)
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && !strings.ContainsAny(text, "xXpPnN_")
}

func (v *validator) listed(d declared, at spot, name, field string, artifacts []Artifact) {
	if !slices.ContainsFunc(artifacts, func(a Artifact) bool { return a.Name == name }) {
		v.add(d.kind, at, "add it there", "artifact %q is not one of %s", clip(name), field)
	}
}

func (v *validator) artifactCount(d declared, which string, n int, b Bounds) {
	at := d.member(which + "Artifacts")
	switch {
	case n < b.Min:
		v.add(d.kind, at, bounds(b), "%s %s declares %d %s artifacts which is less than the minimum count (%d)", d.what, clip(d.name), n, which, b.Min)
	case n > b.Max:
		v.add(d.kind, at, bounds(b), "%s %s declares %d %s artifacts which is more than the maximum count (%d)", d.what, clip(d.name), n, which, b.Max)
	}
}

func bounds(b Bounds) string {
	switch {
	case b.Min == b.Max:
		return fmt.Sprintf("declare %d", b.Min)
	case b.Max == Unbounded:
		return fmt.Sprintf("declare %d or more", b.Min)
	default:
		return fmt.Sprintf("declare %d to %d", b.Min, b.Max)
	}
}

// environment checks what only some of the service's own actions have: environment variables Commands and EKS, secrets in them, output
// variables and files of an output Commands alone.
func (v *validator) environment(s spot, a Action) {
	t := a.ActionTypeID
	commands := isCommands(t) || v.o.Catalogue == nil && t.Owner != "AWS" // nobody knows what that one takes
	if info, ok := v.lookup(t); ok {
		commands = commands || info.Commands
	}
	only := func(at spot, takers, what string) {
		v.add(InvalidAction, at, "remove it", "Action %s has %s, which only %s actions have", clip(a.Name), what, takers)
	}
	if len(a.EnvironmentVariables) > 0 && !commands && (t.Owner != "AWS" || t.Provider != "EKS") {
		only(s.member("environmentVariables"), "Commands and EKS", "environmentVariables")
	}
	seen := map[string]bool{}
	for i, e := range a.EnvironmentVariables {
		at := s.member("environmentVariables").item(i)
		if e.Type == envSecret && !commands {
			only(at.member("type"), "Commands", "environment variables of type "+envSecret)
		}
		if seen[e.Name] {
			v.add(InvalidAction, at.member("name"), "give one of them another name", "Action %s has environment variable '%s' more than once", clip(a.Name), clip(e.Name))
		}
		seen[e.Name] = true
	}
	if len(a.OutputVariables) > 0 && !commands {
		only(s.member("outputVariables"), "Commands", "outputVariables")
	}
	for i, out := range a.OutputArtifacts {
		if len(out.Files) > 0 && !commands {
			only(s.member("outputArtifacts").item(i).member("files"), "Commands", "files of an output artifact")
		}
	}
	for i, in := range a.InputArtifacts {
		if len(in.Files) > 0 {
			v.add(InvalidAction, s.member("inputArtifacts").item(i).member("files"), "remove it", "Action %s has files of an input artifact", clip(a.Name))
		}
	}
}

func (v *validator) lookup(t TypeID) (TypeInfo, bool) {
	if v.o.Catalogue == nil {
		return TypeInfo{}, false
	}
	return v.o.Catalogue.Lookup(t)
}

// topic checks where an approval asks for an answer (spec A9).
func (v *validator) topic(s spot, a Action) {
	arn := a.Configuration["NotificationArn"]
	if a.ActionTypeID != ManualApproval || arn == "" || HasReference(arn) {
		return
	}
	at, hint := s.member("configuration").key("NotificationArn"), "write arn:aws:sns:REGION:ACCOUNT:TOPIC"
	info, _ := v.lookup(ManualApproval)
	judged := info.Check != nil && info.Check("NotificationArn", arn) != nil // reported with the type's other keys
	switch parts := strings.Split(arn, ":"); {
	case judged:
	case len(parts) != 6 || parts[0] != "arn" || slices.Contains(parts, ""):
		v.add(InvalidAction, at, hint, "Action %s has a NotificationArn that is not an ARN", clip(a.Name))
	case parts[2] != "sns":
		v.add(InvalidAction, at, hint, "Action %s has a NotificationArn that is not of an SNS topic", clip(a.Name))
	case v.o.Region != "" && parts[3] != v.o.Region:
		v.add(InvalidAction, at, "use a topic in "+v.o.Region, "Action %s has a NotificationArn in region %s: the topic must be in the region of the pipeline", clip(a.Name), clip(parts[3]))
	}
}
