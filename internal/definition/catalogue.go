package definition

// Catalogue knows the action types that are declared.
type Catalogue interface {
	Lookup(id TypeID) (TypeInfo, bool)
}

// TypeInfo is what a definition may say about an action of a type.
type TypeInfo struct {
	Keys    []Key  // configuration keys; any other is refused
	Inputs  Bounds // how many input artifacts
	Outputs Bounds // how many output artifacts
	// Check judges the text of one known key; nil accepts all. It never sees text that holds a reference.
	Check func(key, text string) error
}

// Key is one configuration key of an action type.
type Key struct {
	Name     string
	Required bool
	Role     Role
}

// Role is what the value of a configuration key is.
type Role int

// The roles.
const (
	Setting Role = iota // plain text
	Input               // names of input artifacts, comma-joined
	Output              // the name of an output artifact
)

// Bounds is an inclusive range.
type Bounds struct{ Min, Max int }

// Unbounded is the Bounds.Max of a type that takes any number.
const Unbounded = int(^uint(0) >> 1)

// ManualApprovalInfo is what a manual approval may say (spec D4).
var ManualApprovalInfo = TypeInfo{Keys: []Key{{Name: "NotificationArn"}, {Name: "CustomData"}, {Name: "ExternalEntityLink"}}}
