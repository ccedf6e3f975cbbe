package catalogue

import (
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Type is one declared type of actions or of rules. Info makes its TypeInfo's Whole of Needs, Either and Paths where it has any.
type Type struct {
	ID    definition.TypeID
	About string // what it does, in one sentence
	definition.TypeInfo
	Timeout Timeout
	// Environment says that it has environmentVariables, beside those that TypeInfo.Commands brings.
	Environment bool
	Needs       []Need
	// Either lists alternatives, each a set of keys: exactly one of them is given, and that one whole.
	Either [][]string
	// Paths are keys whose text is Artifact::file, a file in one of the action's input artifacts.
	Paths []string
	// Settings are the links of a type that was created or published at run time.
	Settings Settings
	// Properties are the keys as a type that was created at run time declared them; nil otherwise.
	Properties []Property
}

// Timeout is how long an action of a type may take (spec F).
type Timeout struct {
	Default  time.Duration
	Max      time.Duration // the most that timeoutInMinutes can ask for; where that cannot be set it is Default
	Settable bool          // whether timeoutInMinutes may be set, from 5 minutes on
	Silence  time.Duration // how long a run of it may go without a report; 0 is as long as it likes
}

// Need says that keys are required where a condition holds.
type Need struct {
	Keys []string
	Is   string // what each of them must be; empty is anything
	When Condition
}

// Condition holds for some configurations. Exactly one member speaks; a text that holds a reference is neither among In nor out of it.
type Condition struct {
	Given   string             // this key is given
	Missing string             // this key is not given
	Key     string             // this key's text is …
	In      []string           // … one of these
	NotIn   []string           // … none of these
	Inputs  *definition.Bounds // the number of input artifacts is in here
	Outputs *definition.Bounds // the number of output artifacts is in here
}

// Info is what a definition may say about an action of the type.
func (t Type) Info() definition.TypeInfo {
	info := t.TypeInfo
	if len(t.Needs)+len(t.Either)+len(t.Paths) > 0 {
		info.Whole = t.judge
	}
	return info
}

// The words of the tables.

const day = 24 * time.Hour

// longest is the service's longest timeout: 86400 minutes.
const longest = 60 * day

func aws(category, provider string) definition.TypeID {
	return definition.TypeID{Category: category, Owner: "AWS", Provider: provider, Version: "1"}
}

func thirdParty(category, provider string) definition.TypeID {
	return definition.TypeID{Category: category, Owner: "ThirdParty", Provider: provider, Version: "1"}
}

func exactly(n int) definition.Bounds        { return definition.Bounds{Min: n, Max: n} }
func from(least, most int) definition.Bounds { return definition.Bounds{Min: least, Max: most} }

func fixed(d time.Duration) Timeout { return Timeout{Default: d, Max: d} }

func given(key string) Condition                   { return Condition{Given: key} }
func missing(key string) Condition                 { return Condition{Missing: key} }
func either(key string, texts ...string) Condition { return Condition{Key: key, In: texts} }
func anythingBut(key string, text string) Condition {
	return Condition{Key: key, NotIn: []string{text}}
}
func withInputs(least, most int) Condition     { b := from(least, most); return Condition{Inputs: &b} }
func withOutputs(least, most int) Condition    { b := from(least, most); return Condition{Outputs: &b} }
func need(when Condition, keys ...string) Need { return Need{Keys: keys, When: when} }
func needTrue(when Condition, key string) Need {
	return Need{Keys: []string{key}, Is: "true", When: when}
}
