package definition

// Catalogue knows the action types and rule types that are declared.
type Catalogue interface {
	// Lookup answers what is known of an action type.
	Lookup(id TypeID) (TypeInfo, bool)
	// LookupRule answers what is known of a rule type.
	LookupRule(id TypeID) (TypeInfo, bool)
}

// TypeInfo is what a definition may say about an action, or a rule, of a type.
type TypeInfo struct {
	Keys    []Key  // configuration keys; any other is refused, unless OpenKeys
	Inputs  Bounds // how many input artifacts
	Outputs Bounds // how many output artifacts
	// OpenKeys says that keys which are not listed are accepted too.
	OpenKeys bool
	// Variables are the output variables that every action of the type has; OpenVariables says that there may be others.
	Variables     []string
	OpenVariables bool
	// V2 says that only a pipeline of type V2 may use it.
	V2 bool
	// Commands says that it is described by commands, environmentVariables and outputVariables.
	Commands bool
	// Whole judges an action as a whole, beyond what the fields above say; nil accepts all. It answers what is wrong, each with the
	// configuration key that it is about ("" for the action itself).
	Whole func(a Action) []Fault
	// Check judges the text of one known key; nil accepts all. It never sees text that holds a reference.
	Check func(key, text string) error
}

// Fault is one thing that TypeInfo.Whole finds.
type Fault struct {
	Key     string
	Message string
}

// Key is one configuration key of an action type.
type Key struct {
	Name        string
	Description string
	Required    bool
	Secret      bool // masked wherever it is read
	Queryable   bool // job workers may poll by it
	Role        Role
	Kind        Kind
	Values      []string // all that it may be; nil is anything of its kind
}

// Role is what the value of a configuration key is.
type Role int

// The roles.
const (
	Setting Role = iota // plain text
	Input               // names of input artifacts, comma-joined
	Output              // the name of an output artifact
)

// Kind is the type of a configuration key's text.
type Kind int

// The kinds.
const (
	Text Kind = iota
	Number
	Boolean
)

// Bounds is an inclusive range.
type Bounds struct{ Min, Max int }

// Unbounded is the Bounds.Max of a type that takes any number.
const Unbounded = int(^uint(0) >> 1)

// ManualApprovalInfo is what a manual approval may say (spec D4).
var ManualApprovalInfo = TypeInfo{Keys: []Key{{Name: "NotificationArn"}, {Name: "CustomData"}, {Name: "ExternalEntityLink"}}}
